import { describe, expect, test } from 'vitest'
import { FhirPatientClient } from '../../../src/index.ts'
import { base, bundle, failure, fake, fhir, leaks, outcome } from '../../support/fhir-answers.ts'
import type { Answers } from '../../support/fhir-answers.ts'

const hits = (): Response => fhir(200, bundle(['1']))
const methods = (seen: readonly { method: string }[]): string[] => seen.map(({ method }) => method)

/** Answers POST as told and GET with a hit. */
function refusing(post: () => Response): Answers {
  return ({ method }) => (method === 'POST' ? post() : hits())
}

test('B4: a search is a form POST to _search, patient data out of the URL', async () => {
  const { client, seen, events } = fake(hits)
  const found = await client.search({ family: 'Zebulon-Marker', birthdate: 'ge1946' }).first()
  expect(found?.id).toBe('1')
  expect(seen).toMatchObject([
    {
      method: 'POST',
      url: `${base}/Patient/_search`,
      body: 'family=Zebulon-Marker&birthdate=ge1946',
    },
  ])
  const { headers } = seen[0] ?? {}
  expect(headers?.get('content-type')).toBe('application/x-www-form-urlencoded')
  expect(headers?.get('accept')).toBe('application/fhir+json')
  expect(headers?.get('prefer')).toBeNull()
  expect(events).toEqual([])
})

test('nothing is asked before the result is used', async () => {
  const { client, seen } = fake(hits)
  const results = client.search({ family: 'a' })
  results.pages()
  await Promise.resolve()
  expect(seen).toEqual([])
  await results.first()
  await results.first()
  expect(seen).toHaveLength(2)
})

