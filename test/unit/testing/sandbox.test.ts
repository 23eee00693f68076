import {
  X509Certificate,
  createPrivateKey,
  verify,
  createHmac,
  generateKeyPairSync,
} from 'node:crypto'
import { request as httpRequest } from 'node:http'
import type { Patient } from 'fhir/r4.js'
import { expect, test, afterEach, beforeEach, vi, beforeAll, describe } from 'vitest'
import {
  createSandbox,
  type SandboxOptions,
  type Sandbox,
  signerContract,
} from '../../../src/testing/index.ts'
import { turns, until } from '../../support/time.ts'
import {
  atNoon,
  cerner,
  get,
  noon,
  plain,
  record,
  tokenFor,
  assertion,
  tokenForm,
  tokenRequest,
  encode,
  oauthError,
  refusal,
  sunrise,
  type AssertionParts,
} from './wire.ts'
import { keyObjectSigner } from '../../../src/node/index.ts'
import {
  cryptoKeySigner,
  jwkSigner,
  pemSigner,
  type Signer,
  type SigningAlgorithm,
} from '../../../src/signers/index.ts'
import { customSigner, keyPair } from '../../support/token-endpoint.ts'
import { ed25519, pemOf } from '../signers/keys.ts'

describe('sandbox', () => {
  test('the certificate is the client id, is issued by the CA, and fits the key', async () => {
    const { sandbox } = await atNoon()
    const blocks = sandbox.pem.certificates.match(/-----BEGIN[^]+?END CERTIFICATE-----/g) ?? []
    const [leaf, authority] = blocks.map((block) => new X509Certificate(block))
    if (leaf === undefined || authority === undefined) throw new Error('two certificates expected')
    expect(leaf.subject).toContain('CN=fhir.example-hospital.org')
    expect(leaf.subjectAltName).toBe('DNS:fhir.example-hospital.org')
    expect(leaf.verify(authority.publicKey)).toBe(true)
    expect(authority.verify(authority.publicKey)).toBe(true)
    expect(leaf.checkIssued(authority)).toBe(true)
    expect([leaf.ca, authority.ca]).toEqual([false, true])
    expect(leaf.checkPrivateKey(createPrivateKey(sandbox.pem.key))).toBe(true)
    expect(Date.parse(leaf.validFrom)).toBe(noon - 24 * 3600 * 1000)
    expect(Date.parse(leaf.validTo)).toBe(noon + 730 * 24 * 3600 * 1000)
    expect(sandbox.options.signer.certificates?.[0]).toBe(leaf.raw.toString('base64'))
  })

  test('a certificate is dated by the clock also beyond 2049', async () => {
    const { pem } = await createSandbox({ now: () => Date.parse('2049-06-01T00:00:00Z') })
    expect(new Date(new X509Certificate(pem.certificates).validTo).getUTCFullYear()).toBe(2051)
  })

  test.each(['RS256', 'RS384'] as const)('the signer signs with %s', async (alg) => {
    const { signer } = (await createSandbox()).options
    const data = new TextEncoder().encode('data')
    const { signal } = new AbortController()
    const signature = await signer.sign(data, { alg, signal })
    const leaf = new X509Certificate(Buffer.from(signer.certificates?.[0] ?? '', 'base64'))
    expect(verify(`SHA${alg.slice(2)}`, data, leaf.publicKey, signature)).toBe(true)
    await expect(signer.sign(data, { alg: 'ES256', signal })).rejects.toThrow(TypeError)
  })

  test('options carry the clock and the identifiers only if they were given', async () => {
    expect(Object.keys((await createSandbox()).options)).toEqual([
      'directory',
      'clientId',
      'signer',
      'fetch',
    ])
    const now = (): number => noon
    expect((await createSandbox({ now })).options.now).toBe(now)
  })

  test.each<[string, unknown]>([
    ['options', null],
    ['now', { now: 5 }],
    ['randomUUID', { randomUUID: 'x' }],
    ['tokenLifetimeMs', { tokenLifetimeMs: 0 }],
    ['patients', { patients: {} }],
    ['patients[0]', { patients: [{ resourceType: 'Person' }] }],
    ['patients[0].id', { patients: [{ resourceType: 'Patient' }] }],
    ['clients[0].clientId', { clients: [{}] }],
    ['clients[0].signer', { clients: [{ clientId: 'x' }] }],
    ['clients[0].signer', { clients: [{ clientId: 'x', signer: { algorithms: [] } }] }],
  ])('a wrong "%s" is named', async (name, options) => {
    const failure = createSandbox(options as SandboxOptions)
    await expect(failure).rejects.toThrow(TypeError)
    await expect(failure).rejects.toThrow(`"${name}"`)
  })

  test('own patients take the place of the invented ones, and are copied', async () => {
    const patients: Patient[] = [{ resourceType: 'Patient', id: 'a', active: true }]
    const { sandbox } = await atNoon({ patients })
    patients[0] = { resourceType: 'Patient', id: 'b' }
    const token = await tokenFor(sandbox, plain.token)
    expect((await get(sandbox, `${plain.base}Patient/a`, token)).status).toBe(200)
    expect((await get(sandbox, `${plain.base}Patient/1316024`, token)).status).toBe(404)
  })

  test.each([
    'https://example.org/',
    'http://connect.carequality.org/',
    'https://connect.carequality.org:8443/',
  ])('an unknown origin (%s) is a failed fetch, recorded all the same', async (url) => {
    const { sandbox } = await atNoon()
    const failure: unknown = await sandbox.fetch(new Request(url)).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(TypeError)
    expect(failure).toMatchObject({ message: 'fetch failed', cause: { code: 'ENOTFOUND' } })
    expect(sandbox.requests.map((request) => request.url)).toEqual([url])
  })

  test('faults answer once each, in the order of their registration, before any server', async () => {
    const { sandbox } = await atNoon()
    const any = (): boolean => true
    sandbox.respondOnce((request) => request.url.endsWith('/x'), new Response('x'))
    sandbox.respondOnce(any, () => new Response(null, { status: 503 }))
    sandbox.respondOnce(any, () => Promise.reject(new TypeError('broken')))
    const metadata = `${cerner.base}metadata`
    expect((await get(sandbox, metadata)).status).toBe(503)
    await expect(get(sandbox, metadata)).rejects.toThrow('broken')
    expect((await get(sandbox, metadata)).status).toBe(200)
    expect(await (await get(sandbox, 'https://nowhere.example/x')).text()).toBe('x')
    expect(sandbox.requests).toHaveLength(4)
  })

  test('a match may look at the body, which is recorded with the headers', async () => {
    const { sandbox } = await atNoon()
    const init = { method: 'POST', body: 'a=1', headers: { 'x-trace': 't' } }
    let seen: Promise<string> | undefined
    sandbox.respondOnce((request) => {
      seen = request.text()
      return true
    }, new Response('ok'))
    await sandbox.fetch(new Request(plain.token, init))
    expect(await seen).toBe('a=1')
    expect(sandbox.requests[0]).toMatchObject({ method: 'POST', url: plain.token, body: 'a=1' })
    expect(sandbox.requests[0]?.headers.get('x-trace')).toBe('t')
  })

  test('respondOnce names its wrong arguments', async () => {
    const { sandbox } = await atNoon()
    // @ts-expect-error a match is a function
    expect(() => sandbox.respondOnce('/x', new Response())).toThrow('"match"')
    // @ts-expect-error a response is no number
    expect(() => sandbox.respondOnce(() => true, 503)).toThrow('"response"')
  })

  test('an abort ends a request with its reason, though a fault never settles', async () => {
    const { sandbox } = await atNoon()
    const reason = new Error('enough')
    const early = new Request(`${cerner.base}metadata`, { signal: AbortSignal.abort(reason) })
    await expect(sandbox.fetch(early)).rejects.toBe(reason)

    const leaving = new AbortController()
    sandbox.respondOnce(
      () => true,
      () => new Promise<Response>(() => undefined),
    )
    const waiting = sandbox.fetch(new Request(early.url, { signal: leaving.signal }))
    await turns()
    leaving.abort(reason)
    await expect(waiting).rejects.toBe(reason)
  })

  test('every answer says by the injected clock when it was given', async () => {
    const { sandbox } = await atNoon()
    const response = await get(sandbox, `${cerner.base}metadata`)
    expect(Date.parse(response.headers.get('date') ?? '')).toBe(noon)
    expect((await record(response)).resourceType).toBe('CapabilityStatement')
  })
})

