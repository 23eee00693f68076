import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { isCarequalityError } from '../../../src/errors.ts'
import type { TokenRequest } from '../../../src/auth/requested-token.ts'
import type { HttpOptions } from '../../../src/types.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import {
  answered,
  asking,
  assertionOf,
  customSigner,
  endpoint,
  formOf,
  granted,
  keyPair,
  opensslAccepts,
  provider,
  tokenWire,
} from '../../support/token-endpoint.ts'
import { until } from '../../support/time.ts'
import { AccessToken } from '../../../src/access-token.ts'

describe('one token request', () => {
  const pair = keyPair('P-256')
  const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

  /** One request for a token with a signer that counts. */
  async function asked(
    answer: (number: number) => Response | Promise<Response>,
    request: Partial<TokenRequest> = {},
    options: HttpOptions = {},
  ) {
    const line = tokenWire((_, number) => answer(number))
    const signer = customSigner(pair, 'ES256')
    const tokens = await provider({ ...line.options, ...options }, { signer })
    const outcome: unknown = await tokens.getToken(asking(request)).catch((error: unknown) => error)
    return { ...line, signer, tokens, outcome }
  }

  const codeOf = (error: unknown) => (isCarequalityError(error) ? error.code : error)

  describe('the form', () => {
    test('has the four fields of the protocol and nothing else', async () => {
      const scope = 'system/*.read launch/patient system/Patient.rs?_id=1&a=%20'
      const { requests } = await asked(() => granted(), { scope })
      const form = formOf(requests[0])
      expect([...form.keys()]).toEqual([
        'scope',
        'grant_type',
        'client_assertion_type',
        'client_assertion',
      ])
      expect(form.get('scope')).toBe(scope)
      expect(form.get('grant_type')).toBe('client_credentials')
      expect(form.get('client_assertion_type')).toBe(ASSERTION_TYPE)
      const jwt = form.get('client_assertion') ?? ''
      expect(opensslAccepts(jwt, pair.publicKey)).toBe(true)
    })

    test('K8: goes out as POST with the headers of a form, and no credentials in them', async () => {
      const { requests } = await asked(() => granted())
      const [request] = requests
      expect(request?.method).toBe('POST')
      expect(request?.headers.get('content-type')).toBe('application/x-www-form-urlencoded')
      expect(request?.headers.get('accept')).toBe('application/json')
      expect(request?.headers.get('authorization')).toBeNull()
      expect(request?.redirect).toBe('manual')
    })

    test("carries a quirk's fields after those of the protocol, which they cannot replace", async () => {
      const form = {
        grant_type: 'password',
        scope: 'all',
        client_assertion: 'x',
        client_assertion_type: 'y',
        resource: 'https://fhir.example.org/?a=b&c',
        client_id: 'client',
      }
      const { requests } = await asked(() => granted(), { form })
      const sent = [...formOf(requests[0])]
      expect(sent.map(([name]) => name).slice(4)).toEqual(['resource', 'client_id'])
      expect(Object.fromEntries(sent)).toMatchObject({
        grant_type: 'client_credentials',
        scope: 'system/Patient.read',
        client_assertion_type: ASSERTION_TYPE,
        resource: form.resource,
      })
      expect(assertionOf(requests[0]).claims.aud).toBe(endpoint)
    })

    test('A11: goes to the address that aud names, byte for byte but for what URLs mean', async () => {
      const tokenEndpoint = 'https://FHIR.example.org:443/Token?Tenant=A%2fb'
      const { requests } = await asked(() => granted(), { tokenEndpoint })
      expect(assertionOf(requests[0]).claims.aud).toBe(tokenEndpoint)
      expect(requests[0]?.url).toBe('https://fhir.example.org/Token?Tenant=A%2fb')
    })

    test('is signed with an algorithm that the server lists', async () => {
      const { outcome, requests, signer } = await asked(() => granted(), { algorithms: ['RS384'] })
      expect(codeOf(outcome)).toBe('ERR_CQ_NO_COMMON_ALGORITHM')
      expect([requests.length, signer.calls]).toEqual([0, 0])
    })

    test('has the claims, client and mode of the request', async () => {
      const claims = { extensions: { 'hl7-b2b': { version: '1' } } }
      const context = { clientId: 'other', mode: 'smart-backend', claims } as const
      const { requests } = await asked(() => granted(), context)
      const jwt = assertionOf(requests[0])
      expect(jwt.claims).toMatchObject({ iss: 'other', sub: 'other', ...claims })
      expect(jwt.header).toHaveProperty('kid')
    })
  })

  describe('K6: another try', () => {
    test.each([408, 425, 429, 502, 503, 504])('comes after %d, newly signed', async (status) => {
      const { outcome, requests, signer } = await asked((number) =>
        number < 3 ? answered('', status) : granted(),
      )
      expect(outcome).toMatchObject({ tokenType: 'Bearer' })
      const jwts = requests.map(assertionOf)
      expect(new Set(jwts.map(({ claims }) => claims.jti)).size).toBe(3)
      expect(signer.calls).toBe(3)
    })

    test('comes after a network failure and after a body that broke off, newly signed', async () => {
      const { outcome, requests } = await asked((number) => {
        if (number === 1) throw new TypeError('fetch failed')
        const headers = { 'content-type': 'application/json', 'content-length': '900' }
        return number === 2 ? new Response('{"access_t', { headers }) : granted()
      })
      expect(outcome).toMatchObject({ tokenType: 'Bearer' })
      const jwts = requests.map(assertionOf)
      expect(new Set(jwts.map(({ claims }) => claims.jti)).size).toBe(3)
    })

    test('is not made a fourth time', async () => {
      const { outcome, requests } = await asked(() => answered('', 503))
      expect(outcome).toMatchObject({
        code: 'ERR_CQ_UNEXPECTED_STATUS',
        status: 503,
        retryable: true,
      })
      expect(requests).toHaveLength(3)
    })

    test.each([400, 401, 403, 404, 409, 410, 422, 500, 501])(
      'does not come after %d',
      async (status) => {
        const { requests, outcome } = await asked(() => answered('{"error":"x"}', status))
        expect(requests).toHaveLength(1)
        expect(outcome).toMatchObject({ status })
      },
    )

    test.each([301, 302, 307, 308])(
      'does not come after %d, which is not followed',
      async (status) => {
        const headers = { location: 'https://as.example.org/other' }
        const { requests, outcome } = await asked(() => new Response(null, { status, headers }))
        expect(codeOf(outcome)).toBe('ERR_CQ_REDIRECT_REFUSED')
        expect(requests).toHaveLength(1)
      },
    )

    test('that the server puts off beyond the time of the call is not waited for', async () => {
      const headers = { 'retry-after': '120' }
      const { requests, outcome } = await asked(() => new Response('', { status: 503, headers }))
      expect(outcome).toMatchObject({ code: 'ERR_CQ_UNEXPECTED_STATUS', retryAfterMs: 120_000 })
      expect(requests).toHaveLength(1)
    })
  })

  describe('A6, A15: trust', () => {
    const evil = 'https://fhir.attacker.example/r4'

    test.each<[string, Partial<TokenRequest>]>([
      ['another domain', { fhirBaseUrl: evil }],
      ['an address', { tokenEndpoint: 'https://203.0.113.9/token' }],
      [
        'a shared parent',
        { fhirBaseUrl: 'https://a.okta.com', tokenEndpoint: 'https://b.okta.com/t' },
      ],
    ])('is not given to %s: nothing is signed or sent', async (_, request) => {
      const { outcome, requests, signer } = await asked(() => granted(), request)
      const { fhirBaseUrl, tokenEndpoint } = asking(request)
      const [fhir, token] = [new URL(fhirBaseUrl).origin, new URL(tokenEndpoint).origin]
      expect(outcome).toMatchObject({
        name: 'PolicyError',
        code: 'ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED',
        origin: token,
        message: expect.stringContaining(`{ fhir: '${fhir}', token: '${token}' }`) as string,
      })
      expect([requests.length, signer.calls]).toEqual([0, 0])
    })

    test('is given by the line that the error names', async () => {
      const trustedOrigins = [{ fhir: new URL(evil).origin, token: 'https://as.example.org' }]
      const { requests } = await asked(() => granted(), { fhirBaseUrl: evil }, { trustedOrigins })
      expect(requests).toHaveLength(1)
    })

    test.each([
      'http://as.example.org/token',
      'https://user:pass@as.example.org/token',
      'https://as.example.org/token#x',
      'https://as.example.org/to\nken',
      'https://127.0.0.1/token',
      'https://as.internal/token',
      '/token',
      'javascript:alert(1)',
    ])('%j is not asked, and nothing is signed', async (tokenEndpoint) => {
      const { outcome, requests, signer } = await asked(() => granted(), { tokenEndpoint })
      expect(codeOf(outcome)).toBe('ERR_CQ_ORIGIN_REFUSED')
      expect([requests.length, signer.calls]).toEqual([0, 0])
    })

    test('A15: is not learned: a cached token of one server is not given to another', async () => {
      const { tokens, requests } = await asked(() => granted())
      const error = await failureOf(tokens.getToken(asking({ fhirBaseUrl: evil })))
      expect(codeOf(error)).toBe('ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED')
      expect(requests).toHaveLength(1)
    })
  })

  describe('the audience', () => {
    test('is the issuer where it has the origin of the token endpoint', async () => {
      const issuer = 'https://AS.example.org:443/tenant/'
      const { requests } = await asked(() => granted(), { audience: 'issuer', issuer })
      expect(assertionOf(requests[0]).claims.aud).toBe(issuer)
    })

    test.each([undefined, 'https://other.example.org', 'https://as.example.org:8443/', 'no url'])(
      'is not the issuer %s: nothing is signed',
      async (issuer) => {
        const { outcome, requests, signer } = await asked(() => granted(), {
          audience: 'issuer',
          issuer,
        })
        expect(codeOf(outcome)).toBe('ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED')
        expect([requests.length, signer.calls]).toEqual([0, 0])
      },
    )

    test('is a text as it was given', async () => {
      const text = ' urn:Any thing/ü '
      const { requests } = await asked(() => granted(), { audience: { text } })
      expect(assertionOf(requests[0]).claims.aud).toBe(text)
    })
  })

  test.each<[string, unknown]>([
    ['tokenEndpoint', { tokenEndpoint: '' }],
    ['fhirBaseUrl', { fhirBaseUrl: 'fhir' }],
    ['scope', { scope: 'a  b' }],
    ['algorithms', { algorithms: 'ES256' }],
    ['issuer', { issuer: 1 }],
    ['form', { form: [] }],
    ['audience', { audience: null }],
    ['claims', { claims: { aud: 'x' } }],
    ['claims', { claims: { toJSON: () => ({ nbf: 1 }) } }],
  ])('a wrong %s is a TypeError before any I/O', async (name, wrong) => {
    const { outcome, requests, signer, tokens } = await asked(
      () => granted(),
      wrong as Partial<TokenRequest>,
    )
    expect(outcome).toBeInstanceOf(TypeError)
    expect(String(outcome)).toContain(`"${name}"`)
    expect([requests.length, signer.calls]).toEqual([0, 0])
    expect(() => tokens.authorizer(asking(wrong as Partial<TokenRequest>))).toThrow(TypeError)
  })
})

