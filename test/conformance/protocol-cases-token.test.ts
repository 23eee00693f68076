/**
 * Cases 13 to 25 of the protocol digest, section 9: tokens. Case 21 (another client id at
 * registration) waits for registration. Everything is looked at on the wire.
 */
import { createPublicKey, X509Certificate, type JsonWebKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { shownScopes } from '../../src/lib/scopes.ts'
import { FhirPatientClient, type Signer } from '../../src/index.ts'
import type { TokenError } from '../../src/errors.ts'
import { failureOf } from '../support/answering-fetch.ts'
import { makeCertificate } from '../support/certificates.ts'
import { patient } from '../support/fhir-answers.ts'
import {
  answered,
  asking,
  assertionOf,
  endpoint,
  formOf,
  granted,
  keyPair,
  opensslAccepts,
  ownSigner,
  provider,
  readJwt,
  tokenWire,
} from '../support/token-endpoint.ts'
import { until } from '../support/time.ts'

/** The token that an answer gives, and how many seconds it was taken to live. */
async function given(members: Readonly<Record<string, unknown>>, scope?: string) {
  const line = tokenWire(() => granted(members))
  const tokens = await provider(line.options)
  const token = await tokens.getToken(asking(scope === undefined ? {} : { scope }))
  const told = line.events.map(({ type }) => type).filter((type) => type !== 'token.issued')
  return { token, tokens, line, seconds: (token.expiresAt - line.now) / 1_000, told }
}

/** How a request fails at an answer. */
async function refused(answer: () => Response) {
  const line = tokenWire(answer)
  const error = await failureOf((await provider(line.options)).getToken(asking()))
  return { error: error as TokenError, requests: line.requests }
}

describe('case 13: expires_in', () => {
  test.each<[string, unknown, number, boolean]>([
    ['as a number', 300, 300, false],
    ['as text', '300', 300, true],
    ['missing', undefined, 60, true],
    ['null', null, 60, true],
    ['as words', 'an hour', 60, true],
    ['true', true, 60, true],
    ['with a fraction', 299.9, 299, true],
    ['as text with a fraction', '299.9', 299, true],
    ['zero', 0, 0, true],
    ['negative', -60, 0, true],
    ['a day', 86_400, 3_600, true],
    ['huge', 1e308, 3_600, true],
    ['huge as text', '9'.repeat(400), 3_600, true],
  ])('case 13: expires_in %s', async (_, expiresIn, seconds, odd) => {
    const found = await given({ expires_in: expiresIn })
    expect(found.seconds).toBe(seconds)
    expect(found.told).toEqual(odd ? ['token.response-repaired'] : [])
    // A token without life serves this call alone.
    await found.tokens.getToken(asking())
    expect(found.line.requests).toHaveLength(seconds === 0 ? 2 : 1)
  })
})

describe('case 14: token_type', () => {
  test.each(['Bearer', 'bearer', 'BEARER'])('case 14: token_type %s is taken', async (type) => {
    const { token } = await given({ token_type: type })
    expect(token.tokenType).toBe('Bearer')
  })

  test.each([undefined, null, 'mac', 'DPoP', '', ['Bearer'], 7])(
    'case 14: token_type %j is an error',
    async (type) => {
      const { error, requests } = await refused(() => granted({ token_type: type }))
      expect(error).toMatchObject({ code: 'ERR_CQ_UNSUPPORTED_TOKEN_TYPE' })
      expect(requests).toHaveLength(1)
    },
  )
})

describe('case 15: scope', () => {
  const asked = 'system/Patient.read system/Observation.read'
  test.each<[string, unknown, string, string[]]>([
    ['missing is as asked', undefined, asked, []],
    [
      'in another order is the same',
      'system/Observation.read system/Patient.read',
      'system/Observation.read system/Patient.read',
      [],
    ],
    ['wider', `${asked} system/*.read`, `${asked} system/*.read`, ['token.other-scope']],
    ['narrower', 'system/Patient.read', 'system/Patient.read', ['token.other-scope']],
    [
      'in the other form',
      'system/Patient.rs system/Observation.rs',
      'system/Patient.rs system/Observation.rs',
      ['token.other-scope'],
    ],
    [
      'comma separated',
      'system/Patient.read,system/Observation.read',
      'system/Patient.read,system/Observation.read',
      ['token.other-scope'],
    ],
    ['an array', ['system/Patient.read'], asked, ['token.response-repaired']],
    ['empty', '', asked, ['token.response-repaired']],
  ])('case 15: scope %s', async (_, scope, granted_, told) => {
    const found = await given({ scope }, asked)
    expect(found.token).toMatchObject({ scope: granted_, requestedScope: asked })
    expect(found.told).toEqual(told)
    const event = found.line.events.find(({ type }) => type === 'token.other-scope')
    if (event !== undefined) expect(event).toMatchObject({ asked, granted: shownScopes(granted_) })
  })

  test('case 15: a scope that does not cover the call is told before, and named by a 403', async () => {
    const base = 'https://fhir.example.org/r4'
    const line = tokenWire((request) =>
      request.url === endpoint
        ? granted({ scope: 'system/Observation.read' })
        : new Response('{}', { status: 403, headers: { 'content-type': 'application/json' } }),
    )
    const tokens = await provider(line.options)
    const authorize = tokens.authorizer(asking())
    const patients = new FhirPatientClient({ ...line.options, baseUrl: base, authorize })
    const error = await failureOf(patients.read('1'))
    expect(error).toMatchObject({ code: 'ERR_CQ_FORBIDDEN' })
    expect(String(error)).toContain(
      'requested system/Patient.read, granted system/Observation.read, needed system/Patient.r',
    )
    expect(line.events.filter(({ type }) => type === 'fhir.scope-not-covering')).toMatchObject([
      {
        asked: 'system/Patient.read',
        granted: 'system/Observation.read',
        needed: 'system/Patient.r',
      },
    ])
  })

  test('case 15: the other form is tried once where that is wanted, and nowhere else', async () => {
    const strict = (request: Request): Response =>
      formOf(request).get('scope') === 'system/Patient.rs'
        ? granted({ scope: 'system/Patient.rs' })
        : answered('{"error":"invalid_scope"}', 400)
    const line = tokenWire(strict)
    const plain = await failureOf((await provider(line.options)).getToken(asking()))
    expect(plain).toMatchObject({ code: 'ERR_CQ_TOKEN_REJECTED', error: 'invalid_scope' })
    expect(line.requests).toHaveLength(1)
    const falling = await provider(line.options, {}, { scopeFallback: true })
    expect((await falling.getToken(asking())).scope).toBe('system/Patient.rs')
    expect(line.requests).toHaveLength(3)
    const lost = await failureOf(falling.getToken(asking({ scope: 'system/Observation.read' })))
    expect(lost).toMatchObject({ error: 'invalid_scope' })
    expect(line.requests).toHaveLength(5)
  })
})

describe('case 16: refusals', () => {
  test('case 16: 200 with an error is an error, beside a token too', async () => {
    for (const body of [
      { error: 'invalid_client' },
      { error: 'invalid_client', access_token: 't', token_type: 'Bearer' },
    ]) {
      const { error } = await refused(() => answered(JSON.stringify(body)))
      expect(error).toMatchObject({
        code: 'ERR_CQ_TOKEN_REJECTED',
        error: 'invalid_client',
        status: 200,
      })
    }
  })

  test.each([400, 401, 403, 500])('case 16: %i with OAuth JSON', async (status) => {
    const body = '{"error":"invalid_client","error_description":"Peters MRN 1234"}'
    const { error } = await refused(() => answered(body, status))
    expect(error).toMatchObject({ code: 'ERR_CQ_TOKEN_REJECTED', error: 'invalid_client', status })
    expect(error.errorDescription).toBe('Peters MRN 1234')
    expect(JSON.stringify(error) + String(error)).not.toContain('MRN')
  })

  test.each<[string, () => Response, object]>([
    [
      'Epic: a null description',
      () => answered('{"error":"invalid_client","error_description":null}', 401),
      { code: 'ERR_CQ_TOKEN_REJECTED', error: 'invalid_client', errorDescription: undefined },
    ],
    [
      'MEDITECH: the grant is not allowed',
      () => answered('{"error":"unauthorized_client"}', 400),
      { code: 'ERR_CQ_TOKEN_REJECTED', error: 'unauthorized_client', status: 400 },
    ],
    [
      'athenaFlex: its own JSON in ISO-8859-1',
      () =>
        answered(
          '{"message":"Bad credentials é","id":401}',
          401,
          'application/json;charset=ISO-8859-1',
        ),
      { code: 'ERR_CQ_TOKEN_REJECTED', error: undefined, status: 401 },
    ],
    [
      'athenaFlex: a status message',
      () => answered('{"status":"error","statusmessage":"invalid_client","description":"x"}', 400),
      { code: 'ERR_CQ_TOKEN_REJECTED', error: undefined, status: 400 },
    ],
    [
      'athenaFlex: 500 with text',
      () => answered('Internal error', 500, 'text/plain'),
      { code: 'ERR_CQ_UNEXPECTED_STATUS', status: 500, retryable: true },
    ],
    [
      'nginx: 400 HTML without a client certificate',
      () => answered('<html>No required SSL certificate was sent</html>', 400, 'text/html'),
      { code: 'ERR_CQ_TOKEN_REJECTED', error: undefined, status: 400 },
    ],
    [
      '200 HTML',
      () => answered('<html>login</html>', 200, 'text/html'),
      { code: 'ERR_CQ_INVALID_TOKEN_RESPONSE' },
    ],
    [
      '200 text',
      () => answered('ok', 200, 'text/plain'),
      { code: 'ERR_CQ_INVALID_TOKEN_RESPONSE' },
    ],
    ['200 without anything', () => answered('', 200), { code: 'ERR_CQ_INVALID_TOKEN_RESPONSE' }],
    [
      'an error that is no text',
      () => answered('{"error":{"a":1}}', 400),
      { code: 'ERR_CQ_TOKEN_REJECTED', error: undefined },
    ],
  ])('case 16: %s', async (_, answer, expected) => {
    const { error, requests } = await refused(answer)
    // Member by member, since one that is expected to be absent must be.
    for (const [name, value] of Object.entries(expected)) {
      expect(Reflect.get(error, name), name).toEqual(value)
    }
    expect(requests).toHaveLength(1)
  })
})

test('case 17: a retry is signed anew, with a jti of its own', async () => {
  const line = tokenWire((_, number) => (number < 3 ? answered('', 503) : granted()))
  let count = 0
  const uuid = (): string => `00000000-0000-4000-8000-${String((count += 1)).padStart(12, '0')}`
  await (
    await provider({ ...line.options, randomUUID: uuid }, { randomUUID: uuid })
  ).getToken(asking())
  const all = line.requests.map((request) => assertionOf(request))
  expect(new Set(all.map(({ claims }) => claims.jti)).size).toBe(3)
  expect(new Set(all.map(({ signature }) => Buffer.from(signature).toString('hex'))).size).toBe(3)
})

describe('case 18: concurrent callers', () => {
  test('case 18: 200 of them make one request', async () => {
    const line = tokenWire(() => granted())
    const tokens = await provider(line.options)
    await Promise.all(Array.from({ length: 200 }, () => tokens.getToken(asking())))
    expect(line.requests).toHaveLength(1)
  })

  test('case 18: the abort of one does not end the others', async () => {
    let answer: (response: Response) => void = () => undefined
    const line = tokenWire(() => new Promise<Response>((resolve) => (answer = resolve)))
    const tokens = await provider(line.options)
    const controller = new AbortController()
    const leaving = failureOf(tokens.getToken(asking(), { signal: controller.signal }))
    const staying = tokens.getToken(asking())
    await until(() => line.requests.length > 0)
    const reason = new Error('gone')
    controller.abort(reason)
    expect(await leaving).toBe(reason)
    answer(granted())
    expect((await staying).accessToken).toBe('token')
    expect(line.requests).toHaveLength(1)
  })

  test('case 18: a failure is not remembered', async () => {
    const line = tokenWire((_, number) => (number === 1 ? answered('{}', 400) : granted()))
    const tokens = await provider(line.options)
    await failureOf(tokens.getToken(asking()))
    expect((await tokens.getToken(asking())).accessToken).toBe('token')
  })
})

test('case 19: another client, scope, purpose, consent or audience is another token', async () => {
  const line = tokenWire((_, number) => granted({ access_token: `t${number}` }))
  const tokens = await provider(line.options)
  const contexts = [
    {},
    { clientId: 'other' },
    { scope: 'system/Observation.read' },
    { purposeOfUse: 'TREATMENT' },
    { purposeOfUse: ['TREATMENT', 'OPERATIONS'] },
    { claims: { extensions: { 'hl7-b2b': { consent_reference: ['a'] } } } },
    { claims: { extensions: { 'hl7-b2b': { consent_reference: ['b'] } } } },
    { mode: 'smart-backend' as const },
    { audience: { text: 'https://fhir.example.org/r4' } },
    { form: { practice: '1' } },
    { iss: 'https://issuer.example' },
  ]
  const get = (): Promise<string[]> =>
    Promise.all(contexts.map(async (one) => (await tokens.getToken(asking(one))).accessToken))
  const first = await get()
  expect(new Set(first).size).toBe(contexts.length)
  expect(await get()).toEqual(first)
  expect(line.requests).toHaveLength(contexts.length)
})

describe('case 20: rotation', () => {
  const certified = async (subject: string, serial: number): Promise<Signer> => {
    const pair = keyPair('P-256')
    const certificate = makeCertificate({
      subject,
      ...pair,
      issuer: pair,
      serial,
      notBefore: new Date('2026-01-01'),
      notAfter: new Date('2036-01-01'),
    })
    return ownSigner(pair, { certificates: certificate.pem, kid: `k${serial}` })
  }

  test('case 20: old tokens live on, new requests have the new key with its own certificate', async () => {
    const [old, next] = [
      await certified('client.example.org', 1),
      await certified('client.example.org', 2),
    ]
    let current = old
    const line = tokenWire((_, number) => granted({ access_token: `t${number}` }))
    const tokens = await provider(line.options, { signer: () => current })
    expect((await tokens.getToken(asking())).accessToken).toBe('t1')
    current = next
    expect((await tokens.getToken(asking())).accessToken).toBe('t1')
    line.now += 300_000
    expect((await tokens.getToken(asking())).accessToken).toBe('t2')
    const jwts = line.requests.map((request) => formOf(request).get('client_assertion') ?? '')
    for (const [index, signer] of [old, next].entries()) {
      const { header, claims } = readJwt(jwts[index] ?? '')
      expect(header).toMatchObject({ kid: signer.kid, x5c: signer.certificates })
      expect(claims.iss).toBe('client.example.org')
      const leaf = new X509Certificate(Buffer.from(signer.certificates?.[0] ?? '', 'base64'))
      expect(opensslAccepts(jwts[index] ?? '', leaf.publicKey)).toBe(true)
      const bare = createPublicKey({ key: signer.publicJwk as JsonWebKey, format: 'jwk' })
      expect(opensslAccepts(jwts[1 - index] ?? '', bare)).toBe(false)
    }
  })

  test('case 20: a refusal while the server has not read the new key is told as it is', async () => {
    const { error } = await refused(() => answered('{"error":"invalid_client"}', 401))
    expect(error).toMatchObject({ code: 'ERR_CQ_TOKEN_REJECTED', error: 'invalid_client' })
  })
})

test('case 22: two FHIR bases with one authorization server have a token each', async () => {
  const line = tokenWire((_, number) => granted({ access_token: `t${number}` }))
  const tokens = await provider(line.options)
  const bases = ['https://fhir.example.org/r4/a', 'https://fhir.example.org/r4/b']
  const get = (fhirBaseUrl: string) => tokens.getToken(asking({ fhirBaseUrl }))
  const all = await Promise.all([...bases, ...bases].map(get))
  const [a, b, ...again] = all.map(({ accessToken }) => accessToken)
  expect(a).not.toBe(b)
  expect(again).toEqual([a, b])
  expect(line.requests).toHaveLength(2)
})

test('case 23: a refresh token is neither kept nor used', async () => {
  const line = tokenWire(() => granted({ refresh_token: 'REFRESH' }))
  const tokens = await provider(line.options)
  await tokens.getToken(asking())
  line.now += 300_000
  await tokens.getToken(asking())
  for (const request of line.requests) {
    expect(formOf(request).get('grant_type')).toBe('client_credentials')
    expect([...formOf(request).keys()]).not.toContain('refresh_token')
  }
})

describe('case 24: aud', () => {
  test.each([
    'https://as.example.org:443/Token?tenant=a%20b&x=%7E',
    'https://AS.example.org/token/',
    'https://as.example.org/token?',
  ])(
    'case 24: %s is the audience byte for byte, and where the POST goes',
    async (tokenEndpoint) => {
      const line = tokenWire(() => granted())
      await (await provider(line.options)).getToken(asking({ tokenEndpoint }))
      expect(assertionOf(line.requests[0]).claims.aud).toBe(tokenEndpoint)
      expect(line.requests[0]?.url).toBe(new Request(tokenEndpoint).url)
    },
  )

  test('case 24: the issuer or a text is sent where that is chosen', async () => {
    const line = tokenWire(() => granted())
    const tokens = await provider(line.options)
    const issuer = 'https://as.example.org/realm'
    await tokens.getToken(asking({ audience: 'issuer', issuer }))
    await tokens.getToken(asking({ audience: { text: 'https://fhir.example.org/r4' } }))
    const auds = line.requests.map((request) => assertionOf(request).claims.aud)
    expect(auds).toEqual([issuer, 'https://fhir.example.org/r4'])
    const elsewhere = asking({ audience: 'issuer', issuer: 'https://evil.example' })
    expect(await failureOf(tokens.getToken(elsewhere))).toMatchObject({
      code: 'ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED',
    })
    expect(line.requests).toHaveLength(2)
  })
})

test('case 25: the form is encoded so that every reader gets the same', async () => {
  const bodies: string[] = []
  const line = tokenWire(() => granted())
  const fetch = async (request: Request): Promise<Response> => {
    bodies.push(await request.clone().text())
    return line.options.fetch(request)
  }
  const scope = 'system/*.read system/Patient.rs?birthdate=1970'
  await (
    await provider({ ...line.options, fetch })
  ).getToken(asking({ scope, form: { 'a b': 'ä&=+' } }))
  const [body = ''] = bodies
  expect(body).toMatch(/^[A-Za-z0-9%+&=*._-]+$/)
  expect(body).toContain('system%2F*.read')
  expect(new URLSearchParams(body).get('scope')).toBe(scope)
  expect(new URLSearchParams(body).get('a b')).toBe('ä&=+')
  expect(line.requests[0]?.headers.get('content-type')).toBe('application/x-www-form-urlencoded')
})

test('the token of these cases is used as Bearer, and by its own server alone', async () => {
  const line = tokenWire((request) =>
    request.url === endpoint ? granted() : answered(JSON.stringify(patient('1'))),
  )
  const tokens = await provider(line.options)
  const baseUrl = asking().fhirBaseUrl
  const patients = new FhirPatientClient({
    ...line.options,
    baseUrl,
    authorize: tokens.authorizer(asking()),
  })
  await patients.read('1')
  expect(line.requests.map(({ url }) => url)).toEqual([endpoint, `${baseUrl}/Patient/1`])
  expect(line.requests[1]?.headers.get('authorization')).toBe('Bearer token')
})
