import { describe, expect, test } from 'vitest'
import type { SearchPage, Patient, PatientSearchParameters } from '../../../src/index.ts'
import type { FhirPatientClientOptions } from '../../../src/fhir/index.ts'
import { FhirClient } from '../../../src/fhir/index.ts'
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
  walked,
  type BundleParts,
} from '../../support/fhir-answers.ts'

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
    expect(pages.map(({ ignoredParameters }) => ignoredParameters)).toEqual([['given'], ['given']])
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
    expect(pages.map(({ resources }) => resources.map(({ id }) => id))).toEqual([['1', '2'], ['3']])
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