const notSupported = (status: number) => () => fhir(status, outcome('not-supported'))
describe('a server that refuses POST', () => {
  test.each([
    [404, () => fhir(404, '')],
    [405, () => fhir(405, '')],
    [415, () => fhir(415, '')],
    [501, () => fhir(501, '')],
    [400, notSupported(400)],
    [403, notSupported(403)],
  ])('with %i is asked by GET once', async (_status, refusal) => {
    const { client, seen, events } = fake(refusing(refusal))
    const { ids } = await all(client, { family: 'Zebulon-Marker', _count: 5 })
    expect(ids).toEqual(['1'])
    expect(methods(seen)).toEqual(['POST', 'GET'])
    expect(seen[1]?.url).toBe(`${base}/Patient?family=Zebulon-Marker&_count=5`)
    expect(seen[1]?.body).toBe('')
    expect(events).toMatchObject([
      { type: 'search.demographics-in-url', baseUrl: base, resourceType: 'Patient' },
    ])
    expect(leaks(events)).toEqual([])
  })

  test.each([
    [400, outcome('invalid'), 'ERR_CQ_OPERATION_FAILED'],
    [400, '', 'ERR_CQ_OPERATION_FAILED'],
    [401, '', 'ERR_CQ_UNAUTHORIZED'],
    [403, '', 'ERR_CQ_FORBIDDEN'],
    [422, outcome('not-supported'), 'ERR_CQ_OPERATION_FAILED'],
    [422, outcome('processing'), 'ERR_CQ_TOO_MANY_RESULTS'],
    [422, '', 'ERR_CQ_TOO_MANY_RESULTS'],
    [429, '', 'ERR_CQ_RATE_LIMITED'],
    [500, outcome('not-supported'), 'ERR_CQ_OPERATION_FAILED'],
    [503, '', 'ERR_CQ_UNEXPECTED_STATUS'],
    [302, '', 'ERR_CQ_REDIRECT_REFUSED'],
    [307, '', 'ERR_CQ_REDIRECT_REFUSED'],
  ])('is not what %i %j means', async (status, body, code) => {
    const location = `${base}/Patient/_search2`
    const { client, seen, events } = fake(() => fhir(status, body, { location }))
    const error = await failure(client.search({ family: 'Zebulon-Marker' }).first())
    expect(error).toMatchObject({ code, received: 0, pages: 0, pathTemplate: '/Patient/_search' })
    expect(new Set(methods(seen))).toEqual(new Set(['POST']))
    expect(events.filter(({ type }) => type.startsWith('search.'))).toEqual([])
    expect(leaks(error)).toEqual([])
  })

  test('is remembered for 24 hours of the injected clock, and told each time', async () => {
    const time = { now: 1_000_000 }
    const { client, seen, events } = fake(
      refusing(() => fhir(404, '')),
      { now: () => time.now },
    )
    const search = () => client.search({ family: 'a' }).first()
    await search()
    time.now += 24 * 3_600_000 - 1
    await search()
    expect(methods(seen)).toEqual(['POST', 'GET', 'GET'])
    time.now += 1
    await search()
    expect(methods(seen)).toEqual(['POST', 'GET', 'GET', 'POST', 'GET'])
    expect(events.map(({ type, at }) => [type, at])).toEqual([
      ['search.demographics-in-url', 1_000_000],
      ['search.demographics-in-url', 1_000_000 + 24 * 3_600_000 - 1],
      ['search.demographics-in-url', 1_000_000 + 24 * 3_600_000],
    ])
  })

  test('is remembered for its own base only', async () => {
    const { client, fetch, seen } = fake(refusing(() => fhir(404, '')))
    await client.search({ family: 'a' }).first()
    const other = new FhirPatientClient({ baseUrl: 'https://fhir.example.org/other', fetch })
    await other.search({ family: 'a' }).first()
    expect(methods(seen)).toEqual(['POST', 'GET', 'POST', 'GET'])
  })

  test('B4: ends a search that must stay out of URLs', async () => {
    const { client, seen, events } = fake(
      refusing(() => fhir(404, '')),
      { searchMethod: 'post-only' },
    )
    for (const asked of [1, 2]) {
      const error = await failure(client.search({ family: 'Zebulon-Marker' }).first())
      expect(error).toMatchObject({
        code: 'ERR_CQ_SEARCH_METHOD_REFUSED',
        operation: 'patients.search',
        origin: 'https://fhir.example.org',
        retryable: false,
        received: 0,
      })
      expect(leaks(error)).toEqual([])
      expect(seen).toHaveLength(asked)
    }
    expect(events).toEqual([])
  })

  test('says so once more when GET fails, too', async () => {
    const { client, seen } = fake(() => fhir(404, ''))
    expect((await failure(client.search({ family: 'a' }).first())).code).toBe('ERR_CQ_NOT_FOUND')
    expect(methods(seen)).toEqual(['POST', 'GET'])
  })
})

test('searchMethod get asks by GET alone, and tells', async () => {
  const { client, seen, events } = fake(hits, { searchMethod: 'get' })
  await client.search({ identifier: 'a|b' }).first()
  await client.search({ _id: '5' }).first()
  expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
    `GET ${base}/Patient?identifier=a%7Cb`,
    `GET ${base}/Patient?_id=5`,
  ])
  expect(events).toHaveLength(1)
})

test('the event shows no query of the base', async () => {
  const baseUrl = `${base}?key=S3CRET-KEY`
  const { client, seen, events } = fake(hits, { baseUrl, searchMethod: 'get' })
  await client.search({ family: 'a' }).first()
  expect(seen[0]?.url).toBe(`${base}/Patient?key=S3CRET-KEY&family=a`)
  expect(events).toHaveLength(1)
  expect(leaks(events)).toEqual([])
})

function all(
  client: FhirPatientClient,
  parameters: Parameters<FhirPatientClient['search']>[0],
): Promise<{ ids: (string | undefined)[] }> {
  return client
    .search(parameters)
    .toArray({ max: 100 })
    .then(({ resources }) => ({ ids: resources.map(({ id }) => id) }))
}
