import { describe, expect, test } from 'vitest'
import type { PatientSearchParameters } from '../../../src/index.ts'
import type { SearchOptions } from '../../../src/fhir/index.ts'
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
  walked,
} from '../../support/fhir-answers.ts'
import { fhirWorld, history, version } from '../../support/fhir-world.ts'

const search = { family: 'Zebulon-Marker' }
const said = (code: string, severity: string): object => ({
  resource: outcome(code, severity),
  search: { mode: 'outcome' },
})
const GAPS: readonly (readonly [code: string, severity: string])[] = [
  ['timeout', 'error'],
  ['exception', 'fatal'],
  ['incomplete', 'warning'],
  ['incomplete', 'information'],
]

describe('an OperationOutcome that says that something is missing', () => {
  test.each(GAPS)('%s, %s: ends a search with an error after its hits', async (...how) => {
    const { client } = fake(() => fhir(200, bundle(['1', said(...how)])))
    const { ids, error } = await walked(client.search(search))
    expect(ids).toEqual(['1'])
    expect(error).toMatchObject({
      code: 'ERR_CQ_INCOMPLETE_RESULT',
      issueCodes: [how[0]],
      ...{ received: 1, pages: 1, retryable: true },
    })
    expect(leaks(error)).toEqual([])
    const all = client.search(search).toArray({ max: 9 })
    expect((await failure(all)).code).toBe('ERR_CQ_INCOMPLETE_RESULT')
  })

  test.each(GAPS)('%s, %s: with nobody is not "nobody"', async (...how) => {
    const { client } = fake(() => fhir(200, bundle([said(...how)], { total: 0 })))
    const error = await failure(client.search(search).first())
    expect(error).toMatchObject({ code: 'ERR_CQ_INCOMPLETE_RESULT', received: 0 })
  })

  test.each(GAPS)('%s, %s: holds for $match, $everything and histories', async (...how) => {
    const resource = patient('1')
    const { patients } = fhirWorld(({ url }) =>
      url.includes('_history')
        ? fhir(200, history([version('1', '1'), said(...how)]))
        : fhir(200, bundle([{ resource }, said(...how)])),
    )
    const code = 'ERR_CQ_INCOMPLETE_RESULT'
    expect(await failure(patients.match({ birthDate: '1931-02-17' }))).toMatchObject({ code })
    expect((await walked(patients.everything('1'))).error).toMatchObject({ code })
    const versions = patients.history('1').toArray({ max: 9 })
    expect(await failure(versions)).toMatchObject({ code, received: 1 })
  })

  test('on the first page does not keep the later ones from being given', async () => {
    const { client } = fake(
      inTurn(
        () => fhir(200, bundle([said('timeout', 'error'), '1'], { next: '?n=2' })),
        () => fhir(200, bundle(['2'])),
      ),
    )
    const { ids, error } = await walked(client.search(search))
    expect(ids).toEqual(['1', '2'])
    expect(error).toMatchObject({ code: 'ERR_CQ_INCOMPLETE_RESULT', received: 2, pages: 2 })
  })

  test('is found behind any number of issues that say nothing', async () => {
    const issue = Array.from({ length: 50 }, () => ({ severity: 'information', code: 'value' }))
    const resource = {
      resourceType: 'OperationOutcome',
      issue: [...issue, null, 5, { severity: 'error', code: 'S3CRET-TOKEN' }],
    }
    const { client } = fake(() => fhir(200, bundle(['1', { resource }])))
    const { error } = await walked(client.search(search))
    expect(error).toMatchObject({ code: 'ERR_CQ_INCOMPLETE_RESULT' })
    expect(leaks(error)).toEqual([])
  })

  test.each([
    ['processing', 'warning'],
    ['informational', 'information'],
    ['not-supported', 'warning'],
  ])('%s, %s says nothing of the kind, as Epic’s 4119', async (...how) => {
    const { client } = fake(() => fhir(200, bundle(['1', said(...how)])))
    expect(await walked(client.search(search))).toEqual({ ids: ['1'], error: undefined })
  })
})

