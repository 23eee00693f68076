/** Authlib as authorization server: a second opinion, and other answers than oidc-provider's. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  AssertionSigner,
  FhirPatientClient,
  pemSigner,
  TokenProvider,
  type AccessToken,
  type ClientEvent,
  type Signer,
  type SigningAlgorithm,
  type TokenRequest,
} from '../../../src/index.ts'
import type { AssertionSignerOptions } from '../../../src/auth/index.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import { makeCertificate } from '../../support/certificates.ts'
import {
  lacking,
  startAuthlib,
  type AuthlibServer,
  type Kept,
  type KnownClient,
} from './authlib-server.ts'

const MINUTE = 60_000
const missing = lacking()
if (missing !== undefined)
  console.info(`not run: the suite with Authlib's server, since ${missing}`)

interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}
const rsa = (): Pair => generateKeyPairSync('rsa', { modulusLength: 2048 })
const pairs = {
  RS256: rsa(),
  RS384: rsa(),
  PS384: rsa(),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
} as const
type Kind = keyof typeof pairs

/** How the server knows a client. */
const knownAs = (alg: Kind, clientId: string = alg): KnownClient => ({
  client_id: clientId,
  jwk: pairs[alg].publicKey.export({ format: 'jwk' }),
  scope: 'system/Patient.read',
})
const signerOf = (
  alg: Kind,
  { kid, pair = pairs[alg] }: { kid?: string; pair?: Pair } = {},
): Promise<Signer<SigningAlgorithm>> => {
  const { publicKey, privateKey } = pair
  return pemSigner({
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificates: makeCertificate({ subject: alg, publicKey, issuer: { privateKey } }).pem,
    algorithms: [alg],
    kid,
  })
}

