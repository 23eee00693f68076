import { describe, expect, test } from 'vitest'
import type { Patient } from '../../../src/index.ts'
import type { HistoryVersion } from '../../../src/fhir/index.ts'
import {
  base,
  failure,
  fhir,
  inTurn,
  leaks,
  outcome,
  patient,
  secrets,
} from '../../support/fhir-answers.ts'
import { deletion, fhirWorld, history, version } from '../../support/fhir-world.ts'

describe('vread', () => {
  test('requests one version and returns it', async () => {
    const { patients, lines } = fhirWorld(() =>
      fhir(200, patient('1', { meta: { versionId: '2' } })),
    )
    expect(await patients.vread('1', '2')).toMatchObject({ id: '1', meta: { versionId: '2' } })
    expect(lines()).toEqual(['GET /Patient/1/_history/2'])
  })

  test('reads versions of other resource types, too', async () => {
    const { fhir: client, lines } = fhirWorld(() =>
      fhir(200, { resourceType: 'Condition', id: 'c' }),
    )
    expect((await client.vread('Condition', 'c', '3')).resourceType).toBe('Condition')
    expect(lines()).toEqual(['GET /Condition/c/_history/3'])
  })

  test('accepts the options of a read', async () => {
    const { patients, lines } = fhirWorld(() => fhir(200, patient('1')))
    await patients.vread('1', '2', { _elements: ['name', 'birthDate'] })
    expect(lines()).toEqual(['GET /Patient/1/_history/2?_elements=name%2CbirthDate'])
  })

  test.each([
    [404, 'ERR_CQ_NOT_FOUND'],
    [410, 'ERR_CQ_GONE'],
    [405, 'ERR_CQ_OPERATION_NOT_SUPPORTED'],
    [501, 'ERR_CQ_OPERATION_NOT_SUPPORTED'],
    [500, 'ERR_CQ_OPERATION_FAILED'],
  ])('%i is %s', async (status, code) => {
    const { patients } = fhirWorld(() => fhir(status, outcome('processing')))
    const error = await failure(patients.vread('1', '2'))
    expect(error).toMatchObject({ code, status, operation: 'patients.vread' })
    expect(error.pathTemplate).toBe('/Patient/:id/_history/:vid')
    expect(leaks(error)).toEqual([])
  })

  test('not-supported means that versions cannot be read, whatever the status', async () => {
    const { fhir: client } = fhirWorld(() => fhir(400, outcome('not-supported')))
    const error = await failure(client.vread('Condition', 'c', '1'))
    expect(error).toMatchObject({ code: 'ERR_CQ_OPERATION_NOT_SUPPORTED', operation: 'fhir.vread' })
  })

  test('of another patient is refused', async () => {
    const { patients } = fhirWorld(() => fhir(200, patient('2')))
    expect((await failure(patients.vread('1', '2'))).code).toBe('ERR_CQ_OTHER_PATIENT')
  })

  test.each([
    ['id', '../2', '1'],
    ['id', '', '1'],
    ['versionId', '1', 'a/b'],
    ['versionId', '1', '..'],
    ['versionId', '1', ''],
  ])('a wrong %s is a TypeError, unsent', async (option, id, versionId) => {
    const { patients, seen } = fhirWorld(() => fhir(200, patient('1')))
    await expect(patients.vread(id, versionId)).rejects.toThrow(`"${option}"`)
    await expect(patients.vread(id, versionId)).rejects.toThrow(TypeError)
    expect(seen).toEqual([])
  })
})

/** All versions, as short as can be, and what ended the loop. */
async function told(
  results: AsyncIterable<HistoryVersion<Patient>>,
): Promise<{ versions: string[]; error: unknown }> {
  const versions: string[] = []
  try {
    for await (const { versionId = '?', deleted, resource } of results) {
      versions.push(`${versionId}${deleted ? ' deleted' : ''}${resource ? '' : ' empty'}`)
    }
  } catch (error) {
    return { versions, error }
  }
  return { versions, error: undefined }
}