describe('a total that is larger than what came', () => {
  test('is told once the server has no more, without values', async () => {
    const { client, events } = fake(
      inTurn(
        () => fhir(200, bundle(['1', '2'], { total: 50, next: '?n=2' })),
        () => fhir(200, bundle(['3'])),
      ),
      { searchMethod: 'post-only' },
    )
    expect((await walked(client.search({ identifier: 'a|b' }))).ids).toHaveLength(3)
    expect(events).toMatchObject([
      { type: 'search.fewer-than-total', baseUrl: base, total: 50, received: 3 },
    ])
  })

  test.each<[string, PatientSearchParameters, SearchOptions, number | undefined]>([
    ['equal', { identifier: 'a|b' }, {}, 2],
    ['smaller', { identifier: 'a|b' }, {}, 0],
    ['missing', { identifier: 'a|b' }, {}, undefined],
    ['what was asked for alone', { identifier: 'a|b', _summary: 'count' }, {}, 812],
    ['what was asked for with no hits', {}, { all: true, raw: [['_count', '0']] }, 812],
  ])('is not told where it is %s', async (_what, parameters, options, total) => {
    const { client, events } = fake(() => fhir(200, { ...bundle(['1', '1']), total }))
    await client.search(parameters, options).toArray({ max: 9 })
    expect(events).toEqual([])
  })

  test('is not told while there are more pages, nor of $match, which gives the best few', async () => {
    const { patients, events } = fhirWorld(() =>
      fhir(200, bundle(['1'], { total: 50, next: '?n' })),
    )
    await patients.search({ identifier: 'a|b' }).first()
    const few = fhirWorld(() => fhir(200, bundle(['1'], { total: 50 })))
    await few.patients.match({ birthDate: '1931-02-17' })
    expect([events, few.events]).toEqual([[], []])
  })
})

describe('links as servers write them', () => {
  test.each([
    { rel: 'next', href: '?n=2' },
    { relation: 'Next', url: '?n=2' },
    { relation: ' NEXT ', href: '?n=2' },
    { rel: 'next', url: '?n=2' },
  ])('%j leads to the second page', async (link) => {
    const { client } = fake(
      inTurn(
        () => fhir(200, bundle(['1'], { link: [null, 5, { url: 'x' }, link] })),
        () => fhir(200, bundle(['2'])),
      ),
    )
    expect((await walked(client.search(search))).ids).toEqual(['1', '2'])
  })

  test('entry and link may be null', async () => {
    const body = { resourceType: 'Bundle', type: 'searchset', total: 0, entry: null, link: null }
    const { client } = fake(() => fhir(200, body))
    const { resources, complete } = await client.search(search).toArray({ max: 9 })
    expect([resources, complete]).toEqual([[], true])
  })
})

describe('a next link below _search', () => {
  const next = (page: number): string => `${base}/Patient/_search?ct=${page}`
  const lines = (seen: readonly { method: string; url: string }[]): string[] =>
    seen.map(({ method, url }) => `${method} ${url.slice(base.length)}`)

  test.each([400, 404, 405, 422, 501])(
    'that GET is refused with %i is asked below the type, from then on at once',
    async (status) => {
      const { client, seen } = fake(({ method, url }) => {
        if (method === 'POST') return fhir(200, bundle(['1'], { next: next(2) }))
        if (url.includes('_search')) return fhir(status, outcome('invalid'))
        return fhir(200, bundle([url.slice(-1)], url.endsWith('2') ? { next: next(3) } : {}))
      })
      const found = await walked(client.search({ identifier: 'a|b' }))
      expect(found).toEqual({ ids: ['1', '2', '3'], error: undefined })
      expect(lines(seen)).toEqual([
        'POST /Patient/_search',
        'GET /Patient/_search?ct=2',
        'GET /Patient?ct=2',
        'GET /Patient?ct=3',
      ])
    },
  )

  test('that is answered is asked as it is given', async () => {
    const { client, seen } = fake(({ method }) =>
      method === 'POST'
        ? fhir(200, bundle(['1'], { next: next(2) }))
        : fhir(200, bundle(['2'], { next: next(2) })),
    )
    const { ids, error } = await walked(client.search({ identifier: 'a|b' }))
    expect(ids).toEqual(['1', '2'])
    expect(error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED' })
    expect(lines(seen)).toEqual(['POST /Patient/_search', 'GET /Patient/_search?ct=2'])
  })

  test.each([
    [404, 'ERR_CQ_PAGE_EXPIRED'],
    [400, 'ERR_CQ_OPERATION_FAILED'],
  ])('that is refused with %i both ways is %s', async (status, code) => {
    const { client, seen } = fake(({ method }) =>
      method === 'POST' ? fhir(200, bundle(['1'], { next: next(2) })) : fhir(status, ''),
    )
    const { error } = await walked(client.search({ identifier: 'a|b' }))
    expect(error).toMatchObject({ code, received: 1, pages: 1 })
    expect(seen).toHaveLength(3)
  })

  test('in circles is found, whichever way it is asked', async () => {
    const { client, seen } = fake(({ method, url }) => {
      if (method === 'POST') return fhir(200, bundle(['1'], { next: next(2) }))
      return url.includes('_search')
        ? fhir(400, '')
        : fhir(200, bundle([`${seen.length}`], { next: next(2) }))
    })
    const { error } = await walked(client.search({ identifier: 'a|b' }))
    expect(error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED', pages: 2 })
  })
})
