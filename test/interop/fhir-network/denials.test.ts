import { generateKeyPairSync, sign } from 'node:crypto'
import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  AssertionSigner,
  CarequalityError,
  pemSigner,
  TokenProvider,
  type ClientEvent,
  type FetchLike,
  type JsonValue,
  type Signer,
  type TokenRequest,
} from '../../../src/index.ts'
import { startNetwork, type Identity, type Network } from './network.ts'

let network: Network
let identity: Identity

beforeAll(async () => {
  network = await startNetwork()
  const found = network.identities.find(({ alg }) => alg === 'RS384')
  if (found === undefined) throw new Error('no identity')
  identity = found
}, 60_000)
afterAll(() => network.close())
beforeEach(() => {
  network.authorization.denials.length = 0
})

interface Setup {
  readonly signer?: Identity['signer']
  readonly clientId?: string
  readonly headers?: Readonly<Record<string, JsonValue>>
  readonly claims?: Readonly<Record<string, JsonValue>>
  readonly now?: () => number
  readonly randomUUID?: () => string
  readonly request?: Partial<TokenRequest>
  readonly fetch?: FetchLike
  readonly onEvent?: (event: ClientEvent) => void
}

/** What a user of the token provider gets: the scope, or the error. */
async function ask(setup: Setup = {}): Promise<{ scope: string } | CarequalityError> {
  const {
    signer = identity.signer,
    clientId = identity.clientId,
    headers = {},
    claims = {},
    now,
    randomUUID,
    request,
    fetch,
    onEvent,
  } = setup
  const assertions = new AssertionSigner({
    clientId,
    signer,
    mode: 'smart-backend',
    headers,
    claims,
    ...(now && { now }),
    ...(randomUUID && { randomUUID }),
  })
  const tokens = new TokenProvider({
    assertions,
    allowInsecureLoopback: true,
    trustedOrigins: ({ token }) => token === network.authorization.issuer,
    ...(fetch && { fetch }),
    ...(onEvent && { onEvent }),
  })
  return tokens
    .getToken({
      tokenEndpoint: network.authorization.tokenEndpoint,
      fhirBaseUrl: network.fhir.baseUrl,
      scope: 'system/Patient.read',
      ...request,
    })
    .then(
      ({ scope }) => ({ scope }),
      (error: unknown) => {
        if (error instanceof CarequalityError) return error
        throw error
      },
    )
}

const invalidClient = {
  code: 'ERR_CQ_TOKEN_REJECTED',
  error: 'invalid_client',
  status: 401,
  retryable: false,
}

test('a token: with aud = token endpoint, and with aud = issuer', async () => {
  expect(await ask()).toEqual({ scope: 'system/Patient.read' })
  expect(await ask({ request: { audience: { text: network.authorization.issuer } } })).toEqual({
    scope: 'system/Patient.read',
  })
  expect(
    await ask({ request: { audience: 'issuer', issuer: network.authorization.issuer } }),
  ).toEqual({ scope: 'system/Patient.read' })
})

test('extra form fields such as udap=1 do no harm', async () => {
  expect(await ask({ request: { form: { udap: '1' } } })).toEqual({ scope: 'system/Patient.read' })
})

const strangerKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()
const MINUTE = 60_000

test.each<[string, () => Setup | Promise<Setup>, string]>([
  [
    'aud with a trailing slash',
    () => ({ request: { audience: { text: `${network.authorization.tokenEndpoint}/` } } }),
    'audience (aud) must equal',
  ],
  [
    'a wrong aud',
    () => ({ request: { audience: { text: 'https://elsewhere.example/token' } } }),
    'audience (aud) must equal',
  ],
  [
    'an algorithm that the client is not registered for',
    async () => ({
      signer: await pemSigner({
        key: identity.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        algorithms: ['RS256'],
        kid: 'key-RS384',
      }),
    }),
    'alg mismatch',
  ],
  [
    'an unknown kid',
    async () => ({
      signer: await pemSigner({
        key: identity.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        algorithms: ['RS384'],
        kid: 'unknown',
      }),
    }),
    'no applicable key found',
  ],
  [
    'another key under the same kid',
    async () => ({
      signer: await pemSigner({ key: strangerKey, algorithms: ['RS384'], kid: 'key-RS384' }),
    }),
    'signature verification failed',
  ],
  [
    'an assertion that has expired (our clock is ten minutes slow)',
    () => ({ now: () => Date.now() - 10 * MINUTE }),
    'jwt expired',
  ],
  ['an unknown client', () => ({ clientId: 'nobody.example.org' }), 'client not found'],
  [
    'typ that is not JWT, refused by the SMART rule',
    () => ({ headers: { typ: 'client-authentication+jwt' } }),
    'typ is not JWT',
  ],
])('%s is ERR_CQ_TOKEN_REJECTED with invalid_client', async (_title, setup, reason) => {
  expect(await ask(await setup())).toMatchObject(invalidClient)
  expect(network.authorization.denials.join()).toContain(reason)
})

