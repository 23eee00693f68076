import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { FhirClient, type ReadOptions } from '../../../src/fhir/index.ts'
import { FhirError } from '../../../src/errors.ts'
import {
  base,
  bundle,
  failure,
  fake,
  fhir,
  leaks,
  outcome,
  patient,
  recording,
  type Answers,
} from '../../support/fhir-answers.ts'

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
  test.each(rows)('%i is %s (%s), in a read, a version, a search', async (status, code, issue) => {
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
  })

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
    expect(error).toMatchObject({ code, operation: 'fhir.read', pathTemplate: '/Observation/:id' })
    expect(leaks(error)).toEqual([])
  }
  const { client } = small(() => fhir(200, { resourceType: 'Observation', id: '2' }))
  expect((await failure(client.read('Observation', '1'))).message).toContain('Observation')
})
