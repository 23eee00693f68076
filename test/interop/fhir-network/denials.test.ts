/** Assertions that oidc-provider refuses, over each wire. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pemSigner, type Signer, type SigningAlgorithm } from '../../../src/index.ts'
import { CONNECTIONS, startAsking, type Asking, type Setup } from './asking.ts'

const MINUTE = 60_000
const invalidClient = {
  code: 'ERR_CQ_TOKEN_REJECTED',
  error: 'invalid_client',
  status: 401,
  retryable: false,
}

const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
const strict = generateKeyPairSync('rsa', { modulusLength: 2048 })
const lenient = generateKeyPairSync('rsa', { modulusLength: 2048 })
const jwkOf = (key: KeyObject, kid: string): object => ({ ...key.export({ format: 'jwk' }), kid })

/** `strict`: its JWK names an algorithm, its registration none; `lenient`: neither does. */
const further = [
  { clientId: 'strict', jwk: { ...jwkOf(strict.publicKey, 'strict'), alg: 'RS384' } },
  { clientId: 'lenient', jwk: jwkOf(lenient.publicKey, 'lenient') },
]
const signerOf = (key: KeyObject, alg: SigningAlgorithm, kid: string): Promise<Signer> =>
  pemSigner({
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    algorithms: [alg],
    kid,
  })

const refused: readonly [string, (asking: Asking) => Setup | Promise<Setup>, string][] = [
  [
    'aud = token endpoint with a trailing slash',
    ({ authorization }) => ({
      request: { audience: { text: `${authorization.tokenEndpoint}/` } },
    }),
    'audience (aud) must equal',
  ],
  [
    'aud = issuer with a trailing slash',
    ({ authorization }) => ({ request: { audience: { text: `${authorization.issuer}/` } } }),
    'audience (aud) must equal',
  ],
  [
    'a wrong aud',
    () => ({ request: { audience: { text: 'https://elsewhere.example/token' } } }),
    'audience (aud) must equal',
  ],
  [
    'an algorithm that the client is not registered for',
    async ({ identity }) => ({
      signer: await signerOf(identity('RS384').privateKey, 'RS256', 'key-RS384'),
    }),
    'alg mismatch',
  ],
  [
    'a curve that the client is not registered for',
    ({ identity }) => ({
      signer: identity('ES256').signer,
      clientId: identity('ES384').clientId,
    }),
    'alg mismatch',
  ],
  [
    'an algorithm that the server does not take at all',
    async () => ({
      signer: await signerOf(lenient.privateKey, 'RS512', 'lenient'),
      clientId: 'lenient',
      request: { algorithms: ['RS512'] },
    }),
    'alg mismatch',
  ],
  ...(['RS256', 'PS384'] as const).map((alg): (typeof refused)[number] => [
    `${alg} where the registered JWK says RS384`,
    async () => ({
      signer: await signerOf(strict.privateKey, alg, 'strict'),
      clientId: 'strict',
      request: { algorithms: [alg] },
    }),
    'no applicable key found',
  ]),
  [
    'an unknown kid',
    async ({ identity }) => ({
      signer: await signerOf(identity('RS384').privateKey, 'RS384', 'unknown'),
    }),
    'no applicable key found',
  ],
  [
    'another key under the same kid',
    async () => ({ signer: await signerOf(stranger.privateKey, 'RS384', 'key-RS384') }),
    'signature verification failed',
  ],
  [
    'an iss of its own, as old servers want it',
    () => ({ iss: 'https://issuer.example' }),
    'iss (JWT issuer) must be the client_id',
  ],
  ['an unknown client', () => ({ clientId: 'nobody.example.org' }), 'client not found'],
  [
    'typ that is not JWT, refused by the SMART rule',
    () => ({ headers: { typ: 'client-authentication+jwt' } }),
    'typ is not JWT',
  ],
]

describe.each(CONNECTIONS)('%s', (connection) => {
  let asking: Asking
  const ask: Asking['ask'] = (setup) => asking.ask(setup)

  beforeAll(async () => {
    asking = await startAsking(connection, further)
  })
  afterAll(() => asking.close())
  beforeEach(() => {
    asking.authorization.denials.length = 0
  })

  test.each(refused)(
    '%s is ERR_CQ_TOKEN_REJECTED with invalid_client',
    async (_, setup, reason) => {
      const before = asking.count()
      expect(await ask(await setup(asking))).toMatchObject(invalidClient)
      expect(asking.authorization.denials).toEqual([expect.stringContaining(reason)])
      expect(asking.count() - before).toBe(1)
    },
  )

  test('an assertion that has expired because our clock is slow is signed once more by the server’s', async () => {
    const types: string[] = []
    const setup = {
      now: () => Date.now() - 9 * MINUTE,
      onEvent: ({ type }: { type: string }) => types.push(type),
    }
    expect(await ask(setup)).toEqual({ scope: 'system/Patient.read' })
    expect(asking.authorization.denials).toEqual(['jwt expired'])
    expect(types).toContain('token.clock-corrected')
  })

  test('a clock that is an hour slow is ERR_CQ_CLOCK_SKEW', async () => {
    expect(await ask({ now: () => Date.now() - 60 * MINUTE })).toMatchObject({
      code: 'ERR_CQ_CLOCK_SKEW',
    })
    expect(asking.authorization.denials).toEqual(['jwt expired'])
  })

  test('a clock that is a minute ahead is no reason for this server to refuse', async () => {
    expect(await ask({ now: () => Date.now() + MINUTE })).toEqual({ scope: 'system/Patient.read' })
  })

  test('an assertion that expired three seconds ago is taken: a tolerance of five', async () => {
    const setup = { lifetimeMs: 10_000, now: () => Date.now() - 8_000 }
    expect(await ask(setup)).toEqual({ scope: 'system/Patient.read' })
    expect(asking.authorization.denials).toEqual([])
  })

  test('a jti that was used before is refused; a fresh one is taken', async () => {
    const randomUUID = (): string => '11111111-1111-4111-8111-111111111111'
    expect(await ask({ randomUUID })).toEqual({ scope: 'system/Patient.read' })
    expect(await ask({ randomUUID })).toMatchObject(invalidClient)
    expect(asking.authorization.denials).toEqual(['client assertion tokens must only be used once'])
    expect(await ask()).toEqual({ scope: 'system/Patient.read' })
  })

  test('of five requests at once with one jti exactly one is granted', async () => {
    const randomUUID = (): string => '22222222-2222-4222-8222-222222222222'
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask({ randomUUID })))
    expect(answers.filter((answer) => !(answer instanceof Error))).toHaveLength(1)
    expect(answers.filter((answer) => answer instanceof Error)).toEqual(
      Array.from({ length: 4 }, () => expect.objectContaining(invalidClient) as unknown),
    )
  })

  test('a signer that gives half a signature ends in our error, and nothing is sent', async () => {
    const before = asking.count()
    const { signer } = asking.identity('RS384')
    const half: Signer = {
      ...signer,
      algorithms: ['RS384'],
      sign: async (data, context) => (await signer.sign(data, context)).slice(0, 128),
    }
    expect(await ask({ signer: half })).toMatchObject({ code: 'ERR_CQ_INVALID_SIGNATURE' })
    expect(asking.count()).toBe(before)
  })

  test('no error shows the assertion or its reason', async () => {
    const error = await ask({ clientId: 'nobody.example.org' })
    expect(inspect(error) + JSON.stringify(error)).not.toMatch(/eyJ|client not found/)
  })
})
