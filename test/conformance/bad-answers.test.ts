/** What authorization and FHIR servers can answer, end to end: code, number of requests, nothing shown. */
import { describe, expect, test } from 'vitest'
import {
  answer,
  failureOf,
  hostileNetwork,
  json,
  OID,
  PATIENT,
  type Fault,
  type HostileNetwork,
  type Stage,
} from '../support/hostile-network.ts'
import { holdTime, settledIn, until } from '../support/time.ts'

const BASE = 'https://fhir-ehr.stagingcerner.com/beta/0b8a0111-e8e6-4c26-a91c-5069cbc6b1ca'
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
      read: () => answer(302, '', 'text/html', { location: 'https://login.evil.example/?MARKED' }),
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
