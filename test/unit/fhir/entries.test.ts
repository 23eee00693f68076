import { expect, test } from 'vitest'
import { bundle, failure, fake, fhir, inTurn, leaks, outcome } from '../../support/fhir-answers.ts'
import { base, patient, walked } from '../../support/fhir-answers.ts'

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