/** How many tokens are asked for under steady use, by their life. */
describe('how many token requests', () => {
  /** The fraction of jitter that a random source gives: 0 is the shortest window, 1 nearly the longest. */
  const UUIDS = {
    0: '00000000-0000-4000-8000-000000000000',
    0.5: '80000000-0000-4000-8000-000000000000',
    1: 'ffffffff-0000-4000-8000-000000000000',
  } as const
  type Jitter = keyof typeof UUIDS

  /**
   * A call every `everyMs` for `forMs` of injected time, all at once between: what is asked for, and
   * how many calls found no token and waited.
   */
  async function steady(lifeS: number, forMs: number, everyMs: number, jitter: Jitter) {
    const line = tokenWire(() => granted({ expires_in: lifeS }))
    const http = { ...line.options, randomUUID: () => UUIDS[jitter] }
    const tokens = await provider(http)
    const request = asking()
    const authorize = tokens.authorizer(request)
    const { signal } = new AbortController()
    const begun = line.now
    let waited = 0
    const issued = (): number => line.events.filter(({ type }) => type === 'token.issued').length
    for (let at = 0; at < forMs; at += everyMs) {
      line.now = begun + at
      const [seen, before] = [{ done: false }, issued()]
      const call = authorize({ url: request.fhirBaseUrl, signal, timeoutMs: 60_000 })
      void call.then(() => {
        seen.done = true
      })
      for (let turn = 0; turn < 3; turn += 1) await Promise.resolve()
      if (!seen.done) waited += 1
      const token = await call
      // A renewal in the background takes no injected time: it is over before the next call.
      const inWindow =
        typeof token === 'object' && token.expiresAt - line.now <= windowOf(lifeS, jitter)
      if (inWindow && lifeS >= 3) await until(() => issued() > before)
    }
    return { requests: line.requests.length, waited }
  }

  /** Before the end of a life, in milliseconds. */
  function windowOf(lifeS: number, jitter: Jitter): number {
    const fraction = Number.parseInt(UUIDS[jitter].slice(0, 8), 16) / 2 ** 32
    return Math.min(60_000, lifeS * 200) * (0.75 + fraction / 2)
  }

  /** Requests in ten lives: each token serves until its window begins, and at most one pause longer. */
  function bounds(lifeS: number, everyMs: number, jitter: Jitter): [number, number] {
    const serves = lifeS * 1_000 - windowOf(lifeS, jitter)
    const forMs = lifeS * 10_000
    return [Math.ceil(forMs / (serves + everyMs)), Math.ceil(forMs / serves)]
  }

  describe.concurrent.each([0, 0.5, 1] as const)('with jitter %d', (jitter) => {
    test.each([30, 60, 300, 570])(
      'a life of %i s: renewed in its window, and only the first call waits',
      async (lifeS) => {
        const everyMs = lifeS * 25
        const { requests, waited } = await steady(lifeS, lifeS * 10_000, everyMs, jitter)
        const [least, most] = bounds(lifeS, everyMs, jitter)
        expect(requests).toBeGreaterThanOrEqual(least)
        expect(requests).toBeLessThanOrEqual(most)
        expect(waited).toBe(1)
      },
    )

    test('a life of 3600 s: eleven requests in ten lives, and only the first call waits', async () => {
      const found = await steady(3_600, 36_000_000, 30_000, jitter)
      expect(found).toEqual({ requests: 11, waited: 1 })
    })

    // Under 3 s there is no window: each end costs one request, and the caller who meets it waits.
    test.each([
      [1, 60],
      [2, 30],
    ])('a life of %i s: %i requests a minute', async (lifeS, requests) => {
      const found = await steady(lifeS, 60_000, 100, jitter)
      expect(found).toEqual({ requests, waited: requests })
    })
  })
})

