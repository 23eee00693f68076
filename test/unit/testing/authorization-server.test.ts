import { createHmac, generateKeyPairSync } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSandbox, type Sandbox } from '../../../src/testing/index.ts'
import {
  assertion,
  atNoon,
  cerner,
  encode,
  noon,
  oauthError,
  plain,
  record,
  refusal,
  sunrise,
  tokenFor,
  tokenForm,
  tokenRequest,
  type AssertionParts,
} from './wire.ts'

const seconds = noon / 1000
let sandbox: Sandbox
let time: { now: number }

beforeAll(async () => {
  ;({ sandbox, time } = await atNoon())
})
beforeEach(() => {
  time.now = noon
})

describe('an assertion', () => {
  test.each(['RS256', 'RS384'])('signed with %s gets a token', async (alg) => {
    const signed = assertion(sandbox, cerner.token, { header: { alg } })
    const response = await sandbox.fetch(tokenRequest(cerner.token, tokenForm(signed)))
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const { access_token: token, ...rest } = await record(response)
    expect(token).toMatch(/^[\x21-\x7e]+$/)
    expect(rest).toEqual({ token_type: 'Bearer', expires_in: 300, scope: 'system/Patient.read' })
  })

  test.each(['P-256', 'P-384'])('signed with a %s key that is registered', async (namedCurve) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
    const alg = namedCurve === 'P-256' ? 'ES256' : 'ES384'
    const publicJwk = { ...publicKey.export({ format: 'jwk' }), kty: 'EC' }
    const signer = { algorithms: [alg], publicJwk, kid: 'ours', sign: neverSigns } as const
    const own = await createSandbox({ clients: [{ clientId: 'ec', signer }] })
    const send = (kid: string): Promise<Response> => {
      const parts = {
        header: { alg, kid, x5c: undefined },
        claims: { iss: 'ec', sub: 'ec' },
        key: privateKey,
      }
      const signed = assertion(own, plain.token, parts)
      return own.fetch(tokenRequest(plain.token, tokenForm(signed)))
    }
    expect((await send('ours')).status).toBe(200)
    expect((await oauthError(await send('theirs')))[2]).toContain('"kid"')
  })

  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const claims = (values: Record<string, unknown>): AssertionParts => ({ claims: values })
  test.each<[string, string, AssertionParts, string]>([
    ['for another server', 'aud', claims({ aud: sunrise.token }), '"aud"'],
    ['with a slash behind the URL', 'aud', claims({ aud: `${cerner.token}/` }), '"aud"'],
    ['for a list of one', 'aud', claims({ aud: [cerner.token] }), '"aud"'],
    ['of an unknown client', 'iss', claims({ iss: 'x', sub: 'x' }), 'not registered'],
    ['whose iss is not its sub', 'iss', claims({ sub: 'x' }), '"iss" and "sub"'],
    ['that has expired', 'exp', claims({ exp: seconds, iat: seconds - 100 }), 'expired'],
    ['that lives 301 s', 'exp', claims({ iat: seconds - 5, exp: seconds + 296 }), '300 seconds'],
    ['from the future', 'iat', claims({ iat: seconds + 1 }), '"iat" is in the future'],
    ['without iat', 'iat', claims({ iat: undefined }), 'must be numbers'],
    ['with exp as text', 'exp', claims({ exp: String(seconds + 60) }), 'must be numbers'],
    ['not yet valid', 'nbf', claims({ nbf: seconds + 1 }), '"nbf"'],
    ['without jti', 'jti', claims({ jti: undefined }), '"jti"'],
    ['with an empty jti', 'jti', claims({ jti: '' }), '"jti"'],
    ['signed with another key', 'key', { key: other }, 'does not verify'],
    ['with x5c in base64url', 'x5c', { header: { x5c: ['-_'] } }, 'array of base64'],
    ['with an unreadable leaf', 'x5c', { header: { x5c: ['AAAA'] } }, 'cannot be read'],
    ['with an unknown kid', 'kid', { header: { kid: 'x' } }, '"kid"'],
    ['with an algorithm not on offer', 'alg', { header: { alg: 'PS256' } }, '"alg"'],
  ])('%s is refused (%s)', async (_what, _where, parts, why) => {
    const [status, error, description] = await refusal(sandbox, cerner.token, parts)
    expect([status, error]).toEqual([401, 'invalid_client'])
    expect(description).toContain(why)
  })

  test('without a signature (alg none) is refused', async () => {
    const [, body = ''] = assertion(sandbox, cerner.token).split('.')
    const unsigned = `${encode({ alg: 'none' })}.${body}.`
    const response = await sandbox.fetch(tokenRequest(cerner.token, tokenForm(unsigned)))
    expect(await oauthError(response)).toEqual([401, 'invalid_client', '"alg" is not accepted'])
  })

  test('signed with HS256 and the public certificate as its secret is refused', async () => {
    const [, body = ''] = assertion(sandbox, cerner.token).split('.')
    const input = `${encode({ alg: 'HS256' })}.${body}`
    const signature = createHmac('sha256', sandbox.pem.certificates).update(input)
    const forged = `${input}.${signature.digest('base64url')}`
    const response = await sandbox.fetch(tokenRequest(cerner.token, tokenForm(forged)))
    expect(await oauthError(response)).toEqual([401, 'invalid_client', '"alg" is not accepted'])
  })

  test('whose x5c holds a certificate of another key is refused', async () => {
    const stranger = (await createSandbox()).options.signer.certificates
    const parts = { header: { x5c: stranger } }
    expect((await refusal(sandbox, cerner.token, parts))[2]).toContain('the registered key')
  })

  test('is good once: a replayed jti is refused, at this server only', async () => {
    const jti = 'the same'
    const send = async (url: string): Promise<number> => {
      const form = tokenForm(assertion(sandbox, url, { claims: { jti } }))
      return (await sandbox.fetch(tokenRequest(url, form))).status
    }
    expect([await send(cerner.token), await send(cerner.token), await send(plain.token)]).toEqual([
      200, 401, 200,
    ])
  })

  test('needs typ JWT at the SMART server, and there only', async () => {
    const parts = { header: { typ: undefined } }
    expect((await refusal(sandbox, sunrise.token, parts))[2]).toBe('"typ" must be JWT')
    expect((await refusal(sandbox, plain.token, parts))[0]).toBe(200)
  })

  test('is judged by the injected clock', async () => {
    const early = assertion(sandbox, cerner.token)
    time.now += 200_000
    const response = await sandbox.fetch(tokenRequest(cerner.token, tokenForm(early)))
    expect((await oauthError(response))[2]).toBe('the assertion has expired')
    expect(response.headers.get('date')).toBe('Mon, 01 Jun 2026 12:03:20 GMT')
  })
})

