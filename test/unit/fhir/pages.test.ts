import { describe, expect, test } from 'vitest'
import {
  base,
  bundle,
  fake,
  fhir,
  inTurn,
  leaks,
  outcome,
  failure,
  patient,
  walked,
  type BundleParts,
  recording,
} from '../../support/fhir-answers.ts'
import { holdTime, turns } from '../../support/time.ts'
import type { SearchPage, Patient, PatientSearchParameters } from '../../../src/index.ts'
import { type FhirPatientClientOptions, FhirClient } from '../../../src/fhir/index.ts'

describe('pages', () => {
  const page =
    (entries: readonly unknown[], next?: string, parts: BundleParts = {}) =>
    (): Response =>
      fhir(200, bundle(entries, next === undefined ? parts : { ...parts, next }))

  const search = { family: 'Zebulon-Marker' }
  const refused = { code: 'ERR_CQ_NEXT_LINK_REFUSED' }

  describe('R19: a search ends', () => {
    test('where the server has no more pages', async () => {
      const { client, seen } = fake(inTurn(page(['1'], '?n=2'), page(['2'], '?n=3'), page(['3'])))
      expect(await walked(client.search(search))).toEqual({
        ids: ['1', '2', '3'],
        error: undefined,
      })
      expect(seen).toHaveLength(3)
    })

    test('at an empty page without a next link, entries or not', async () => {
      for (const last of [page([]), () => fhir(200, { resourceType: 'Bundle' })]) {
        const { client } = fake(inTurn(page(['1'], '?n=2'), last))
        expect(await walked(client.search(search))).toEqual({ ids: ['1'], error: undefined })
      }
      const { client } = fake(page([]))
      expect(await client.search(search).first()).toBeUndefined()
    })

    test('not at an empty page in the middle', async () => {
      const { client } = fake(inTurn(page(['1'], '?n=2'), page([], '?n=3'), page(['3'])))
      expect(await walked(client.search(search))).toEqual({ ids: ['1', '3'], error: undefined })
    })

    test('at the eleventh empty page in a row, and not before', async () => {
      const run = (empty: number) =>
        fake((_request, number) => (number <= empty ? page([], `?n=${number}`)() : page(['1'])()))
      const ten = run(10)
      expect(await walked(ten.client.search(search))).toEqual({ ids: ['1'], error: undefined })
      const eleven = run(11)
      const { error } = await walked(eleven.client.search(search))
      expect(error).toMatchObject({ ...refused, received: 0, pages: 11 })
      expect(eleven.seen).toHaveLength(11)
    })

    test('at a run of pages that hold only what the server has to say', async () => {
      const said = { resource: outcome('informational', 'warning'), search: { mode: 'outcome' } }
      const two = fake(inTurn(page([said], '?n=2'), page([said], '?n=3'), page(['1'])))
      expect((await walked(two.client.search(search))).ids).toEqual(['1'])
      const endless = fake((_request, number) => page([said], `?n=${number}`)())
      expect((await walked(endless.client.search(search))).error).toMatchObject(refused)
      expect(endless.seen).toHaveLength(11)
    })

    test('at a page that links to itself', async () => {
      const { client, seen } = fake((_request, number) => page([`${number}`], '?n=2')())
      const { ids, error } = await walked(client.search(search))
      expect([ids, seen.length]).toEqual([['1', '2'], 2])
      expect(error).toMatchObject({ ...refused, received: 2, pages: 2 })
    })

    test('at a cycle of two, the first request included', async () => {
      const first = `${base}/Patient?family=Zebulon-Marker`
      const loop = fake((_request, number) =>
        page([`${number}`], number % 2 === 1 ? '?n=2' : '?n=3')(),
      )
      const { ids, error } = await walked(loop.client.search(search))
      expect(ids).toEqual(['1', '2', '3'])
      expect(error).toMatchObject(refused)
      const back = fake(
        (_request, number) => page([`${number}`], number === 1 ? '?n=2' : first)(),
        {
          searchMethod: 'get',
        },
      )
      expect((await walked(back.client.search(search))).error).toMatchObject(refused)
      expect(back.seen).toHaveLength(2)
    })

    test('at a page of only seen entries that has a next link', async () => {
      const { client, seen } = fake((_request, number) => page(['1', '2'], `?n=${number}`)())
      const { ids, error } = await walked(client.search(search))
      expect(ids).toEqual(['1', '2'])
      expect(error).toMatchObject({ ...refused, received: 2, pages: 2 })
      expect(seen).toHaveLength(2)
    })

    test('at maxPages, with an error that says so', async () => {
      const { client, seen } = fake((_request, number) => page([`${number}`], `?n=${number}`)())
      const { ids, error } = await walked(client.search(search, { maxPages: 3 }))
      expect(ids).toEqual(['1', '2', '3'])
      expect(error).toMatchObject({
        code: 'ERR_CQ_PAGE_LIMIT',
        operation: 'patients.search',
        origin: 'https://fhir.example.org',
        received: 3,
        pages: 3,
      })
      expect(seen).toHaveLength(3)
      const exact = fake(inTurn(page(['1'], '?n=2'), page(['2'])))
      const whole = await walked(exact.client.search(search, { maxPages: 2 }))
      expect(whole).toEqual({ ids: ['1', '2'], error: undefined })
    })
  })

  describe('R20: a later page that fails throws after all earlier hits', () => {
    const broken = new Response('{"Zebulon-Marker', {
      headers: { 'content-type': 'application/fhir+json' },
    })
    test.each<[string, () => Response | Promise<Response>, object, number]>([
      [
        '404',
        () => fhir(404, outcome('not-found')),
        { code: 'ERR_CQ_PAGE_EXPIRED', retryable: true },
        1,
      ],
      ['410', () => fhir(410, ''), { code: 'ERR_CQ_PAGE_EXPIRED', status: 410 }, 1],
      ['500', () => fhir(500, ''), { code: 'ERR_CQ_UNEXPECTED_STATUS', retryable: true }, 2],
      ['403', () => fhir(403, outcome('forbidden')), { code: 'ERR_CQ_FORBIDDEN' }, 1],
      ['broken JSON', () => broken.clone(), { code: 'ERR_CQ_INVALID_JSON' }, 1],
      ['a Patient', () => fhir(200, patient('9')), { code: 'ERR_CQ_UNEXPECTED_RESOURCE' }, 1],
      ['an error with 200', () => fhir(200, outcome('x')), { code: 'ERR_CQ_OPERATION_FAILED' }, 1],
      ['no network', () => Promise.reject(new TypeError('x')), { code: 'ERR_CQ_NETWORK' }, 3],
      [
        'no answer in time',
        () => new Promise(() => undefined),
        { code: 'ERR_CQ_TIMEOUT', retryable: true },
        1,
      ],
    ])('%s', async (what, second, wanted, asked) => {
      const { client, seen } = fake((_request, number) =>
        number === 1 ? page(['1', '2'], '?n=2')() : second(),
      )
      const timeoutMs = what === 'no answer in time' ? 150 : 60_000
      const { ids, error } = await walked(client.search(search, { timeoutMs }))
      expect(ids).toEqual(['1', '2'])
      expect(error).toMatchObject({ ...wanted, received: 2, pages: 1 })
      expect(JSON.parse(JSON.stringify(error))).toMatchObject({ received: 2, pages: 1 })
      expect(seen).toHaveLength(1 + asked)
      expect(leaks(error)).toEqual([])
    })

    test('and toArray never passes them off as all', async () => {
      const { client } = fake(inTurn(page(['1'], '?n=2'), () => fhir(410, '')))
      const error = await failure(client.search(search).toArray({ max: 100 }))
      expect(error).toMatchObject({ code: 'ERR_CQ_PAGE_EXPIRED', received: 1, pages: 1 })
    })

    test('and a first page that is not there is not an expired one', async () => {
      const { client } = fake(() => fhir(404, ''), { searchMethod: 'get' })
      expect((await failure(client.search(search).first())).code).toBe('ERR_CQ_NOT_FOUND')
    })
  })

  test("each page has the time of its own, and the consumer's is not counted", async () => {
    const time = holdTime()
    const { client } = fake(inTurn(page(['1'], '?n=2'), page(['2'], '?n=3'), page(['3'])))
    const ids: string[] = []
    for await (const { id = '' } of client.search(search, { timeoutMs: 300 })) {
      ids.push(id)
      await time.pass(200)
    }
    expect(ids).toEqual(['1', '2', '3'])
  })

  test("the caller's abort between pages comes back untouched", async () => {
    const leaving = new AbortController()
    const reason = new Error('enough')
    const { client, seen } = fake(inTurn(page(['1'], '?n=2'), page(['2'])))
    const walk = async (): Promise<void> => {
      for await (const hit of client.search(search, { signal: leaving.signal }))
        if (hit.id === '1') leaving.abort(reason)
    }
    await expect(walk()).rejects.toBe(reason)
    expect(seen).toHaveLength(1)
  })

  describe('no more is asked than is used', () => {
    const pages = () => fake(inTurn(page(['1', '2'], '?n=2'), page(['3'], '?n=3'), page(['4'])))

    test('first() requests one page', async () => {
      const { client, seen } = pages()
      expect((await client.search(search).first())?.id).toBe('1')
      expect(seen).toHaveLength(1)
    })

    test('breaking out of the loop asks nothing more', async () => {
      const { client, seen } = pages()
      for await (const { id } of client.search(search)) if (id === '3') break
      await turns()
      expect(seen).toHaveLength(2)
    })

    test('each iteration is a new search', async () => {
      const { client, seen } = fake(page(['1']))
      const results = client.search(search)
      expect((await walked(results)).ids).toEqual(['1'])
      expect((await walked(results)).ids).toEqual(['1'])
      expect(seen).toHaveLength(2)
    })

    test('toArray says whether "max" cut them', async () => {
      const { client, seen } = pages()
      const cut = await client.search(search).toArray({ max: 1 })
      expect([cut.resources.length, cut.complete, seen.length]).toEqual([1, false, 1])
      const next = fake(inTurn(page(['1', '2'], '?n=2'), page([])))
      const all = await next.client.search(search).toArray({ max: 2 })
      expect([all.resources.length, all.complete]).toEqual([2, true])
    })

    test.each([undefined, {}, { max: 0 }, { max: '5' }, { max: Infinity }])(
      'toArray(%j) is a TypeError, unsent',
      async (options) => {
        const { client, seen } = pages()
        const results = client.search(search)
        await expect(results.toArray(options as { max: number })).rejects.toThrow(TypeError)
        expect(seen).toEqual([])
      },
    )
  })
})

