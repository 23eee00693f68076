/** What oidc-provider grants, and which requests it refuses though it knows the client; over each wire. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pemSigner, type ClientEvent, type Signer } from '../../../src/index.ts'
import { CONNECTIONS, startAsking, type Asking } from './asking.ts'

const granted = { scope: 'system/Patient.read' }
const rejected = (error: string): object => ({
  code: 'ERR_CQ_TOKEN_REJECTED',
  error,
  status: 400,
  retryable: false,
})

const coder = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const further = [
  {
    clientId: 'codes-only',
    jwk: { ...coder.publicKey.export({ format: 'jwk' }), kid: 'code' },
    grantTypes: ['authorization_code'],
  },
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

  test('a token: with aud = token endpoint, and with aud = issuer', async () => {
    const { issuer } = asking.authorization
    expect(await ask()).toEqual(granted)
    expect(await ask({ request: { audience: { text: issuer } } })).toEqual(granted)
    expect(await ask({ request: { audience: 'issuer', issuer } })).toEqual(granted)
  })

  test('five callers at once cause one request', async () => {
    const before = asking.count()
    const tokens = asking.tokens()
    const request = asking.request()
    const five = await Promise.all(Array.from({ length: 5 }, () => tokens.getToken(request)))
    expect(new Set(five.map(({ accessToken }) => accessToken)).size).toBe(1)
    expect(asking.count() - before).toBe(1)
  })

  test('extra form fields do no harm: udap=1, a client_id that agrees, a client_secret', async () => {
    const { clientId } = asking.identity('RS384')
    for (const form of [{ udap: '1' }, { client_id: clientId }, { client_secret: 'x' }]) {
      expect(await ask({ request: { form } })).toEqual(granted)
    }
  })

  test('extra form fields cannot repeat what the protocol sends', async () => {
    const form = { scope: 'system/*.read', grant_type: 'password' }
    expect(await ask({ request: { form } })).toEqual(granted)
  })

  test('a retry after a lost answer is signed anew, and the server takes it', async () => {
    const before = asking.count()
    asking.authorization.loseAnswers(1)
    expect(await ask()).toEqual(granted)
    expect(asking.count() - before).toBe(2)
    expect(asking.authorization.denials).toEqual([])
  })

  test('a scope that the client may not have is invalid_scope, alone and beside one that it may', async () => {
    for (const scope of ['system/*.read', 'system/Patient.read system/*.read']) {
      expect(await ask({ request: { scope } })).toMatchObject(rejected('invalid_scope'))
    }
  })

  test('a scope that the server does not know is granted as nothing', async () => {
    const scope = 'system/Nothing.read'
    expect(await ask({ request: { scope } })).toEqual({ scope })
  })

  test('of a known and an unknown scope only the known one is granted, and the token and an event say so', async () => {
    const events: ClientEvent[] = []
    const scope = 'system/Patient.read system/Nothing.read'
    expect(await ask({ request: { scope }, onEvent: (event) => events.push(event) })).toEqual(
      granted,
    )
    expect(events.map(({ type }) => type)).toContain('token.other-scope')
  })

  test('a signer that gives DER, as key services do, is accepted: the signature is converted', async () => {
    const { privateKey, clientId, signer } = asking.identity('ES384')
    const service: Signer = {
      algorithms: ['ES384'],
      kid: 'key-ES384',
      publicJwk: signer.publicJwk,
      sign: (data) => Promise.resolve(new Uint8Array(sign('sha384', data, privateKey))),
    }
    expect(await ask({ signer: service, clientId })).toEqual(granted)
  })

  test.each([
    ['larger than the server reads', { extra: 'x'.repeat(65_536) }, 'too large'],
    ['that contradicts the assertion', { client_id: 'other' }, 'client_id mismatch'],
  ])('a form %s is invalid_request', async (_, form, reason) => {
    expect(await ask({ request: { form } })).toMatchObject(rejected('invalid_request'))
    expect(asking.authorization.denials.join()).toContain(reason)
  })

  test('a client that is not registered for client credentials is invalid_request', async () => {
    const key = coder.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const signer = await pemSigner({ key, kid: 'code' })
    expect(await ask({ clientId: 'codes-only', signer })).toMatchObject(rejected('invalid_request'))
    expect(asking.authorization.denials.join()).toContain('grant type is not allowed')
  })

  test('an algorithm that the server lists and the key cannot do is ERR_CQ_NO_COMMON_ALGORITHM, and nothing is sent', async () => {
    const before = asking.count()
    expect(await ask({ request: { algorithms: ['ES256', 'PS384'] } })).toMatchObject({
      code: 'ERR_CQ_NO_COMMON_ALGORITHM',
    })
    expect(asking.count()).toBe(before)
  })

  test('a token endpoint that is not there is ERR_CQ_UNEXPECTED_STATUS', async () => {
    const tokenEndpoint = `${asking.authorization.issuer}/no-token-here`
    expect(await ask({ request: { tokenEndpoint } })).toMatchObject({
      code: 'ERR_CQ_UNEXPECTED_STATUS',
      status: 404,
    })
  })
})