describe('a token request', () => {
  const form = (): Record<string, string> => tokenForm(assertion(sandbox, cerner.token))
  const body = (): string => new URLSearchParams(form()).toString()

  test.each(['grant_type', 'client_assertion_type', 'client_assertion', 'scope'])(
    'needs exactly one %s',
    async (name) => {
      const repeated = `${body()}&${name}=${encodeURIComponent(form()[name] ?? '')}`
      const twice = await sandbox.fetch(tokenRequest(cerner.token, repeated))
      expect((await oauthError(twice)).slice(0, 2)).toEqual([400, 'invalid_request'])
      const none = await sandbox.fetch(tokenRequest(cerner.token, { ...form(), [name]: '' }))
      expect((await oauthError(none)).slice(0, 2)).toEqual([400, 'invalid_request'])
    },
  )

  test('of another grant type is refused', async () => {
    const other = { ...form(), grant_type: 'authorization_code' }
    const response = await sandbox.fetch(tokenRequest(cerner.token, other))
    expect((await oauthError(response)).slice(0, 2)).toEqual([400, 'unsupported_grant_type'])
  })

  test('in JSON, by GET, with parameters in the URL or with an Authorization header is refused', async () => {
    const json = new Request(cerner.token, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(form()),
    })
    const basic = tokenRequest(cerner.token, form())
    basic.headers.set('authorization', 'Basic eDp5')
    const inUrl = `${cerner.token}?${body()}`
    for (const request of [json, basic, new Request(inUrl), tokenRequest(inUrl, body())]) {
      const response = await sandbox.fetch(request)
      expect((await oauthError(response)).slice(0, 2)).toEqual([400, 'invalid_request'])
    }
  })

  test.each(['system/Patient.write', 'system/Patient.read openid', 'system/Patient.read  x'])(
    'for the scope "%s" is refused',
    async (scope) => {
      const response = await sandbox.fetch(tokenRequest(cerner.token, { ...form(), scope }))
      expect((await oauthError(response)).slice(0, 2)).toEqual([400, 'invalid_scope'])
    },
  )

  test('at the first of the two token URLs of the connectathon server never succeeds', async () => {
    expect(await refusal(sandbox, cerner.closed, {})).toEqual([401, 'invalid_client', undefined])
    expect(sandbox.requests.at(-1)?.url).toBe(cerner.closed)
  })
})

test('tokens come from randomUUID, and their life from tokenLifetimeMs', async () => {
  const own = await createSandbox({ randomUUID: () => 'seeded', tokenLifetimeMs: 5_000 })
  expect(await tokenFor(own, plain.token)).toContain('seeded')
  expect(own.options.randomUUID?.()).toBe('seeded')
})

function neverSigns(): Promise<Uint8Array> {
  return Promise.reject(new Error('not called'))
}
