import { describe, expect, test } from 'vitest'
import { CarequalityClient } from '../../src/index.ts'
import {
  answer,
  failureOf,
  hostileNetwork,
  json,
  OID,
  PATIENT,
  type Fault,
  type Stage,
  type HostileNetwork,
} from '../support/hostile-network.ts'
import { holdTime, settledIn, until } from '../support/time.ts'

const BASE = 'https://fhir-ehr.stagingcerner.com/beta/0b8a0111-e8e6-4c26-a91c-5069cbc6b1ca'

/** Everything that a server or a caller can get wrong on the path, end to end: code, number of requests, nothing shown. */
describe('bad input', () => {
  const OUTCOME = {
    resourceType: 'OperationOutcome',
    issue: [
      { severity: 'error', code: 'processing', diagnostics: 'MARKED Timothy Peters 1946-04-05' },
    ],
  }
  const HTML = '<!doctype html><html><body>MARKED log in</body></html>'

  async function read(
    faults: Partial<Record<Stage, Fault>>,
    options = {},
    id = PATIENT,
  ): Promise<{ error: unknown; network: Awaited<ReturnType<typeof hostileNetwork>> }> {
    const network = await hostileNetwork(faults, options)
    const responder = network.client.organization(OID)
    const error = await failureOf(responder.then(({ patients }) => patients.read(id)))
    network.expectNothingShown(error)
    return { error, network }
  }

  describe('the caller', () => {
    test.each(['', ' ', '1.02.3', '3.1', 'urn:oid:', '../x', 'a/b', '1.2.3?x', 'urn:uuid:1'])(
      'I4: organization id %j is a TypeError and no request',
      async (oid) => {
        const network = await hostileNetwork()
        expect(await failureOf(network.client.organization(oid))).toBeInstanceOf(TypeError)
        expect(network.requests).toEqual([])
      },
    )

    test.each(['../$export', '..', '.', 'a/b', '', 'x'.repeat(65), 'a b', 'a\r\nb', '%2e%2e'])(
      'I1: patient id %j is a TypeError and no request',
      async (id) => {
        const { error, network } = await read({}, {}, id)
        expect(error).toBeInstanceOf(TypeError)
        expect(network.count('read') + network.count('token')).toBe(0)
      },
    )

    test.each([
      { scope: '' },
      { scope: 'a  b' },
      { scope: 'a"b' },
      { clientId: '' },
      { clientId: 7 },
      { signer: {} },
      { mode: 'smart' },
      { timeoutMs: 0 },
      { timeoutMs: '1' },
      { fetch: 'no' },
      { onEvent: 1 },
      { directory: 'x' },
      { searchMethod: 'post' },
      { trustedOrigins: 'any' },
      { trustedOrigins: [{ fhir: 'x', token: 'y' }] },
      { allowedOrigins: [1] },
      { quirks: [{}] },
      { context: {} },
    ])('option %j is a TypeError that names it, at once', async (option) => {
      const { client: good } = await hostileNetwork()
      const base = { clientId: 'c', signer: () => Promise.reject(new Error('never asked')) }
      const make = (): unknown => Reflect.construct(CarequalityClient, [{ ...base, ...option }])
      expect(good).toBeDefined()
      expect(make).toThrow(TypeError)
      expect(make).toThrow(new RegExp(`"${Object.keys(option)[0] ?? ''}`))
    })

    test.each([
      'https://user:MARKED@fhir.example.org/r4',
      'https://@fhir.example.org',
      'https://fhir.example.org/r4#x',
      'ftp://fhir.example.org',
      'fhir',
    ])('I5: base URL %j is a TypeError and no request', async (baseUrl) => {
      const network = await hostileNetwork()
      const error = await failureOf(network.client.responder({ baseUrl }))
      expect(error).toBeInstanceOf(TypeError)
      network.expectNothingShown(error)
      expect(network.requests).toEqual([])
    })
  })

  describe('the organization', () => {
    test.each([
      ['2.999.77', 'ERR_CQ_ENTRY_NOT_FOUND'],
      ['2.999.30', 'ERR_CQ_ENTRY_INACTIVE'],
      ['2.999.40', 'ERR_CQ_NO_USABLE_ENDPOINT'],
    ])('%s is %s after one request', async (oid, code) => {
      const network = await hostileNetwork()
      const error = await failureOf(network.client.organization(oid))
      expect(error).toMatchObject({ code, retryable: false })
      network.expectNothingShown(error)
      expect(network.requests).toHaveLength(1)
    })

    test('two endpoints, one for IHE: the FHIR one is taken', async () => {
      const { client } = await hostileNetwork()
      const { endpoint, entry } = await client.organization(OID)
      expect(entry?.endpoints).toHaveLength(2)
      expect(endpoint.address).toBe(`${BASE}/`)
    })
  })

  /** Metadata with these extensions in its security element. */
  function metadata(...extension: readonly object[]): Fault {
    return () =>
      json({
        resourceType: 'CapabilityStatement',
        fhirVersion: '4.0.1',
        rest: [{ mode: 'server', security: { extension } }],
      })
  }
  const oauthUris = (value: object, name = 'token'): object => ({
    url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
    extension: [{ url: name, ...value }],
  })

  describe('the token URL', () => {
    test('that is not published makes an open server, and ERR_CQ_NO_TOKEN_ENDPOINT when it wants a token', async () => {
      const { error, network } = await read({ metadata: metadata() })
      expect(error).toMatchObject({ code: 'ERR_CQ_NO_TOKEN_ENDPOINT', organization: OID })
      expect([network.count('read'), network.count('token')]).toEqual([1, 0])
    })

    test.each([
      ['relative', { valueUri: 'Authorization/token' }],
      ['in valueUrl', { valueUrl: `${BASE}/Authorization/token` }],
      ['in valueString, with white space', { valueString: ` ${BASE}/Authorization/token\n` }],
    ])('%s works', async (_how, value) => {
      const { client } = await hostileNetwork({
        metadata: metadata(oauthUris(value, 'carequality-token')),
      })
      const { patients } = await client.organization(OID)
      expect((await patients.read(PATIENT)).id).toBe(PATIENT)
    })

    test.each([
      [
        'on a foreign host',
        'https://fhir.sunrise-clinic.example/oauth2/token',
        'ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED',
      ],
      [
        'on a look-alike host',
        'https://fhir-ehr.stagingcerner.com.evil.example/token',
        'ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED',
      ],
      ['with http', 'http://fhir-ehr.stagingcerner.com/token', 'ERR_CQ_ORIGIN_REFUSED'],
      ['with user info', 'https://u:p@fhir-ehr.stagingcerner.com/token', 'ERR_CQ_ORIGIN_REFUSED'],
      ['in a private network', 'https://169.254.169.254/token', 'ERR_CQ_ORIGIN_REFUSED'],
    ])('A6: %s: nothing is signed, nothing is asked', async (_how, valueUri, code) => {
      let signed = 0
      const { client } = await hostileNetwork()
      const signer = {
        algorithms: ['RS256'] as const,
        publicJwk: { kty: 'RSA' },
        sign: () => {
          signed += 1
          return Promise.reject(new Error('no'))
        },
      }
      const { error, network } = await read(
        { metadata: metadata(oauthUris({ valueUri }, 'carequality-token')) },
        { signer: () => signer },
      )
      expect(client).toBeDefined()
      expect(error).toMatchObject({ code, retryable: false })
      expect([signed, network.count('token'), network.count('read')]).toEqual([0, 0, 0])
    })
  })

  describe('content', () => {
    const latin1 = (): Response =>
      new Response(
        Uint8Array.from(
          Buffer.from(
            JSON.stringify({ resourceType: 'Patient', id: PATIENT, name: [{ family: 'José' }] }),
            'latin1',
          ),
        ),
        { headers: { 'content-type': 'application/fhir+json; charset=ISO-8859-1' } },
      )

    test.each<[string, Stage, () => Response, string, number]>([
      [
        'HTML with 200',
        'directory',
        () => answer(200, HTML, 'text/html'),
        'ERR_CQ_UNEXPECTED_CONTENT',
        1,
      ],
      [
        'HTML with 200',
        'metadata',
        () => answer(200, HTML, 'text/html'),
        'ERR_CQ_UNEXPECTED_CONTENT',
        1,
      ],
      [
        'HTML with 200',
        'token',
        () => answer(200, HTML, 'text/html'),
        'ERR_CQ_INVALID_TOKEN_RESPONSE',
        1,
      ],
      [
        'HTML with 200',
        'read',
        () => answer(200, HTML, 'text/html'),
        'ERR_CQ_UNEXPECTED_CONTENT',
        1,
      ],
      ['HTML labelled as JSON', 'read', () => answer(200, HTML), 'ERR_CQ_INVALID_JSON', 1],
      [
        'XML where JSON was asked',
        'metadata',
        () => answer(200, '<CapabilityStatement/>', 'application/fhir+xml'),
        'ERR_CQ_UNEXPECTED_CONTENT',
        1,
      ],
      [
        'XML where JSON was asked',
        'read',
        () => answer(200, '<Patient/>', 'application/fhir+xml'),
        'ERR_CQ_UNEXPECTED_CONTENT',
        1,
      ],
      ['an empty body', 'read', () => answer(200), 'ERR_CQ_INVALID_JSON', 1],
      [
        'JSON that breaks off',
        'read',
        () => answer(200, '{"resourceType":"Patient","id":"131'),
        'ERR_CQ_INVALID_JSON',
        1,
      ],
      [
        'bytes that are no UTF-8',
        'read',
        () =>
          new Response(Uint8Array.from([0x7b, 0xff, 0x7d]), {
            headers: { 'content-type': 'application/fhir+json' },
          }),
        'ERR_CQ_UNEXPECTED_CONTENT',
        1,
      ],
      [
        'another resource',
        'read',
        () => json({ resourceType: 'Observation', id: PATIENT }),
        'ERR_CQ_UNEXPECTED_RESOURCE',
        1,
      ],
      [
        'another patient',
        'read',
        () => json({ resourceType: 'Patient', id: 'MARKED' }),
        'ERR_CQ_OTHER_PATIENT',
        1,
      ],
      ['an OperationOutcome with 200', 'read', () => json(OUTCOME), 'ERR_CQ_OPERATION_FAILED', 1],
    ])('%s at the stage %s', async (_what, stage, fault, code, requests) => {
      // The other document of discovery must not save the day here.
      const { error, network } = await read({ [stage]: fault })
      expect(error).toMatchObject({ code })
      expect(network.count(stage)).toBe(requests)
    })

    test('a byte order mark and Latin-1 by label are read', async () => {
      const bom = await hostileNetwork({
        read: () =>
          answer(200, `\ufeff${JSON.stringify({ resourceType: 'Patient', id: PATIENT })}`),
      })
      expect((await (await bom.client.organization(OID)).patients.read(PATIENT)).id).toBe(PATIENT)
      const { client } = await hostileNetwork({ read: latin1 })
      expect(
        (await (await client.organization(OID)).patients.read(PATIENT)).name?.[0]?.family,
      ).toBe('José')
    })
  })
})