describe.skipIf(missing !== undefined)('Authlib', () => {
  let server: AuthlibServer
  let standard: Signer<SigningAlgorithm>

  beforeAll(async () => {
    const kinds = Object.keys(pairs) as Kind[]
    server = await startAuthlib([
      ...kinds.map((alg) => knownAs(alg)),
      { ...knownAs('ES256', 'codes-only'), grant_types: ['authorization_code'] },
    ])
    standard = await signerOf('ES384')
  })
  afterAll(() => server.close())

  interface Setup {
    readonly assertions?: Partial<AssertionSignerOptions>
    readonly request?: Partial<TokenRequest>
    readonly onEvent?: (event: ClientEvent) => void
  }
  const requestOf = (more: Partial<TokenRequest> = {}): TokenRequest => ({
    tokenEndpoint: `${server.origin}/token`,
    fhirBaseUrl: `${server.origin}/fhir`,
    scope: 'system/Patient.read',
    ...more,
  })
  const tokensWith = ({ assertions, onEvent }: Setup = {}): TokenProvider =>
    new TokenProvider({
      assertions: new AssertionSigner({ clientId: 'ES384', signer: standard, ...assertions }),
      ...{ allowInsecureLoopback: true, now: assertions?.now, onEvent },
    })
  const ask = (setup: Setup = {}): Promise<AccessToken> =>
    tokensWith(setup).getToken(requestOf(setup.request))
  /** The result of `work`, and what the server kept of the token requests that it caused. */
  const during = async <T>(work: () => Promise<T>): Promise<{ result: T; answers: Kept[] }> => {
    const before = await server.seen()
    const result = await work()
    const after = (await server.seen()).slice(before.length)
    return { result, answers: after.filter(({ path }) => path.endsWith('/token')) }
  }

  test.each(Object.keys(pairs) as Kind[])(
    'takes our %s assertion, with x5c and with kid alone',
    async (alg) => {
      const own = { clientId: alg, signer: await signerOf(alg) }
      for (const mode of ['carequality-legacy', 'smart-backend'] as const) {
        const { scope, accessToken } = await ask({
          assertions: { ...own, mode },
          request: { algorithms: [alg] },
        })
        expect(scope).toBe('system/Patient.read')
        expect(accessToken).toMatch(/^[A-Za-z0-9]{42}$/) // opaque
      }
    },
  )

  test('gives ten days, of which we use an hour, and an event says so', async () => {
    const events: ClientEvent[] = []
    const { expiresAt } = await ask({ onEvent: (event) => events.push(event) })
    expect(expiresAt).toBeLessThanOrEqual(Date.now() + 60 * MINUTE)
    expect(expiresAt).toBeGreaterThan(Date.now() + 59 * MINUTE)
    const repaired = events.find((event) => event.type === 'token.response-repaired')
    expect(repaired?.oddities).toEqual(['expires_in above 3600'])
  })

  test.each<[string, () => Setup | Promise<Setup>]>([
    ['aud = issuer', () => ({ request: { audience: 'issuer', issuer: server.origin } })],
    [
      'aud with a trailing slash',
      () => ({ request: { audience: { text: `${server.origin}/token/` } } }),
    ],
    ['an unknown client', () => ({ assertions: { clientId: 'nobody' } })],
    ['an iss of its own', () => ({ assertions: { iss: 'https://issuer.example' } })],
    [
      'another key of the right kind',
      async () => {
        const stranger = generateKeyPairSync('ec', { namedCurve: 'P-384' })
        return { assertions: { signer: await signerOf('ES384', { pair: stranger }) } }
      },
    ],
  ])('%s is ERR_CQ_TOKEN_REJECTED with a bare invalid_client', async (_, setup) => {
    const given = await setup()
    const { result, answers } = await during(() => failureOf(ask(given)))
    expect(result).toMatchObject({
      ...{ code: 'ERR_CQ_TOKEN_REJECTED', error: 'invalid_client', status: 400, retryable: false },
    })
    expect(result).not.toHaveProperty('errorDescription')
    expect(answers).toEqual([{ path: '/token', status: 400, type: 'application/json' }])
  })

  test('a jti that was used before is invalid_client; a fresh one is taken', async () => {
    const assertions = { randomUUID: () => '33333333-3333-4333-8333-333333333333' }
    await ask({ assertions })
    expect(await failureOf(ask({ assertions }))).toMatchObject({ error: 'invalid_client' })
    await ask()
  })

  test('an assertion that has expired because our clock is slow is signed once more by the server’s', async () => {
    const assertions = { now: () => Date.now() - 9 * MINUTE }
    const { answers } = await during(() => ask({ assertions }))
    expect(answers.map(({ status }) => status)).toEqual([400, 200])
  })

  test('a clock that is nine minutes ahead is taken: only the end of an assertion counts', async () => {
    const assertions = { now: () => Date.now() + 9 * MINUTE }
    const { answers } = await during(() => ask({ assertions }))
    expect(answers.map(({ status }) => status)).toEqual([200])
  })

  test('an assertion that expired two seconds ago is invalid_client: no tolerance', async () => {
    const assertions = { lifetimeMs: 10_000, now: () => Date.now() - 7_000 }
    expect(await failureOf(ask({ assertions }))).toMatchObject({ error: 'invalid_client' })
  })

  test.each<[string, Kind]>([
    ['another curve than the registered key’s', 'ES256'],
    ['RSA where the registered key is on a curve', 'RS384'],
  ])('%s is an HTML 500, which we do not repeat', async (_, alg) => {
    const assertions = { signer: await signerOf(alg) }
    const { result, answers } = await during(() => failureOf(ask({ assertions })))
    expect(answers).toEqual([{ path: '/token', status: 500, type: 'text/html' }])
    expect(result).toMatchObject({
      ...{ code: 'ERR_CQ_UNEXPECTED_STATUS', status: 500, retryable: true },
    })
    expect(inspect(result) + JSON.stringify(result)).not.toMatch(/<|Internal Server Error|eyJ/)
  })

  test('a server without our grant is unsupported_grant_type', async () => {
    const request = { tokenEndpoint: `${server.origin}/no-grants/token` }
    expect(await failureOf(ask({ request }))).toMatchObject({
      ...{ code: 'ERR_CQ_TOKEN_REJECTED', error: 'unsupported_grant_type', status: 400 },
    })
  })

  test('a client that is registered for another grant is unauthorized_client', async () => {
    const signer = await signerOf('ES256')
    expect(await failureOf(ask({ assertions: { clientId: 'codes-only', signer } }))).toMatchObject({
      ...{ code: 'ERR_CQ_TOKEN_REJECTED', error: 'unauthorized_client', status: 400 },
    })
  })

  test('a scope that the server does not know is invalid_scope', async () => {
    const request = { scope: 'system/Patient.read system/Nothing.read' }
    expect(await failureOf(ask({ request }))).toMatchObject({
      ...{ code: 'ERR_CQ_TOKEN_REJECTED', error: 'invalid_scope', status: 400 },
    })
  })

  test('a scope that the client may not have is left out, and the token and an event say so', async () => {
    const events: ClientEvent[] = []
    const request = { scope: 'system/Patient.read system/Other.read' }
    const { scope } = await ask({ request, onEvent: (event) => events.push(event) })
    expect(scope).toBe('system/Patient.read')
    expect(events.map(({ type }) => type)).toContain('token.other-scope')
  })

  test('an unknown kid, and form fields that contradict the assertion, do no harm', async () => {
    const signer = await signerOf('ES384', { kid: 'unknown' })
    const assertions = { signer, mode: 'smart-backend' as const }
    const request = { form: { client_id: 'other', client_secret: 'x', udap: '1' } }
    expect((await ask({ assertions, request })).scope).toBe('system/Patient.read')
  })

  test('its guard of a FHIR server takes the token, and its 401 for a forgotten one is mended by a new one', async () => {
    const tokens = tokensWith()
    const patients = new FhirPatientClient({
      ...{ baseUrl: `${server.origin}/fhir`, allowInsecureLoopback: true },
      authorize: tokens.authorizer(requestOf()),
    })
    const { answers } = await during(async () => {
      expect((await patients.read('one')).id).toBe('one')
      await server.forgetTokens()
      expect((await patients.read('two')).id).toBe('two')
    })
    expect(answers).toHaveLength(2)
  })
})