describe('parts of a page', () => {
  const search = { identifier: 'a|b' }
  const hit = (resource: unknown, mode?: unknown): object => ({ resource, search: { mode } })
  const organization = { resourceType: 'Organization', id: '7', name: 'A' }

  /** All pages of a search whose server answers these in turn. */
  async function pagesOf(
    pages: readonly (readonly [readonly unknown[], BundleParts?])[],
    parameters: PatientSearchParameters = search,
    options: Partial<FhirPatientClientOptions> = {},
  ): Promise<SearchPage<Patient>[]> {
    const answers = pages.map(
      ([entries, parts]) =>
        () =>
          fhir(200, bundle(entries, parts)),
    )
    const found: SearchPage<Patient>[] = []
    const { client } = fake(inTurn(...answers), options)
    for await (const page of client.search(parameters).pages()) found.push(page)
    return found
  }

  describe('a page gives', () => {
    test('hits, what came along, and what the server remarks, each in its own place', async () => {
      const linked = patient('2')
      const [page] = await pagesOf([
        [
          [
            hit(patient('1'), 'match'),
            hit(linked, 'include'),
            hit(organization, 'include'),
            hit(organization),
            hit(outcome('processing', 'warning'), 'outcome'),
            hit(outcome('informational', 'information')),
          ],
        ],
      ])
      expect(page?.resources).toEqual([patient('1')])
      expect(page?.included).toEqual([linked, organization, organization])
      expect(page?.outcomes.map(({ issue }) => issue[0]?.code)).toEqual([
        'processing',
        'informational',
      ])
      expect(page?.outcomes[0]?.issue[0]?.text).toBe('Zebulon-Marker MRN-777-MARKER')
    })

    test('what came along with each page, though it came before', async () => {
      const pages = await pagesOf([
        [['1', hit(organization, 'include')], { next: '?n=2' }],
        [['2', hit(organization, 'include')]],
      ])
      expect(pages.map(({ included }) => included)).toEqual([[organization], [organization]])
    })

    test('its own total, and no total that is none', async () => {
      const pages = await pagesOf([
        [['1'], { total: 3, next: '?n=2' }],
        [['2'], { next: '?n=3' }],
        [['3'], { total: 0 }],
      ])
      expect(pages.map(({ total }) => total)).toEqual([3, undefined, 0])
    })

    test('nothing but a total where only that was asked for', async () => {
      const [page] = await pagesOf([[[], { total: 812 }]], { ...search, _summary: 'count' })
      expect(page).toMatchObject({ total: 812, resources: [], included: [], outcomes: [] })
    })

    test('each ignored parameter once, by the first page: later self links are cursors', async () => {
      const sent = { given: ['a', 'b'], identifier: 'c', _count: 1 }
      const pages = await pagesOf(
        [
          [['1'], { self: `${base}/Patient?identifier=c&_count=1`, next: '?n=2' }],
          [['2'], { self: `${base}?_getpages=abc` }],
        ],
        sent,
      )
      expect(pages.map(({ ignoredParameters }) => ignoredParameters)).toEqual([
        ['given'],
        ['given'],
      ])
      const without = await pagesOf(
        [
          [['1'], { next: '?n=2' }],
          [['2'], { self: `${base}?_getpages=abc` }],
        ],
        sent,
      )
      expect(without.map(({ ignoredParameters }) => ignoredParameters)).toEqual([[], []])
    })

    test('the bundle as it came, hits that were given before included', async () => {
      const pages = await pagesOf([[['1', '2'], { next: '?n=2' }], [['2', '3', '3']]])
      expect(pages.map(({ resources }) => resources.map(({ id }) => id))).toEqual([
        ['1', '2'],
        ['3'],
      ])
      expect(pages[1]?.bundle).toEqual(bundle(['2', '3', '3']))
    })
  })

  test('an answer that says 200 and holds an outcome alone is not an empty page', async () => {
    const { client } = fake(() => fhir(200, outcome('processing')))
    expect((await failure(client.search(search).first())).code).toBe('ERR_CQ_OPERATION_FAILED')
  })

  test('hits of another type are those of that type', async () => {
    const entries = [
      '1',
      hit({ resourceType: 'Observation', id: '1', status: 'final' }),
      hit(outcome('x', 'warning'), 'outcome'),
    ]
    const { fetch } = recording(() => fhir(200, bundle(entries)))
    const client = new FhirClient({ baseUrl: base, fetch })
    for await (const page of client.search('Observation', { code: 'a' }).pages()) {
      expect(page.resources.map(({ status }) => status)).toEqual(['final'])
      expect(page.included).toEqual([patient('1')])
    }
  })

  describe('with validation off', () => {
    const off = { validation: 'off' } as const
    const odd = [
      { resourceType: 'Patient' },
      { resourceType: 'Patient', id: 5 },
      { resourceType: 'Patient', id: null },
    ]

    test('hits without an id are given, each of them, page for page', async () => {
      const twice = [odd.map((one) => hit(one)), { next: '?n=2' }] as const
      const pages = await pagesOf([twice, [odd.map((one) => hit(one))]], search, off)
      expect(pages.map(({ resources }) => resources)).toEqual([odd, odd])
    })

    test('entries without a resource are still counted and not given', async () => {
      const entries = [null, 5, {}, { resource: { id: '1' } }, { resource: null }, '1']
      const { client, events } = fake(() => fhir(200, bundle(entries)), off)
      expect((await walked(client.search(search))).ids).toEqual(['1'])
      expect(events).toMatchObject([{ type: 'search.odd-entries', count: 5 }])
    })

    test('what is no Bundle, another patient, and no JSON are errors all the same', async () => {
      const { client } = fake(
        inTurn(
          () => fhir(200, patient('1')),
          () => fhir(200, { resourceType: 'Bundle', entry: {} }),
        ),
        off,
      )
      expect((await failure(client.search(search).first())).code).toBe('ERR_CQ_UNEXPECTED_RESOURCE')
      expect((await failure(client.search(search).first())).code).toBe('ERR_CQ_INVALID_RESPONSE')
      const other = fake(() => fhir(200, patient('2')), off)
      expect((await failure(other.client.read('1'))).code).toBe('ERR_CQ_OTHER_PATIENT')
    })

    test('and with it on, a hit without an id is an error without its values', async () => {
      for (const resource of odd) {
        const { client } = fake(() =>
          fhir(200, bundle([hit({ ...resource, name: [{ text: 'Zebulon-Marker' }] })])),
        )
        const error = await failure(client.search(search).first())
        expect(error.code).toBe('ERR_CQ_INVALID_RESPONSE')
        expect(leaks(error)).toEqual([])
      }
    })
  })
})