test('a jti that was used before is refused; a fresh one is taken', async () => {
  const randomUUID = (): string => '11111111-1111-4111-8111-111111111111'
  expect(await ask({ randomUUID })).toEqual({ scope: 'system/Patient.read' })
  expect(await ask({ randomUUID })).toMatchObject(invalidClient)
  expect(network.authorization.denials.join()).toContain(
    'client assertion tokens must only be used once',
  )
  expect(await ask()).toEqual({ scope: 'system/Patient.read' })
})

test('a retry after a lost answer is signed anew, and the server takes it', async () => {
  let lost = 0
  const fetch: FetchLike = async (request) => {
    const answer = await globalThis.fetch(request)
    if (lost > 0) return answer
    lost += 1
    throw new TypeError('fetch failed', {
      cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
    })
  }
  expect(await ask({ fetch })).toEqual({ scope: 'system/Patient.read' })
  expect(lost).toBe(1)
  expect(network.authorization.denials).toEqual([])
})

test('a scope that the client may not have is invalid_scope; one that the server does not know is granted as nothing', async () => {
  expect(await ask({ request: { scope: 'system/*.read' } })).toMatchObject({
    code: 'ERR_CQ_TOKEN_REJECTED',
    error: 'invalid_scope',
    status: 400,
  })
  expect(await ask({ request: { scope: 'system/Nothing.read' } })).toEqual({
    scope: 'system/Nothing.read',
  })
})

test('of a known and an unknown scope only the known one is granted, and the token and an event say so', async () => {
  const events: ClientEvent[] = []
  const scope = 'system/Patient.read system/Nothing.read'
  expect(await ask({ request: { scope }, onEvent: (event) => events.push(event) })).toEqual({
    scope: 'system/Patient.read',
  })
  expect(events.map(({ type }) => type)).toContain('token.other-scope')
})

test('a signer that gives DER, as key services do, is accepted: the signature is converted', async () => {
  const found = network.identities.find(({ alg }) => alg === 'ES384')
  if (found === undefined) throw new Error('no identity')
  const signer: Signer = {
    algorithms: ['ES384'],
    kid: 'key-ES384',
    publicJwk: found.signer.publicJwk,
    sign: (data) => Promise.resolve(new Uint8Array(sign('sha384', data, found.privateKey))),
  }
  expect(await ask({ signer, clientId: found.clientId })).toEqual({ scope: 'system/Patient.read' })
})

test('a clock that is a minute ahead is no reason for this server to refuse', async () => {
  expect(await ask({ now: () => Date.now() + MINUTE })).toEqual({ scope: 'system/Patient.read' })
})

test('a form that is larger than the server reads is invalid_request', async () => {
  expect(await ask({ request: { form: { extra: 'x'.repeat(65_536) } } })).toMatchObject({
    code: 'ERR_CQ_TOKEN_REJECTED',
    error: 'invalid_request',
    status: 400,
  })
})

test('an algorithm that the server lists and the key cannot do is ERR_CQ_NO_COMMON_ALGORITHM, and nothing is sent', async () => {
  const before = network.authorization.requests.length
  expect(await ask({ request: { algorithms: ['ES256', 'PS384'] } })).toMatchObject({
    code: 'ERR_CQ_NO_COMMON_ALGORITHM',
  })
  expect(network.authorization.requests).toHaveLength(before)
})

test('extra claims and form fields cannot repeat what the protocol sends', async () => {
  expect(
    await ask({ request: { form: { scope: 'system/*.read', grant_type: 'password' } } }),
  ).toEqual({ scope: 'system/Patient.read' })
})

test('a form field that contradicts the assertion is invalid_request', async () => {
  expect(await ask({ request: { form: { client_id: 'other' } } })).toMatchObject({
    code: 'ERR_CQ_TOKEN_REJECTED',
    error: 'invalid_request',
    status: 400,
  })
})

test('a token endpoint that is not there is ERR_CQ_UNEXPECTED_STATUS', async () => {
  expect(
    await ask({ request: { tokenEndpoint: `${network.authorization.issuer}/no-token-here` } }),
  ).toMatchObject({ code: 'ERR_CQ_UNEXPECTED_STATUS', status: 404 })
})

test('no error shows the assertion or its reason', async () => {
  const error = await ask({ clientId: 'nobody.example.org' })
  expect(inspect(error) + JSON.stringify(error)).not.toMatch(/eyJ|client not found/)
})