describe('access token', () => {
  const token = new AccessToken('S3CRET', 'system/Patient.read', 1000)

  test('a token can be taken apart', () => {
    const { accessToken, tokenType, scope, expiresAt } = token
    expect([accessToken, tokenType, scope, expiresAt]).toEqual([
      'S3CRET',
      'Bearer',
      'system/Patient.read',
      1000,
    ])
  })

  test('nothing that prints, copies or serialises a token shows the secret', () => {
    const deep = { depth: 8, showHidden: true, showProxy: true }
    const shown = [
      inspect(token, { depth: 8 }),
      inspect(token, deep),
      inspect(token, { ...deep, getters: true }),
      inspect({ a: { b: [token] } }, { ...deep, getters: true }),
      inspect({ a: { b: [token] } }, deep),
      JSON.stringify(token),
      JSON.stringify(Object.assign({}, token)),
      JSON.stringify(structuredClone(token)),
      [token].map(String)[0],
      Object.entries(token).join(),
      Object.getOwnPropertyNames(token).join(),
    ]
    for (const text of shown) expect(text).not.toContain('S3CRET')
    expect(JSON.parse(JSON.stringify(token))).toEqual({
      tokenType: 'Bearer',
      scope: 'system/Patient.read',
      requestedScope: 'system/Patient.read',
      expiresAt: 1000,
    })
  })

  test('a token cannot be changed', () => {
    expect(Object.isFrozen(token)).toBe(true)
    expect(() => Object.assign(token, { expiresAt: 5 })).toThrow(TypeError)
    expect(() => Object.assign(token, { accessToken: 'x' })).toThrow(TypeError)
    expect(token.accessToken).toBe('S3CRET')
  })
})
