import { describe, expect, test } from 'vitest'
import { base, bundle, fake, fhir, inTurn, leaks, outcome } from '../../support/fhir-answers.ts'
import { failure, patient, walked, type BundleParts } from '../../support/fhir-answers.ts'
import { holdTime, turns } from '../../support/time.ts'

const page =
  (entries: readonly unknown[], next?: string, parts: BundleParts = {}) =>
  (): Response =>
    fhir(200, bundle(entries, next === undefined ? parts : { ...parts, next }))

const search = { family: 'Zebulon-Marker' }
const refused = { code: 'ERR_CQ_NEXT_LINK_REFUSED' }

describe('R19: a search ends', () => {
  test('where the server has no more pages', async () => {
    const { client, seen } = fake(inTurn(page(['1'], '?n=2'), page(['2'], '?n=3'), page(['3'])))
    expect(await walked(client.search(search))).toEqual({ ids: ['1', '2', '3'], error: undefined })
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
    const back = fake((_request, number) => page([`${number}`], number === 1 ? '?n=2' : first)(), {
      searchMethod: 'get',
    })
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