describe('entries of a page', () => {
  const search = { family: 'Zebulon-Marker' }
  const hit = (id: string, search: unknown = { mode: 'match' }): object => ({
    resource: patient(id),
    search,
  })

  test('duplicates on a page and across pages are given once', async () => {
    const { client } = fake(
      inTurn(
        () => fhir(200, bundle(['1', '2', '1'], { next: '?n=2' })),
        () => fhir(200, bundle(['2', '3'], { next: '?n=3' })),
        () => fhir(200, bundle(['1', '2', '3'])),
      ),
    )
    expect(await walked(client.search(search))).toEqual({ ids: ['1', '2', '3'], error: undefined })
    const sizes: number[] = []
    const again = fake(() => fhir(200, bundle(['1', '1'])))
    for await (const { resources } of again.client.search(search).pages())
      sizes.push(resources.length)
    expect(sizes).toEqual([1])
  })

  test('R22: only the type that was asked for is given, in the order of the server', async () => {
    const entries = [
      { resource: { resourceType: 'Observation', id: '9' } },
      hit('1'),
      { resource: patient('2'), search: { mode: 'include' } },
      { resource: { resourceType: 'Organization', id: '3' }, search: { mode: 'include' } },
      hit('4'),
    ]
    const { client } = fake(() => fhir(200, bundle(entries)))
    expect((await walked(client.search(search))).ids).toEqual(['1', '4'])
  })

  test('an entry that does not say why it is there is a hit', async () => {
    const entries = [
      undefined,
      null,
      {},
      { mode: null },
      { mode: 'match', score: 1 },
      'match',
      { mode: 'M' },
    ]
    const { client } = fake(() => fhir(200, bundle(entries.map((one, n) => hit(`${n}`, one)))))
    expect((await walked(client.search(search))).ids).toEqual(entries.map((_, n) => `${n}`))
  })

  test('a patient that came along with another may be a hit of a later page', async () => {
    const { client } = fake(
      inTurn(
        () => fhir(200, bundle([hit('1'), hit('2', { mode: 'include' })], { next: '?n=2' })),
        () => fhir(200, bundle([hit('2')])),
      ),
    )
    expect((await walked(client.search(search))).ids).toEqual(['1', '2'])
  })

  test('what the server says about the search is an event with codes alone', async () => {
    const said = { resource: outcome('processing', 'warning'), search: { mode: 'outcome' } }
    const { client, events } = fake(() => fhir(200, bundle([said, '1', said])))
    expect((await walked(client.search(search))).ids).toEqual(['1'])
    expect(events).toMatchObject([
      { type: 'search.outcome', baseUrl: base, issueCodes: ['processing'] },
    ])
    expect(leaks(events)).toEqual([])
  })

  test('R22: entries that hold no resource are counted in an event', async () => {
    const odd = [null, 5, [], {}, { resource: null }, { resource: [] }, { resource: { id: '1' } }]
    const { client, events } = fake(() => fhir(200, bundle([...odd, '1'])))
    expect((await walked(client.search(search))).ids).toEqual(['1'])
    expect(events).toMatchObject([{ type: 'search.odd-entries', count: odd.length }])
  })

  test.each([undefined, null, 5, {}])('a Patient whose id is %j is an error', async (id) => {
    const entries = ['1', { resource: { resourceType: 'Patient', id, name: 'Zebulon-Marker' } }]
    const { client } = fake(() => fhir(200, bundle(entries)))
    const error = await failure(client.search(search).first())
    expect(error).toMatchObject({ code: 'ERR_CQ_INVALID_RESPONSE', issues: ['entry.resource.id'] })
    expect(error).toMatchObject({ received: 0, pages: 0 })
    expect(leaks(error)).toEqual([])
  })

  test.each([
    [{ resourceType: 'Bundle', entry: {} }, ['entry']],
    [{ resourceType: 'Bundle', entry: 'Zebulon-Marker' }, ['entry']],
    [{ resourceType: 'Bundle', link: {}, entry: 5 }, ['link', 'entry']],
  ])('%j is an error that names the members', async (body, issues) => {
    const { client } = fake(() => fhir(200, body))
    const error = await failure(client.search(search).first())
    expect(error).toMatchObject({ code: 'ERR_CQ_INVALID_RESPONSE', issues })
    expect(leaks(error)).toEqual([])
  })

  test('resources come as the server sent them, unknown members and all', async () => {
    const sent = patient('1', { _birthDate: { extension: [] }, unknown: { deep: [1, null, 'a'] } })
    const { client } = fake(() => fhir(200, bundle([{ resource: sent }])))
    expect(await client.search(search).first()).toEqual(sent)
  })

  test('R22: a total that lies changes nothing', async () => {
    for (const total of [0, -1, 1e9, 3.5]) {
      const { client } = fake(() => fhir(200, bundle(['1'], { total })))
      expect((await walked(client.search(search))).ids).toEqual(['1'])
    }
    const text = fake(() => fhir(200, { ...bundle(['1']), total: 'many' }))
    for await (const page of text.client.search(search).pages())
      expect(page).not.toHaveProperty('total')
  })

  test('R22: a large page is given whole', async () => {
    const ids = Array.from({ length: 50_000 }, (_, n) => `${n}`)
    const { client } = fake(() => fhir(200, bundle(ids)))
    const { resources, complete } = await client.search(search).toArray({ max: 100_000 })
    expect([resources.length, complete]).toEqual([50_000, true])
  })
})