/** What authorization and FHIR servers can answer, end to end: code, number of requests, nothing shown. */
describe('bad answers', () => {
  const OUTCOME = {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: 'processing', diagnostics: 'MARKED Timothy Peters' }],
  }

  async function read(
    faults: Partial<Record<Stage, Fault>>,
    options = {},
  ): Promise<{ error: unknown; network: HostileNetwork }> {
    const network = await hostileNetwork(faults, options)
    const { patients } = await network.client.organization(OID)
    const error = await failureOf(patients.read(PATIENT))
    network.expectNothingShown(error)
    return { error, network }
  }

  const token =
    (body: unknown, status = 200): Fault =>
    () =>
      answer(status, JSON.stringify(body), 'application/json')

  describe('a token answer', () => {
    test.each([
      ['without access_token', { token_type: 'Bearer' }, 'ERR_CQ_INVALID_TOKEN_RESPONSE'],
      [
        'with an empty access_token',
        { access_token: '', token_type: 'Bearer' },
        'ERR_CQ_INVALID_TOKEN_RESPONSE',
      ],
      [
        'with a line break in access_token',
        { access_token: 'MARKED\r\nx: y', token_type: 'Bearer' },
        'ERR_CQ_INVALID_TOKEN_RESPONSE',
      ],
      ['without token_type', { access_token: 'MARKEDtoken' }, 'ERR_CQ_UNSUPPORTED_TOKEN_TYPE'],
      [
        'with token_type mac',
        { access_token: 'MARKEDtoken', token_type: 'mac' },
        'ERR_CQ_UNSUPPORTED_TOKEN_TYPE',
      ],
      [
        'with an error beside the token',
        { error: 'server_error', access_token: 'MARKEDtoken', token_type: 'Bearer' },
        'ERR_CQ_TOKEN_REJECTED',
      ],
      ['that is an array', ['MARKED'], 'ERR_CQ_INVALID_TOKEN_RESPONSE'],
    ])('%s is %s after one request', async (_how, body, code) => {
      const { error, network } = await read({ token: token(body) })
      expect(error).toMatchObject({ code, retryable: false })
      expect([network.count('token'), network.count('read')]).toEqual([1, 0])
    })

    test.each([undefined, 0, -60, '3599', 1e308, null, 'soon'])(
      'with expires_in %j is no error',
      async (expires_in) => {
        const network = await hostileNetwork({
          token: token({ access_token: 'MARKEDtoken', token_type: 'bearer', expires_in }),
          read: () => json({ resourceType: 'Patient', id: PATIENT }),
        })
        const { patients } = await network.client.organization(OID)
        expect((await patients.read(PATIENT)).id).toBe(PATIENT)
        network.expectNothingShown(undefined)
      },
    )

    const oauthErrors = [
      'invalid_request',
      'invalid_client',
      'invalid_grant',
      'unauthorized_client',
      'unsupported_grant_type',
      'invalid_scope',
    ]
    test.each(
      oauthErrors.flatMap((error) => [400, 401].map((status): [string, number] => [error, status])),
    )('%s with %i is ERR_CQ_TOKEN_REJECTED after one request', async (oauth, status) => {
      const { error, network } = await read({
        token: token({ error: oauth, error_description: 'MARKED \u001b[31m' }, status),
      })
      expect(error).toMatchObject({
        code: 'ERR_CQ_TOKEN_REJECTED',
        error: oauth,
        status,
        retryable: false,
        organization: OID,
      })
      expect(network.count('token')).toBe(1)
    })

    test.each([307, 302, 308])('A2: a %i of the token POST is not followed', async (status) => {
      const { error, network } = await read({
        token: () => answer(status, '', 'text/plain', { location: 'https://evil.example/token' }),
      })
      expect(error).toMatchObject({ code: 'ERR_CQ_REDIRECT_REFUSED', status })
      expect(network.count('token')).toBe(1)
    })

    test('a 421 is not repeated with the same assertion', async () => {
      const { error, network } = await read({ token: () => answer(421) })
      expect(error).toMatchObject({ code: 'ERR_CQ_UNEXPECTED_STATUS', status: 421 })
      expect(network.count('token')).toBe(1)
    })
  })

  describe('a FHIR answer', () => {
    test.each<[number, string, number, boolean]>([
      [400, 'ERR_CQ_OPERATION_FAILED', 1, false],
      [401, 'ERR_CQ_UNAUTHORIZED', 2, false],
      [403, 'ERR_CQ_FORBIDDEN', 1, false],
      [404, 'ERR_CQ_NOT_FOUND', 1, false],
      [406, 'ERR_CQ_NOT_ACCEPTABLE', 1, false],
      [410, 'ERR_CQ_GONE', 1, false],
      [422, 'ERR_CQ_OPERATION_FAILED', 1, false],
      [500, 'ERR_CQ_OPERATION_FAILED', 2, true],
      [501, 'ERR_CQ_OPERATION_FAILED', 1, false],
      [204, 'ERR_CQ_UNEXPECTED_STATUS', 1, false],
      [304, 'ERR_CQ_UNEXPECTED_STATUS', 1, false],
    ])('%i is %s after %i request(s)', async (status, code, requests, retryable) => {
      const { error, network } = await read({ read: () => json(OUTCOME, status) })
      expect(error).toMatchObject({
        code,
        status,
        retryable,
        origin: 'https://fhir-ehr.stagingcerner.com',
        pathTemplate: '/Patient/:id',
      })
      expect(network.count('read')).toBe(requests)
    })

    test.each([429, 503])(
      '%i with a near Retry-After is waited for, and repeated at most twice',
      async (status) => {
        const { error, network } = await read({
          read: () => json(OUTCOME, status, { 'retry-after': '0' }),
        })
        expect(error).toMatchObject({ status, retryable: true, retryAfterMs: 0 })
        expect(network.count('read')).toBe(3)
      },
    )

    test.each([429, 503])(
      'R15: %i with a far Retry-After fails at once and says how long',
      async (status) => {
        const { error, network } = await read({
          read: () => json(OUTCOME, status, { 'retry-after': '7200' }),
        })
        expect(error).toMatchObject({
          code: status === 429 ? 'ERR_CQ_RATE_LIMITED' : 'ERR_CQ_OPERATION_FAILED',
          retryAfterMs: 7_200_000,
          retryable: true,
        })
        expect(network.count('read')).toBe(1)
      },
    )

    test('A1, R14: a 302 to a login page is refused', async () => {
      const { error, network } = await read({
        read: () =>
          answer(302, '', 'text/html', { location: 'https://login.evil.example/?MARKED' }),
      })
      expect(error).toMatchObject({ code: 'ERR_CQ_REDIRECT_REFUSED', status: 302 })
      expect(network.count('read')).toBe(1)
    })

    test('a body that breaks off is asked for again, at most twice', async () => {
      const broken: Fault = () =>
        new Response(
          new ReadableStream({
            start: (controller) => {
              controller.enqueue(new TextEncoder().encode('{"resourceType"'))
              controller.error(new Error('MARKED'))
            },
          }),
          { headers: { 'content-type': 'application/fhir+json' } },
        )
      const { error, network } = await read({ read: broken })
      expect(error).toMatchObject({ code: 'ERR_CQ_INCOMPLETE_BODY', retryable: true })
      expect(network.count('read')).toBe(3)
    })
  })

  describe('time', () => {
    const never: Fault = () => new Promise(() => undefined)
    const stalls: Fault = () =>
      new Response(
        new ReadableStream({
          start: (controller) => {
            controller.enqueue(new TextEncoder().encode('{'))
          },
        }),
        { headers: { 'content-type': 'application/fhir+json' } },
      )

    test.each<[string, Partial<Record<Stage, Fault>>, object, string]>([
      ['before the headers', { read: never }, {}, 'ERR_CQ_TIMEOUT'],
      ['in the body', { read: stalls }, {}, 'ERR_CQ_TIMEOUT'],
      ['at the token endpoint', { token: never }, {}, 'ERR_CQ_TIMEOUT'],
      ['in the signer', {}, { signer: () => new Promise(() => undefined) }, 'ERR_CQ_TIMEOUT'],
      ['in the back-off', { read: () => json(OUTCOME, 503) }, {}, 'ERR_CQ_OPERATION_FAILED'],
    ])('L1: time that runs out %s ends the call', async (_where, faults, options, code) => {
      const time = holdTime()
      const network = await hostileNetwork(faults, options)
      const { patients } = await network.client.organization(OID)
      const error = await settledIn(time, failureOf(patients.read(PATIENT, { timeoutMs: 300 })), 50)
      network.expectNothingShown(error)
      expect(error).toMatchObject({ code, retryable: true })
      expect(performance.now()).toBeLessThan(2_000)
    })

    test("the caller's abort comes back as the caller's own reason", async () => {
      const network = await hostileNetwork({ read: never })
      const { patients } = await network.client.organization(OID)
      const reason = new Error('the user left')
      const controller = new AbortController()
      const failed = failureOf(patients.read(PATIENT, { signal: controller.signal }))
      await until(() => network.count('read') === 1)
      controller.abort(reason)
      expect(await failed).toBe(reason)
    })
  })

  describe('pages', () => {
    const page = (next: unknown, ...ids: readonly string[]): Response =>
      json({
        resourceType: 'Bundle',
        type: 'searchset',
        link: next === undefined ? [] : [{ relation: 'next', url: next }],
        entry: ids.map((id) => ({ resource: { resourceType: 'Patient', id } })),
      })

    test.each([
      ['another origin', 'https://evil.example/Patient?page=2'],
      ['another port', 'https://fhir-ehr.stagingcerner.com:8443/beta/x'],
      ['http', `${BASE.replace('https', 'http')}/Patient?page=2`],
      [
        'another hospital on the same origin',
        'https://fhir-ehr.stagingcerner.com/beta/another-tenant/Patient?page=2',
      ],
      ['a look-alike path', `${BASE}-evil/Patient?page=2`],
      ['user info', BASE.replace('https://', 'https://u:MARKED@')],
      ['no text', 7],
    ])(
      'A4: a next link to %s is ERR_CQ_NEXT_LINK_REFUSED after the hits of page one',
      async (_what, next) => {
        const network = await hostileNetwork({ search: () => page(next, 'a', 'b') })
        const { patients } = await network.client.organization(OID)
        const given: (string | undefined)[] = []
        const error = await failureOf(
          (async () => {
            for await (const hit of patients.search({ name: 'peters' })) given.push(hit.id)
          })(),
        )
        network.expectNothingShown(error)
        expect(error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED', received: 2, pages: 1 })
        expect(given).toEqual(['a', 'b'])
        expect(network.count('page')).toBe(0)
      },
    )

    test('a next link to itself is refused after one more page', async () => {
      const next = `${BASE}/Patient?-pageContext=1`
      const network = await hostileNetwork({
        search: () => page(next, 'a'),
        page: () => page(next, 'b'),
      })
      const { patients } = await network.client.organization(OID)
      const error = await failureOf(patients.search({ name: 'peters' }).toArray({ max: 10 }))
      network.expectNothingShown(error)
      expect(error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED', received: 2, pages: 2 })
      expect(network.count('page')).toBe(1)
    })

    test('an empty page in the middle is walked over', async () => {
      let number = 0
      const pages: Fault = () =>
        [page(`${BASE}/Patient?-pageContext=2`), page(undefined, 'b')][number++] ?? page(undefined)
      const network = await hostileNetwork({
        search: () => page(`${BASE}/Patient?-pageContext=1`, 'a'),
        page: pages,
      })
      const { patients } = await network.client.organization(OID)
      const { resources, complete } = await patients.search({ name: 'peters' }).toArray({ max: 10 })
      expect(resources.map(({ id }) => id)).toEqual(['a', 'b'])
      expect(complete).toBe(true)
    })
  })
})
