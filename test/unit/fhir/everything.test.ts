import { describe, expect, test } from 'vitest'
import { AccessToken } from '../../../src/access-token.ts'
import type { ResourceType, SearchOptions } from '../../../src/fhir/index.ts'
import {
  base,
  bundle,
  failure,
  fhir,
  inTurn,
  leaks,
  outcome,
  patient,
  secrets,
  walked,
  fake,
} from '../../support/fhir-answers.ts'
import { fhirWorld, history, version } from '../../support/fhir-world.ts'
import type { PatientSearchParameters } from '../../../src/index.ts'

describe('everything', () => {
  const observation = (id: string): object => ({ resource: { resourceType: 'Observation', id } })

  describe('everything', () => {
    test('gives resources of all types, the Patient included', async () => {
      const entries = [{ resource: patient('1') }, observation('o'), observation('1')]
      const { patients, lines } = fhirWorld(() => fhir(200, bundle(entries, { total: 3 })))
      const { resources, complete } = await patients.everything('1').toArray({ max: 9 })
      expect(resources.map(({ resourceType, id }) => `${resourceType}/${id ?? ''}`)).toEqual([
        'Patient/1',
        'Observation/o',
        'Observation/1',
      ])
      expect(complete).toBe(true)
      expect(lines()).toEqual(['GET /Patient/1/$everything'])
    })

    test('sends its parameters once, and follows the pages', async () => {
      const { patients, lines } = fhirWorld(
        inTurn(
          () => fhir(200, bundle([{ resource: patient('1') }], { next: `${base}?_getpages=x` })),
          () => fhir(200, bundle([observation('o'), { resource: patient('1') }])),
        ),
      )
      const found = await walked(
        patients.everything('1', {
          start: '2020-01',
          end: '2021',
          _since: '2024-05-01T00:00:00Z',
          _type: ['Observation', 'Condition'],
          _count: 50,
        }),
      )
      expect(found).toEqual({ ids: ['1', 'o'], error: undefined })
      const [first = '', second] = lines()
      expect(first.split('?', 1)[0]).toBe('GET /Patient/1/$everything')
      expect([...new URLSearchParams(first.split('?')[1])]).toEqual([
        ['start', '2020-01'],
        ['end', '2021'],
        ['_since', '2024-05-01T00:00:00Z'],
        ['_type', 'Observation,Condition'],
        ['_count', '50'],
      ])
      expect(second).toBe('GET ?_getpages=x')
    })

    test('gives pages, with what the server remarks', async () => {
      const entries = [observation('o'), { resource: outcome('processing', 'warning') }, {}]
      const { patients, events } = fhirWorld(() =>
        fhir(200, bundle([{ resource: patient('1') }, ...entries], { total: 2 })),
      )
      for await (const page of patients.everything('1').pages()) {
        expect(page).toMatchObject({ total: 2, ignoredParameters: [] })
        expect(page.resources.map(({ id }) => id)).toEqual(['1', 'o'])
        expect(page.outcomes[0]?.issue[0]?.code).toBe('processing')
      }
      expect(events.map(({ type }) => type)).toEqual(['search.outcome', 'search.odd-entries'])
      expect(leaks(events)).toEqual([])
      expect.assertions(5)
    })

    test('keeps resources without an id', async () => {
      const entries = [
        { resource: patient('1') },
        { resource: { resourceType: 'Basic' } },
        { resource: { resourceType: 'Basic' } },
      ]
      const { patients } = fhirWorld(() => fhir(200, bundle(entries)))
      expect((await patients.everything('1').toArray({ max: 9 })).resources).toHaveLength(3)
    })

    test('whose second page fails throws after what came before', async () => {
      const { patients } = fhirWorld(
        inTurn(
          () => fhir(200, bundle([observation('o')], { next: '?page=2' })),
          () => fhir(410, ''),
        ),
      )
      const { ids, error } = await walked(patients.everything('1'))
      expect(ids).toEqual(['o'])
      expect(error).toMatchObject({ code: 'ERR_CQ_PAGE_EXPIRED', received: 1, pages: 1 })
    })

    test('says nothing of scopes: which ones it takes is the server’s affair', async () => {
      const authorize = () => Promise.resolve(new AccessToken('x', 'system/Condition.read', 9e15))
      const { patients, events } = fhirWorld(() => fhir(200, bundle(['1'])), { authorize })
      await patients.everything('1').first()
      expect(events).toEqual([])
    })

    test.each<[string, object]>([
      ['start', { start: 'ge2020' }],
      ['start', { start: '01/2020' }],
      ['end', { end: { le: '2020' } }],
      ['_since', { _since: '' }],
      ['_type', { _type: [] }],
      ['_type', { _type: 'Observation' }],
      ['_type', { _type: ['Observation,Patient'] }],
      ['_count', { _count: 0 }],
      ['maxPages', { maxPages: 0 }],
      ['signal', { signal: 1 }],
      ['timeoutMs', { timeoutMs: Infinity }],
    ])('with a wrong %s is a TypeError at once', (option, wrong) => {
      const { patients, seen } = fhirWorld(() => fhir(200, bundle([])))
      expect(() => patients.everything('1', wrong)).toThrow(TypeError)
      expect(() => patients.everything('1', wrong)).toThrow(`"${option}`)
      expect(() => patients.everything('a/b')).toThrow('"id"')
      expect(seen).toEqual([])
    })

    test('takes any type that the caller names', async () => {
      const type: ResourceType = 'MedicationRequest'
      const { patients, lines } = fhirWorld(() => fhir(200, bundle([])))
      await patients.everything('1', { _type: [type] }).first()
      expect(lines()).toEqual(['GET /Patient/1/$everything?_type=MedicationRequest'])
    })
  })

  describe('404', () => {
    test.each([
      [404, 'ERR_CQ_NOT_FOUND'],
      [410, 'ERR_CQ_GONE'],
    ])('means the patient where a read says %i', async (status, code) => {
      const { patients, lines } = fhirWorld(
        inTurn(
          () => fhir(404, outcome('not-found')),
          () => fhir(status, outcome('deleted')),
        ),
      )
      const error = await failure(patients.everything('1').first())
      expect(error).toMatchObject({ code, status, operation: 'patients.everything' })
      expect(lines()).toEqual(['GET /Patient/1/$everything', 'GET /Patient/1'])
      expect(leaks(error, [...secrets, 'Patient/1'])).toEqual([])
    })

    test('means the operation where the patient can be read', async () => {
      const { patients, lines } = fhirWorld(
        inTurn(
          () => fhir(404, ''),
          () => fhir(200, patient('1')),
        ),
      )
      const error = await failure(patients.everything('1').first())
      expect(error).toMatchObject({ code: 'ERR_CQ_OPERATION_NOT_SUPPORTED', status: 404 })
      expect(error.pathTemplate).toBe('/Patient/:id/$everything')
      expect(lines()).toEqual(['GET /Patient/1/$everything', 'GET /Patient/1'])
    })

    test.each([
      [404, 'not-supported'],
      [405, 'processing'],
      [501, 'processing'],
      [400, 'not-supported'],
    ])(
      'and other refusals: %i with %s means the operation without a further request',
      async (...how) => {
        const [status, issue] = how
        const { patients, seen } = fhirWorld(() => fhir(status, outcome(issue)))
        const error = await failure(patients.everything('1').first())
        expect(error).toMatchObject({ code: 'ERR_CQ_OPERATION_NOT_SUPPORTED', status })
        expect(seen).toHaveLength(1)
      },
    )

    test('reads the patient once a call with the token that is at hand', async () => {
      let asked = 0
      const authorize = () => Promise.resolve(`token-${(asked += 1)}`)
      const { patients, seen } = fhirWorld(() => fhir(404, ''), { authorize })
      await failure(patients.everything('1').first())
      expect([seen.length, asked]).toEqual([2, 1])
    })
  })
})