describe('listen', () => {
  let sandbox: Sandbox
  let network: { directoryBaseUrl: string; close(): Promise<void> }

  beforeEach(async () => {
    sandbox = await createSandbox()
    network = await sandbox.listen()
  })
  afterEach(() => network.close())

  /** Walks from the directory to the FHIR base and the token URL, as the documents name them. */
  async function discover(): Promise<{ base: string; token: string }> {
    const entry = await fetch(
      `${network.directoryBaseUrl}/Organization/2.16.840.1.113883.3.13.1?apikey=sandbox-api-key`,
    )
    const base = /http:\/\/127\.0\.0\.1:\d+\/beta\/[^"]+/.exec(await entry.text())?.[0] ?? ''
    const metadata = await fetch(`${base}metadata`, {
      headers: { accept: 'application/fhir+json' },
    })
    const token = /carequality-token","valueUri":"([^"]+)"/.exec(await metadata.text())?.[1] ?? ''
    return { base, token }
  }

  test('the whole walk works over loopback ports with the platform fetch', async () => {
    expect(network.directoryBaseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/fhir-stu3\/1\.0\.1$/)
    const { base, token } = await discover()
    expect(token).toBe(`${base}Authorization/token`)

    const answer = await fetch(tokenRequest(token, tokenForm(assertion(sandbox, token))))
    const { access_token: accessToken } = await record(answer)
    const headers = {
      accept: 'application/fhir+json',
      authorization: `Bearer ${String(accessToken)}`,
    }
    const patient = await fetch(`${base}Patient/1316024`, { headers })
    expect(await record(patient)).toMatchObject({ id: '1316024', gender: 'male' })

    const search = await record(await fetch(`${base}Patient?name=peters`, { headers }))
    expect(JSON.stringify(search.link)).toContain(`${base}Patient?-pageContext=`)
    expect(sandbox.requests.map(({ url }) => url)).toContain(`${base}Patient/1316024`)
    expect(sandbox.requests.every(({ url }) => url.startsWith('http://127.0.0.1:'))).toBe(true)
  })

  test('an assertion for the real name is not good at the port, nor its token', async () => {
    const { base, token } = await discover()
    const realName =
      'https://fhir-ehr.stagingcerner.com/beta/0b8a0111-e8e6-4c26-a91c-5069cbc6b1ca/Authorization/token'
    const refused = await fetch(tokenRequest(token, tokenForm(assertion(sandbox, realName))))
    expect(refused.status).toBe(401)
    const issued = await sandbox.fetch(
      tokenRequest(realName, tokenForm(assertion(sandbox, realName))),
    )
    const { access_token: accessToken } = await record(issued)
    const headers = {
      accept: 'application/fhir+json',
      authorization: `Bearer ${String(accessToken)}`,
    }
    expect((await fetch(`${base}Patient/1316024`, { headers })).status).toBe(401)
  })

  test('a Host header of another name is refused', async () => {
    const status = await new Promise((resolve, reject) => {
      httpRequest(network.directoryBaseUrl, { headers: { host: 'evil.example' } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })
    expect(status).toBe(421)
  })

  test('faults work on ports, a rejecting one as a broken connection', async () => {
    const url = `${network.directoryBaseUrl}/Organization`
    sandbox.respondOnce(() => true, new Response('busy', { status: 503 }))
    const busy = await fetch(url)
    expect([busy.status, await busy.text()]).toEqual([503, 'busy'])
    sandbox.respondOnce(
      () => true,
      () => Promise.reject(new Error('broken')),
    )
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  })

  test('close frees the ports, also of a request that never ends', async () => {
    const url = `${network.directoryBaseUrl}/Organization`
    sandbox.respondOnce(
      () => true,
      () => new Promise<Response>(() => undefined),
    )
    const waiting = expect(fetch(url)).rejects.toThrow()
    await until(() => sandbox.requests.length > 0)
    await network.close()
    await waiting
    await expect(fetch(url)).rejects.toThrow()
  })

  test('a platform without node:http is told so', async () => {
    vi.stubGlobal('process', undefined)
    const listening = sandbox.listen()
    vi.unstubAllGlobals()
    await expect(listening).rejects.toThrow('listen() needs "node:http", which this platform lacks')
  })
})

describe('its authorization server', () => {
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
      expect([await send(cerner.token), await send(cerner.token), await send(plain.token)]).toEqual(
        [200, 401, 200],
      )
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
})

/** The contract for signers: kept by our own, and what it finds in others. */
describe('the contract of signers', () => {
  const pairs = { RSA: keyPair('RSA'), 'P-256': keyPair('P-256'), 'P-384': keyPair('P-384') }
  const own: Readonly<Record<string, () => Promise<Signer<SigningAlgorithm>>>> = {
    'pemSigner, RSA': () => pemSigner({ key: pemOf(pairs.RSA.privateKey) }),
    'pemSigner, P-384': () => pemSigner({ key: pemOf(pairs['P-384'].privateKey) }),
    'pemSigner, Ed25519': () => pemSigner({ key: pemOf(ed25519().privateKey) }),
    jwkSigner: () => jwkSigner({ key: pairs['P-256'].privateKey.export({ format: 'jwk' }) }),
    keyObjectSigner: () => keyObjectSigner({ key: pairs['P-256'].privateKey }),
    cryptoKeySigner: async () => {
      const parameters = { name: 'ECDSA', namedCurve: 'P-256' }
      const { privateKey: key, publicKey } = await crypto.subtle.generateKey(parameters, false, [
        'sign',
        'verify',
      ])
      return cryptoKeySigner({ key, publicKey })
    },
  }

  describe.each(Object.entries(own))('%s keeps the contract:', (_, make) => {
    const made = make()
    for (const { name, run } of signerContract(() => made)) test(name, run)
  })

  const pair = pairs['P-256']
  const good = customSigner(pair, 'ES256')
  /** Signs as it should, and stops when it is told to. */
  const proper: Signer = {
    ...good,
    sign: (data, context) =>
      context.signal.aborted ? Promise.reject(new Error('gone')) : good.sign(data, context),
  }
  const names = signerContract(() => proper).map(({ name }) => name)
  const failing = async (signer: unknown): Promise<readonly string[]> => {
    const found: string[] = []
    for (const { name, run } of signerContract(() => signer as Signer)) {
      await run().catch(() => found.push(name))
      await turns() // what a failed check left running
    }
    return found
  }

  const NAMES = 'the signer names its algorithms and its public key'
  const BARE = 'its public key has no private member'
  const SIGNS = 'each algorithm signs what its public key verifies, whatever the length'
  const AT_ONCE = '16 signatures at once are good, each for its own data'
  const ABORTED = 'a signal that has aborted ends signing'
  const LEFT = 'a signal that aborts while it signs leaves it usable'

  test('these are the checks, and a proper signer passes all', async () => {
    expect(names).toEqual([NAMES, BARE, SIGNS, AT_ONCE, ABORTED, LEFT])
    expect(await failing(proper)).toEqual([])
  })

  let busy = false
  let broken = false
  test.each<[string, unknown, readonly string[]]>([
    ['nothing', undefined, names],
    ['one that says nothing of its key', { ...proper, publicJwk: undefined }, names],
    ['one that says HS256', { ...proper, algorithms: ['HS256'] }, names],
    [
      'one that shows its private key',
      { ...proper, publicJwk: { kty: 'EC', ...pair.privateKey.export({ format: 'jwk' }) } },
      [BARE],
    ],
    [
      'one whose public key is another one’s',
      { ...proper, publicJwk: customSigner(keyPair('P-256'), 'ES256').publicJwk },
      [SIGNS, AT_ONCE, LEFT],
    ],
    [
      'one whose public key is too short',
      { ...proper, publicJwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } },
      [NAMES, SIGNS, AT_ONCE, LEFT],
    ],
    [
      'one that signs the beginning of long data only',
      {
        ...proper,
        sign: (data: Uint8Array<ArrayBuffer>, context: Parameters<Signer['sign']>[1]) =>
          proper.sign(data.slice(0, 4096), context),
      },
      [SIGNS],
    ],
    [
      'one that cannot sign twice at once',
      {
        ...proper,
        sign: async (...given: Parameters<Signer['sign']>) => {
          if (busy) throw new Error('busy')
          busy = true
          await turns(2)
          return proper.sign(...given).finally(() => {
            busy = false
          })
        },
      },
      [AT_ONCE],
    ],
    ['one that does not heed its signal', good, [ABORTED]],
    [
      'one that an abort leaves broken',
      {
        ...proper,
        sign: async (...given: Parameters<Signer['sign']>) => {
          if (broken) throw new Error('broken')
          await turns(2)
          broken = given[1].signal.aborted
          return proper.sign(...given)
        },
      },
      [LEFT],
    ],
  ])('the contract finds %s', async (_, signer, expected) => {
    broken = false
    expect(await failing(signer)).toEqual(expected)
  })
})
