import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { FhirPatientClient } from '../../../src/index.ts'
import { FhirError } from '../../../src/errors.ts'
import {
  base,
  bundle,
  failure,
  fake,
  fhir,
  inTurn,
  leaks,
  outcome,
  patient,
  recording,
  type Answers,
} from '../../support/fhir-answers.ts'
import { FhirClient, type ReadOptions } from '../../../src/fhir/index.ts'

describe('read', () => {
  describe('a read on the wire', () => {
    test.each([base, `${base}/`, `  ${base}/  `])(
      'of the base "%s" asks one URL',
      async (baseUrl) => {
        const { client, seen } = fake(() => fhir(200, patient('a-1.B')), { baseUrl })
        expect(await client.read('a-1.B')).toEqual(patient('a-1.B'))
        expect(seen.map(({ method, url }) => [method, url])).toEqual([
          ['GET', `${base}/Patient/a-1.B`],
        ])
        const { headers } = seen[0] ?? {}
        expect(headers?.get('accept')).toBe('application/fhir+json')
        expect(headers?.get('authorization')).toBeNull()
        expect(headers?.get('user-agent')).toMatch(/^carequality-fhir\//)
      },
    )

    test('keeps the query that a gateway routes by', async () => {
      const { client, seen } = fake(() => fhir(200, patient('1')), { baseUrl: `${base}?tenant=7` })
      await client.read('1')
      expect(seen[0]?.url).toBe(`${base}/Patient/1?tenant=7`)
    })

    test('carries a bearer token only where "authorize" gives one', async () => {
      const tokens = ['S3CRET-TOKEN', undefined]
      const { client, seen } = fake(() => fhir(200, patient('1')), {
        authorize: () => Promise.resolve(tokens.shift()),
      })
      await client.read('1')
      await client.read('1')
      const sent = seen.map(({ headers }) => headers.get('authorization'))
      expect(sent).toEqual(['Bearer S3CRET-TOKEN', null])
    })

    test.each(['a\r\nX-Evil: b', 'a b', '', 'ü'])(
      'I3: refuses the token %j unsent',
      async (token) => {
        const { client, seen } = fake(() => fhir(200, patient('1')), {
          authorize: () => Promise.resolve(token),
        })
        await expect(client.read('1')).rejects.toThrow(TypeError)
        expect(seen).toEqual([])
      },
    )

    const long = 'a'.repeat(65)
    const hostile: readonly unknown[] = [
      ...['../$export', '..', '.', 'a/b', '%2e%2e', '_search', 'a\r\nb', 'a\0b', '', long, 5],
      ...['a?b=c', 'a#b', 'a b', 'ä', 'a\\b', '$everything', 'http://evil.example/'],
    ]
    test.each(hostile.map((id) => [id]))('I1: refuses the id %j unsent', async (id) => {
      const { client, seen } = fake(() => fhir(200, patient('1')))
      await expect(client.read(id as string)).rejects.toThrow(TypeError)
      await expect(client.find(id as string)).rejects.toThrow(TypeError)
      expect(seen).toEqual([])
    })

    test('refuses wrong options unsent', async () => {
      const { client, seen } = fake(() => fhir(200, patient('1')))
      const wrong = [{ followReplacement: 1 }, { timeoutMs: 0 }, { timeoutMs: '5' }, { signal: {} }]
      for (const options of wrong)
        await expect(client.read('1', options as object)).rejects.toThrow(TypeError)
      expect(seen).toEqual([])
    })
  })

  test('a client refuses wrong options at once', () => {
    const make = (options: unknown) => () => new FhirPatientClient(options as { baseUrl: string })
    const bad = [
      undefined,
      {},
      ...['', 'fhir', 'ftp://a.example', 'https://u:p@a.example', 'https://a.example/#x'].map(
        (baseUrl) => ({ baseUrl }),
      ),
      ...[
        { authorize: 'token' },
        { searchMethod: 'put' },
        { nextLinks: 'any' },
        { timeoutMs: -1 },
        { fetch: 1 },
      ].map((more) => ({ baseUrl: base, ...more })),
    ]
    for (const options of bad) expect(make(options), inspect(options)).toThrow(TypeError)
  })

  describe('an answer to a read', () => {
    interface Row {
      readonly status: number
      readonly code: string
      readonly asked: number
      readonly retryable: boolean
      readonly body?: unknown
    }
    const row = (status: number, code: string, asked = 1, retryable = false): Row => ({
      status,
      code: `ERR_CQ_${code}`,
      asked,
      retryable,
    })
    const rows: readonly Row[] = [
      row(400, 'OPERATION_FAILED'),
      row(401, 'UNAUTHORIZED'),
      row(403, 'FORBIDDEN'),
      row(404, 'NOT_FOUND'),
      row(405, 'OPERATION_FAILED'),
      row(406, 'NOT_ACCEPTABLE'),
      row(409, 'OPERATION_FAILED'),
      row(410, 'GONE'),
      row(412, 'OPERATION_FAILED'),
      row(414, 'OPERATION_FAILED'),
      row(415, 'OPERATION_FAILED'),
      row(422, 'OPERATION_FAILED'),
      row(429, 'RATE_LIMITED', 3, true),
      row(500, 'UNEXPECTED_STATUS', 2, true),
      row(501, 'UNEXPECTED_STATUS'),
      row(503, 'UNEXPECTED_STATUS', 3, true),
      row(204, 'UNEXPECTED_STATUS'),
      row(206, 'UNEXPECTED_STATUS'),
      row(304, 'UNEXPECTED_STATUS'),
      row(599, 'UNEXPECTED_STATUS'),
      { ...row(500, 'OPERATION_FAILED', 2, true), body: outcome('exception') },
      { ...row(403, 'FORBIDDEN'), body: outcome('forbidden') },
      { ...row(400, 'TOO_MANY_RESULTS'), body: outcome('too-costly') },
      { ...row(409, 'OPERATION_FAILED'), body: outcome('conflict') },
    ]
    test.each(rows)(
      'R16, R17, R18: of $status is $code after $asked request(s)',
      async (wanted) => {
        const { status, code, asked, retryable, body = '' } = wanted
        const headers = { 'x-request-id': 'req-9' }
        const { client, seen } = fake(() => fhir(status, body, headers))
        const error = await failure(client.read('77'))
        expect(error).toMatchObject({ code, status, retryable, requestId: 'req-9' })
        expect(error).toMatchObject({ operation: 'patients.read', pathTemplate: '/Patient/:id' })
        expect(error.origin).toBe('https://fhir.example.org')
        expect(seen).toHaveLength(asked)
        expect(leaks(error)).toEqual([])
        expect(error.message).not.toContain('77')
      },
    )

    test.each([429, 503])('of %i with a long Retry-After fails at once', async (status) => {
      const { client, seen } = fake(() => fhir(status, '', { 'retry-after': '3600' }))
      const error = await failure(client.read('1'))
      expect(error).toMatchObject({ retryable: true, retryAfterMs: 3_600_000 })
      expect(seen).toHaveLength(1)
    })

    test('names the type that was asked for where it is not acceptable', async () => {
      const { client } = fake(() => fhir(406, ''))
      expect((await failure(client.read('1'))).message).toContain('application/fhir+json')
    })

    test.each([
      ['an error with 200', outcome('processing'), 'ERR_CQ_OPERATION_FAILED'],
      ['a fatal error with 200', outcome('processing', 'fatal'), 'ERR_CQ_OPERATION_FAILED'],
      ['a warning with 200', outcome('processing', 'warning'), 'ERR_CQ_UNEXPECTED_RESOURCE'],
      ['an Observation', { resourceType: 'Observation', id: '1' }, 'ERR_CQ_UNEXPECTED_RESOURCE'],
      ['a Bundle', bundle(['1']), 'ERR_CQ_UNEXPECTED_RESOURCE'],
      ['a list', [patient('1')], 'ERR_CQ_UNEXPECTED_RESOURCE'],
      ['null', null, 'ERR_CQ_UNEXPECTED_RESOURCE'],
      ['a Patient without id', { resourceType: 'Patient' }, 'ERR_CQ_INVALID_RESPONSE'],
      [
        'a Patient whose id is a number',
        { resourceType: 'Patient', id: 1 },
        'ERR_CQ_INVALID_RESPONSE',
      ],
      ['another Patient', patient('2'), 'ERR_CQ_OTHER_PATIENT'],
    ])('R13, R21: that is %s is an error', async (_what, body, code) => {
      const { client, seen } = fake(() => fhir(200, body))
      const error = await failure(client.read('1'))
      expect(error).toMatchObject({ code, status: 200, retryable: false })
      expect(leaks(error)).toEqual([])
      expect(seen).toHaveLength(1)
    })

    test.each([
      ['HTML', '<html>Zebulon-Marker</html>', 'text/html', 'ERR_CQ_UNEXPECTED_CONTENT'],
      ['XML', '<Patient/>', 'application/fhir+xml', 'ERR_CQ_UNEXPECTED_CONTENT'],
      ['empty', '', 'application/fhir+json', 'ERR_CQ_INVALID_JSON'],
      ['half', '{"Zebulon-Marker"', 'application/fhir+json', 'ERR_CQ_INVALID_JSON'],
    ])('R6, R12: that is %s is an error', async (_what, body, type, code) => {
      const { client } = fake(() => new Response(body, { headers: { 'content-type': type } }))
      const error = await failure(client.read('1'))
      expect(error.code).toBe(code)
      expect(leaks(error)).toEqual([])
    })

    test.each(['application/json+fhir', 'application/fhir+json; charset=utf-8; fhirVersion=4.0'])(
      'of type "%s" is taken',
      async (type) => {
        const { client } = fake(() => fhir(200, patient('1'), { 'content-type': type }))
        expect(await client.read('1')).toEqual(patient('1'))
      },
    )

    test('of another id is given where replacements are followed', async () => {
      const link = [{ type: 'replaced-by', other: { reference: 'Patient/2' } }]
      const { client, events } = fake(
        inTurn(
          () => fhir(200, patient('2')),
          () => fhir(200, patient('1', { link })),
        ),
      )
      const found = await client.read('1', { followReplacement: true })
      expect(found.id).toBe('2')
      expect(events).toEqual([])
      expect((await client.read('1')).link).toEqual(link)
      expect(events).toMatchObject([{ type: 'patient.replaced', baseUrl: base }])
    })
  })

  test('find gives undefined for 404 and 410, and throws everything else', async () => {
    for (const status of [404, 410]) {
      const { client } = fake(() => fhir(status, outcome('not-found')))
      expect(await client.find('1')).toBeUndefined()
    }
    for (const status of [400, 401, 403, 406, 422, 501]) {
      const { client } = fake(() => fhir(status, ''))
      expect((await failure(client.find('1'))).status).toBe(status)
    }
    const { client } = fake(() => fhir(200, patient('2')))
    expect((await failure(client.find('1'))).code).toBe('ERR_CQ_OTHER_PATIENT')
  })

  test("the server's words stand on the error where no log finds them", async () => {
    const { client } = fake(() => fhir(404, outcome('not-found')))
    const error = await failure(client.read('1'))
    if (!(error instanceof FhirError)) throw error
    expect(error.outcome?.issue[0]?.text).toBe('Zebulon-Marker MRN-777-MARKER')
    expect(Object.keys(error)).not.toContain('outcome')
    expect(error.issueCodes).toEqual(['not-found'])
    expect(inspect(error)).toContain('not-found')
    expect(leaks(error)).toEqual([])
  })

  test('an OperationOutcome is cut to what is safe to keep', async () => {
    const issue = Array.from({ length: 30 }, () => ({
      severity: 5,
      code: 'Zebulon-Marker',
      diagnostics: `a\r\n\u2028${'b'.repeat(5000)}`,
    }))
    const { client } = fake(() => fhir(400, { resourceType: 'OperationOutcome', issue }))
    const error = await failure(client.read('1'))
    if (!(error instanceof FhirError)) throw error
    expect(error.outcome?.issue).toHaveLength(20)
    expect(error.outcome?.issue[0]?.text).toMatch(/^a {3}b+$/)
    expect(error.outcome?.issue[0]?.text).toHaveLength(2048)
    expect(error.outcome?.issue[0]).toMatchObject({ severity: undefined, code: undefined })
    expect(error.issueCodes).toEqual([])
    expect(leaks(error)).toEqual([])
  })

  test("the caller's own abort comes back untouched", async () => {
    const reason = { mine: true }
    const leaving = new AbortController()
    const { fetch } = recording(() => new Promise<Response>(() => undefined))
    const client = new FhirPatientClient({ baseUrl: base, fetch })
    const reading = client.read('1', { signal: leaving.signal })
    leaving.abort(reason)
    await expect(reading).rejects.toBe(reason)
    const late = await failure(client.read('1', { timeoutMs: 20 }))
    expect(late).toMatchObject({ code: 'ERR_CQ_TIMEOUT', retryable: true })
  })
})

describe('read options', () => {
  /** A client of any resource type, on the wire. */
  function small(answers: Answers) {
    const { fetch, seen } = recording(answers)
    return { client: new FhirClient({ baseUrl: base, fetch }), seen }
  }

  describe('a read asks for', () => {
    test.each<[ReadOptions, string]>([
      [{}, ''],
      [{ _elements: ['name'] }, '?_elements=name'],
      [
        { _elements: ['name', 'contact.name'], _summary: 'text' },
        '?_elements=name%2Ccontact.name&_summary=text',
      ],
      [{ _summary: 'true' }, '?_summary=true'],
      [{ _summary: 'data' }, '?_summary=data'],
      [{ _summary: 'false', _elements: undefined }, '?_summary=false'],
    ])('%j', async (options, query) => {
      const one = fake(() => fhir(200, patient('1')))
      await one.client.read('1', options)
      await one.client.find('1', options)
      await one.client.vread('1', 'v.2', options)
      const other = small(() => fhir(200, { resourceType: 'Observation', id: '1' }))
      await other.client.read('Observation', '1', options)
      await other.client.vread('Observation', '1', '2', options)
      expect([...one.seen, ...other.seen].map(({ method, url }) => `${method} ${url}`)).toEqual([
        `GET ${base}/Patient/1${query}`,
        `GET ${base}/Patient/1${query}`,
        `GET ${base}/Patient/1/_history/v.2${query}`,
        `GET ${base}/Observation/1${query}`,
        `GET ${base}/Observation/1/_history/2${query}`,
      ])
    })

    test('nothing where an option cannot be sent', async () => {
      const { client, seen } = fake(() => fhir(200, patient('1')))
      const wrong: readonly (readonly [unknown, string])[] = [
        ...[[], [''], ['a,b'], ['a&b=c'], [5], 'name', null].map(
          (_elements) => [{ _elements }, '_elements'] as const,
        ),
        ...['', 'count', true, null, 'Zebulon-Marker'].map(
          (_summary) => [{ _summary }, '_summary'] as const,
        ),
        [null, 'options'],
      ]
      for (const [options, name] of wrong) {
        const error: unknown = await client
          .read('1', options as ReadOptions)
          .catch((one: unknown) => one)
        expect(error, inspect(options)).toBeInstanceOf(TypeError)
        expect(error).toMatchObject({ message: expect.stringContaining(`"${name}"`) as string })
        expect(leaks(error)).toEqual([])
      }
      await expect(client.vread('1', '../2')).rejects.toThrow(/^"versionId"/)
      expect(seen).toEqual([])
    })
  })

  describe('a failure keeps what the server said where no log finds it', () => {
    const rows: readonly [status: number, code: string, issue: string][] = [
      [404, 'ERR_CQ_NOT_FOUND', 'not-found'],
      [410, 'ERR_CQ_GONE', 'deleted'],
      [403, 'ERR_CQ_FORBIDDEN', 'forbidden'],
      [401, 'ERR_CQ_UNAUTHORIZED', 'login'],
      [422, 'ERR_CQ_OPERATION_FAILED', 'required'],
      [422, 'ERR_CQ_TOO_MANY_RESULTS', 'too-costly'],
      [400, 'ERR_CQ_TOO_MANY_RESULTS', 'too-costly'],
      [403, 'ERR_CQ_FORBIDDEN', 'too-costly'],
      [429, 'ERR_CQ_RATE_LIMITED', 'throttled'],
      [400, 'ERR_CQ_OPERATION_FAILED', 'invalid'],
      [409, 'ERR_CQ_OPERATION_FAILED', 'conflict'],
    ]
    test.each(rows)(
      '%i is %s (%s), in a read, a version, a search',
      async (status, code, issue) => {
        const refusing = () => fhir(status, outcome(issue), { 'retry-after': '120' })
        // A client each: what a server asks of one call, the next ones of the same client heed.
        const client = () => fake(refusing, { searchMethod: 'get', timeoutMs: 1_000 }).client
        const calls = [
          () => client().read('MRN-777-MARKER'),
          () => client().vread('MRN-777-MARKER', '2'),
          () => client().search({ family: 'Zebulon-Marker' }).first(),
          () => small(refusing).client.read('Observation', 'MRN-777-MARKER', { timeoutMs: 1_000 }),
        ]
        for (const call of calls) {
          const error = await failure(call())
          expect(error).toMatchObject({ code, status, issueCodes: [issue], retryAfterMs: 120_000 })
          if (!(error instanceof FhirError)) throw error
          expect(error.outcome?.issue[0]?.text).toContain('Zebulon-Marker')
          expect(Object.keys(error)).not.toContain('outcome')
          expect(leaks(error)).toEqual([])
          expect(inspect(error, { depth: 9 })).not.toMatch(/details|diagnostics/)
        }
      },
    )

    test('429 says when to come back, as seconds or as a date by the injected clock', async () => {
      const now = (): number => Date.parse('2026-06-01T12:00:00Z')
      for (const header of ['90', 'Mon, 01 Jun 2026 12:01:30 GMT']) {
        const { client, seen } = fake(() => fhir(429, '', { 'retry-after': header }), {
          now,
          timeoutMs: 1_000,
        })
        expect(await failure(client.read('1'))).toMatchObject({
          retryAfterMs: 90_000,
          retryable: true,
        })
        expect(seen).toHaveLength(1)
      }
    })

    test('406 names the Accept that was sent', async () => {
      const { client, seen } = small(() => fhir(406, outcome('not-supported')))
      const calls = [
        client.read('Observation', '1'),
        client.search('Observation', { code: 'a' }).first(),
      ]
      for (const call of calls) {
        const error = await failure(call)
        expect(error.code).toBe('ERR_CQ_NOT_ACCEPTABLE')
        expect(error.message).toContain(seen[0]?.headers.get('accept') ?? '(nothing)')
        expect(leaks(error)).toEqual([])
      }
    })

    test('also where a page of a search fails, whose copy of the error keeps it, too', async () => {
      const { client } = fake((_request, number) =>
        number === 1
          ? fhir(200, bundle(['1', '2'], { next: '?n=2' }))
          : fhir(403, outcome('forbidden')),
      )
      const error = await failure(client.search({ identifier: 'a|b' }).toArray({ max: 9 }))
      if (!(error instanceof FhirError)) throw error
      expect(error).toMatchObject({ code: 'ERR_CQ_FORBIDDEN', received: 2, pages: 1 })
      expect(error.outcome?.issue[0]?.text).toContain('Zebulon-Marker')
      expect(leaks(error)).toEqual([])
    })
  })

  test('what another type answers in its place is refused by name', async () => {
    const answers: readonly (readonly [unknown, string])[] = [
      [{ resourceType: 'Observation', id: '2' }, 'ERR_CQ_UNEXPECTED_RESOURCE'],
      [patient('1'), 'ERR_CQ_UNEXPECTED_RESOURCE'],
      [{ resourceType: 'Observation' }, 'ERR_CQ_INVALID_RESPONSE'],
      [outcome('x'), 'ERR_CQ_OPERATION_FAILED'],
    ]
    for (const [body, code] of answers) {
      const { client } = small(() => fhir(200, body))
      const error = await failure(client.read('Observation', '1'))
      expect(error).toMatchObject({
        code,
        operation: 'fhir.read',
        pathTemplate: '/Observation/:id',
      })
      expect(leaks(error)).toEqual([])
    }
    const { client } = small(() => fhir(200, { resourceType: 'Observation', id: '2' }))
    expect((await failure(client.read('Observation', '1'))).message).toContain('Observation')
  })
})