describe('a history', () => {
  test('gives versions and deletions, those without a resource', async () => {
    const entries = [version('1', '3'), deletion('1', '2'), version('1', '1')]
    const { patients, lines } = fhirWorld(() => fhir(200, history(entries)))
    const { resources } = await patients.history('1').toArray({ max: 9 })
    expect(resources).toMatchObject([
      { versionId: '3', deleted: false, lastUpdated: '2024-05-03T00:00:00Z' },
      { versionId: '2', deleted: true, lastUpdated: '2024-06-01T00:00:00Z' },
      { versionId: '1', deleted: false, resource: { resourceType: 'Patient', id: '1' } },
    ])
    expect(resources[1]?.resource).toBeUndefined()
    expect(lines()).toEqual(['GET /Patient/1/_history'])
  })

  test('gives pages with their Bundle and total', async () => {
    const { fhir: client } = fhirWorld(() => fhir(200, history([version('1', '1')])))
    for await (const { versions, bundle, total, outcomes } of client
      .history('Patient', '1')
      .pages())
      expect([versions.length, bundle.type, total, outcomes]).toEqual([1, 'history', 7, []])
    expect.assertions(1)
  })

  test('follows its pages and sends _since and _count with the first', async () => {
    const { patients, lines } = fhirWorld(
      inTurn(
        () => fhir(200, history([version('1', '2')], `${base}/Patient/1/_history?page=2`)),
        () => fhir(200, history([version('1', '1')])),
      ),
    )
    const asked = patients.history('1', { _since: '2024-05-01T00:00:00Z', _count: 1 })
    expect(await told(asked)).toEqual({ versions: ['2', '1'], error: undefined })
    expect(lines()).toEqual([
      'GET /Patient/1/_history?_since=2024-05-01T00%3A00%3A00Z&_count=1',
      'GET /Patient/1/_history?page=2',
    ])
  })

  test('makes no request before it is used', async () => {
    const { patients, seen } = fhirWorld(() => fhir(200, history([])))
    const results = patients.history('1')
    await Promise.resolve()
    expect(seen).toEqual([])
    expect(await results.first()).toBeUndefined()
    expect(seen).toHaveLength(1)
  })

  test('keeps versions that were made in the same second where the server does not number them', async () => {
    const meta = { lastUpdated: '2024-05-01T00:00:00Z' }
    const entry = { resource: patient('1', { meta }), request: { method: 'PUT' } }
    const { patients } = fhirWorld(() => fhir(200, history([entry, entry])))
    expect((await told(patients.history('1'))).versions).toEqual(['?', '?'])
  })

  test('gives a version once that shifts to the next page', async () => {
    const { patients } = fhirWorld(
      inTurn(
        () => fhir(200, history([version('1', '3'), version('1', '2')], '?page=2')),
        () => fhir(200, history([version('1', '2'), version('1', '1')])),
      ),
    )
    expect((await told(patients.history('1'))).versions).toEqual(['3', '2', '1'])
  })

  test.each<[string, object]>([
    ['another patient', version('2', '1')],
    ['another patient’s deletion', deletion('2', '1')],
    ['another type', { resource: { resourceType: 'Condition', id: '1' } }],
    ['a patient without an id', { resource: { resourceType: 'Patient' } }],
  ])('with %s in it ends with an error, after what came before', async (_, odd) => {
    const { patients } = fhirWorld(
      inTurn(
        () => fhir(200, history([version('1', '2')], '?page=2')),
        () => fhir(200, history([odd])),
      ),
    )
    const { versions, error } = await told(patients.history('1'))
    expect(versions).toEqual(['2'])
    expect(error).toMatchObject({ code: 'ERR_CQ_UNEXPECTED_RESOURCE', received: 1, pages: 1 })
  })

  test.each(['Patient/1', 'Patient/1/_history/2', `${base}/Patient/1`, undefined])(
    'takes a deletion whose request was %s',
    async (url) => {
      const entry = { request: { method: 'DELETE', url }, response: { etag: '"2"' } }
      const { patients } = fhirWorld(() => fhir(200, history([entry])))
      expect(await told(patients.history('1'))).toEqual({
        versions: ['2 deleted empty'],
        error: undefined,
      })
    },
  )

  test('tells of outcomes and of entries that are nothing, and gives neither', async () => {
    const entries = [
      { resource: outcome('informational', 'information') },
      { request: { method: 'PUT' } },
      version('1', '1'),
    ]
    const { patients, events } = fhirWorld(() => fhir(200, history(entries)))
    expect((await told(patients.history('1'))).versions).toEqual(['1'])
    expect(events).toMatchObject([
      { type: 'search.outcome', issueCodes: ['informational'] },
      { type: 'search.odd-entries', count: 1 },
      { type: 'search.fewer-than-total', total: 7, received: 1 },
    ])
    expect(leaks(events)).toEqual([])
  })

  test.each([
    [404, 'not-found', 'ERR_CQ_NOT_FOUND'],
    [410, 'deleted', 'ERR_CQ_GONE'],
    [405, 'processing', 'ERR_CQ_OPERATION_NOT_SUPPORTED'],
    [501, 'processing', 'ERR_CQ_OPERATION_NOT_SUPPORTED'],
    [400, 'not-supported', 'ERR_CQ_OPERATION_NOT_SUPPORTED'],
    [403, 'forbidden', 'ERR_CQ_FORBIDDEN'],
    [400, 'invalid', 'ERR_CQ_OPERATION_FAILED'],
  ])('answered by %i and %s is %s', async (status, issue, code) => {
    const { patients, seen } = fhirWorld(() => fhir(status, outcome(issue)))
    const error = await failure(patients.history('1').first())
    expect(error).toMatchObject({ code, status, operation: 'patients.history', received: 0 })
    expect(error.pathTemplate).toBe('/Patient/:id/_history')
    expect(leaks(error, [...secrets, '/Patient/1'])).toEqual([])
    expect(seen).toHaveLength(1)
  })

  test('whose second page is gone says so', async () => {
    const { patients } = fhirWorld(
      inTurn(
        () => fhir(200, history([version('1', '2')], '?page=2')),
        () => fhir(404, ''),
      ),
    )
    const { versions, error } = await told(patients.history('1'))
    expect(versions).toEqual(['2'])
    expect(error).toMatchObject({ code: 'ERR_CQ_PAGE_EXPIRED', received: 1, pages: 1 })
  })

  test('ends at maxPages with an error', async () => {
    const { patients, seen } = fhirWorld((_, number) =>
      fhir(200, history([version('1', String(number))], `?page=${number}`)),
    )
    const { versions, error } = await told(patients.history('1', { maxPages: 2 }))
    expect(versions).toEqual(['1', '2'])
    expect([error, seen.length]).toMatchObject([{ code: 'ERR_CQ_PAGE_LIMIT' }, 2])
  })

  test.each<[string, object]>([
    ['_since', { _since: 'yesterday' }],
    ['_since', { _since: 'ge2024-05-01' }],
    ['_since', { _since: ['2024', '2025'] }],
    ['_since', { _since: '' }],
    ['_count', { _count: 0 }],
    ['_count', { _count: 1.5 }],
    ['maxPages', { maxPages: -1 }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['signal', { signal: 'now' }],
  ])('with a wrong %s is a TypeError at once', (option, wrong) => {
    const { patients, fhir: client, seen } = fhirWorld(() => fhir(200, history([])))
    for (const ask of [
      () => patients.history('1', wrong),
      () => client.history('Condition', '1', wrong),
    ]) {
      expect(ask).toThrow(TypeError)
      expect(ask).toThrow(`"${option}"`)
    }
    expect(seen).toEqual([])
  })

  test('of what is no id is a TypeError at once', () => {
    const { patients } = fhirWorld(() => fhir(200, history([])))
    for (const id of ['', '..', 'a/b', 'a?b']) expect(() => patients.history(id)).toThrow('"id"')
  })
})