describe('record owner', () => {
  const about = (id: string, reference: unknown, member = 'subject'): object => ({
    resource: { resourceType: 'Observation', id, [member]: { reference } },
  })
  const person = (id: string): object => ({ resource: patient(id) })

  /** What `$everything` of Patient 1 gives where the server answers with these pages. */
  async function everything(pages: readonly (readonly unknown[])[], options: object = {}) {
    const answers = pages.map(
      (entries, at) => () =>
        fhir(200, bundle(entries, at + 1 < pages.length ? { next: `?n=${at}` } : {})),
    )
    const { patients } = fhirWorld(inTurn(...answers))
    return walked(patients.everything('1', options))
  }

  describe('$everything of another patient', () => {
    test.each<[string, readonly unknown[]]>([
      ['their Patient', [person('2')]],
      ['their Patient and record', [person('2'), about('o', 'Patient/2')]],
      ['their record alone', [about('o', 'Patient/2')]],
      ['by an absolute reference with a version', [about('o', `${base}/Patient/2/_history/3`)]],
      ['by another member', [about('o', 'Patient/2', 'beneficiary')]],
      ['an id that begins as the one that was asked for', [person('12')]],
      [
        'a survivor who says whom they replace',
        [
          {
            resource: patient('2', {
              link: [{ other: { reference: 'Patient/1' }, type: 'replaces' }],
            }),
          },
        ],
      ],
    ])('is an error, and nothing is given: %s', async (_what, entries) => {
      const { ids, error } = await everything([entries])
      expect(ids).toEqual([])
      expect(error).toMatchObject({ code: 'ERR_CQ_OTHER_PATIENT', received: 0 })
      expect(leaks(error, [...secrets, 'Patient/1', 'Patient/2'])).toEqual([])
    })

    test('on the second page is an error where nothing has been the patient’s own', async () => {
      const { ids, error } = await everything([
        [{ resource: { resourceType: 'Practitioner', id: 'p' } }],
        [person('2')],
      ])
      expect(ids).toEqual(['p'])
      expect(error).toMatchObject({ code: 'ERR_CQ_OTHER_PATIENT', received: 1 })
    })
  })

  describe('$everything of the patient', () => {
    test.each<[string, readonly (readonly unknown[])[]]>([
      ['beside a mother', [[person('mother'), person('1')]]],
      ['with a mother on the next page', [[person('1')], [person('mother')]]],
      ['by references alone', [[about('o', 'Patient/1'), person('mother')]]],
      ['by an absolute reference', [[about('o', `${base}/Patient/1`, 'patient')]]],
    ])('is given: %s', async (_what, pages) => {
      const { ids, error } = await everything(pages)
      expect(error).toBeUndefined()
      expect(ids).toHaveLength(pages.flat().length)
    })
  })

  describe('$everything of nobody', () => {
    test.each<[string, readonly unknown[]]>([
      ['nothing at all', []],
      ['resources that are nobody’s', [{ resource: { resourceType: 'Practitioner', id: 'p' } }]],
      [
        'references that cannot be read',
        [
          about('a', 5),
          about('b', { toString: 1 }),
          about('c', 'x'.repeat(1e6)),
          about('d', 'urn:uuid:1'),
          { resource: { resourceType: 'Observation', id: 'e', subject: 'Patient/2' } },
          { resource: { resourceType: 'Patient', id: 5 } },
        ],
      ],
    ])('is not complete: %s', async (_what, entries) => {
      const { ids, error } = await everything([entries])
      expect(ids).toHaveLength(entries.length)
      expect(error).toMatchObject({ code: 'ERR_CQ_INCOMPLETE_RESULT', received: entries.length })
    })

    test.each([{ _since: '2024-05-01T00:00:00Z' }, { _type: ['Observation'] }])(
      'is an answer where %j may leave the Patient out',
      async (options) => {
        expect(await everything([[]], options)).toEqual({ ids: [], error: undefined })
      },
    )

    test('is none where the Patient was among the types that were asked for', async () => {
      const { error } = await everything([[]], { _type: ['Observation', 'Patient'] })
      expect(error).toMatchObject({ code: 'ERR_CQ_INCOMPLETE_RESULT' })
    })
  })
})

describe('complete or an error', () => {
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
})
