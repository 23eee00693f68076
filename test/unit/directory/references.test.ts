import { describe, expect, test } from 'vitest'
import {
  failureOf,
  jsonAnswer,
  silence,
  wire,
  xmlAnswer,
  type Wire,
} from '../../support/answering-fetch.ts'
import { BASE, directoryOf, endpoint, organization } from '../../support/directory-wire.ts'
import { selectEndpoint } from '../../../src/directory/select/select-endpoint.ts'
import { turns } from '../../support/time.ts'

const OID = '2.999.1'
const referring = (...references: readonly unknown[]): object =>
  organization(OID, { endpoint: references.map((reference) => ({ reference })) })
const idOf = (url: string): string => new URL(url).pathname.split('/').at(-1) ?? ''
const isEntry = ({ url }: Request): boolean => url.includes('/Organization/')

/** A directory with one entry, whose Endpoints are where they are asked for. */
const serving = (
  entry: object,
  answer: (id: string, request: Request) => Response | Promise<Response> = (id) =>
    jsonAnswer(endpoint(`https://${id}.example/fhir`, { id })),
): Wire =>
  wire((request) => (isEntry(request) ? jsonAnswer(entry) : answer(idOf(request.url), request)))
const urlsOf = (to: Wire): readonly string[] => to.requests.slice(1).map(({ url }) => url)
const kept = async (to: Wire): Promise<boolean> => {
  const directory = directoryOf(to)
  await directory.readCached(OID)
  const before = to.requests.length
  await directory.readCached(OID)
  return to.requests.length === before
}

describe('an Endpoint that an entry refers to', () => {
  test.each([
    ['Endpoint/e1', `${BASE}/Endpoint/e1`],
    ['Endpoint/e1/_history/2', `${BASE}/Endpoint/e1/_history/2`],
    [`${BASE}/Endpoint/e1`, `${BASE}/Endpoint/e1`],
    ['HTTPS://Directory.Example:443/fhir/Endpoint/e1', `${BASE}/Endpoint/e1`],
    ['https://directory.example/other/Endpoint/e1', 'https://directory.example/other/Endpoint/e1'],
  ])('%s is fetched from the directory', async (reference, url) => {
    const to = serving(referring(reference), () =>
      jsonAnswer(endpoint('https://e.example/fhir', { id: 'e1' })),
    )
    const entry = await directoryOf(to).read(OID)
    expect(entry.endpoints).toMatchObject([
      { address: 'https://e.example/fhir', source: 'referenced', status: 'active' },
    ])
    expect(entry.unreadable).toEqual([])
    expect(urlsOf(to)).toEqual([url])
    expect(to.requests[1]?.headers.get('authorization')).toBe('api-key the-key')
    expect(to.requests[1]?.headers.get('accept')).toBe('application/fhir+json')
    expect(to.requests[1]?.headers.has('if-none-match')).toBe(false)
  })

  test('carries the key in the query where the release has it there, and only there', async () => {
    const to = wire((request) =>
      isEntry(request)
        ? xmlAnswer(
            `<Organization><id value="${OID}"/><endpoint><reference value="Endpoint/e1"/></endpoint></Organization>`,
          )
        : xmlAnswer('<Endpoint><id value="e1"/><address value="https://e.example"/></Endpoint>'),
    )
    const { endpoints } = await directoryOf(to, { release: 'carequality-stu3' }).read(OID)
    expect(endpoints).toMatchObject([{ address: 'https://e.example' }])
    expect(urlsOf(to)).toEqual([`${BASE}/Endpoint/e1?apikey=the-key&_format=xml`])
    expect(to.requests[1]?.headers.has('authorization')).toBe(false)
  })

  test.each([
    'https://evil.example/fhir/Endpoint/e1',
    'https://directory.example.evil.example/fhir/Endpoint/e1',
    'https://directory.example:8443/fhir/Endpoint/e1',
    'http://directory.example/fhir/Endpoint/e1',
    'https://directory.example@evil.example/Endpoint/e1',
    '//evil.example/Endpoint/e1',
    '//directory.example/fhir/Endpoint/e1',
    '/fhir/Endpoint/e1',
    './Endpoint/e1',
    '../Endpoint/e1',
    'Endpoint/../Endpoint/e1',
    'Endpoint/..',
    'Endpoint/.',
    `${BASE}/../admin/Endpoint/e1`,
    `${BASE}/./Endpoint/e1`,
    'Endpoint/',
    'Endpoint/a b',
    'Endpoint/a%2fb',
    'Endpoint/e1?x=y',
    'Endpoint/e1#x',
    'Endpoint/e1/$op',
    `Endpoint/${'x'.repeat(65)}`,
    'Organization/2.999.2',
    'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
    `${BASE}/x?q=/Endpoint/e1`,
    `${BASE}/%2e%2e/admin/Endpoint/e1`,
    'https://u:p@directory.example/fhir/Endpoint/e1',
    'file:///Endpoint/e1',
  ])('%s is not asked for, and named with its place', async (reference) => {
    const to = serving(referring('Endpoint/good', reference))
    const entry = await directoryOf(to).read(OID)
    expect(urlsOf(to)).toEqual([`${BASE}/Endpoint/good`])
    expect(entry.endpoints.map(({ address }) => address)).toEqual(['https://good.example/fhir'])
    expect(entry.unreadable?.map(({ path }) => path)).toEqual(['endpoint.1'])
    expect(entry.unreadable?.[0]?.reason).toMatch(/not fetched|could not be fetched/)
    expect(entry.unreadable?.[0]?.reason).not.toMatch(/evil|admin|u:p/)
  })

  test('that is contained is not asked for', async () => {
    const contained = [endpoint('https://c.example', { id: 'c' })]
    const to = serving({ ...referring('#c'), contained })
    const { endpoints } = await directoryOf(to).read(OID)
    expect(endpoints).toMatchObject([{ address: 'https://c.example', source: 'contained' }])
    expect(to.requests).toHaveLength(1)
  })

  test('that is another one than asked for is not taken', async () => {
    const to = serving(referring('Endpoint/e1'), () =>
      jsonAnswer(endpoint('https://other.example', { id: 'e2' })),
    )
    const entry = await directoryOf(to).read(OID)
    expect(entry.endpoints).toEqual([])
    expect(entry.unreadable).toHaveLength(1)
  })
})

describe('many of them', () => {
  test('are fetched 20 at most, the others named', async () => {
    const to = serving(referring(...Array.from({ length: 25 }, (_, at) => `Endpoint/e${at}`)))
    const entry = await directoryOf(to).read(OID)
    expect(to.requests).toHaveLength(21)
    expect(entry.endpoints).toHaveLength(20)
    expect(entry.unreadable?.map(({ path }) => path)).toEqual(
      [20, 21, 22, 23, 24].map((at) => `endpoint.${at}`),
    )
    expect(entry.unreadable?.[0]?.reason).toContain('past the first 20')
  })

  test('stand in the order of the document, whichever comes first', async () => {
    const ids = Array.from({ length: 12 }, (_, at) => `e${at}`)
    const to = serving(referring(...ids.map((id) => `Endpoint/${id}`)), async (id) => {
      await turns(12 - Number(id.slice(1)))
      return jsonAnswer(endpoint(`https://${id}.example`, { id }))
    })
    const { endpoints } = await directoryOf(to).read(OID)
    expect(endpoints.map(({ address }) => address)).toEqual(
      ids.map((id) => `https://${id}.example`),
    )
  })

  test('are asked for a few at a time', async () => {
    let open = 0
    let most = 0
    const ids = Array.from({ length: 20 }, (_, at) => `Endpoint/e${at}`)
    const to = serving(referring(...ids), async (id) => {
      most = Math.max(most, (open += 1))
      await turns(2)
      open -= 1
      return jsonAnswer(endpoint(`https://${id}.example`, { id }))
    })
    await directoryOf(to).read(OID)
    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThanOrEqual(5)
  })

  test('are judged like contained ones, after these', async () => {
    const contained = [endpoint('https://c.example', { id: 'c', status: 'off' })]
    const to = serving({ ...referring('#c', 'Endpoint/e1', 'Endpoint/e2'), contained })
    const chosen = await selectEndpoint(await directoryOf(to).read(OID))
    expect(chosen.endpoint?.address).toBe('https://e1.example/fhir')
    expect(chosen.alternatives.map(({ address }) => address)).toEqual(['https://e2.example/fhir'])
  })
})

describe('one that cannot be had leaves the others, and a reason', () => {
  test.each([
    ['404', () => jsonAnswer({}, {}, 404), '404', true, 1],
    ['410', () => jsonAnswer({}, {}, 410), '410', true, 1],
    ['403', () => jsonAnswer({}, {}, 403), '403', true, 1],
    ['500', () => jsonAnswer({}, {}, 500), '500', false, 2],
    ['503', () => jsonAnswer({}, {}, 503), '503', false, 3],
    ['429', () => jsonAnswer({}, {}, 429), '429', false, 3],
    ['a network failure', () => Promise.reject(new TypeError('x')), 'ERR_CQ_NETWORK', false, 3],
    [
      'HTML',
      () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
      'ERR_CQ_UNEXPECTED_CONTENT',
      true,
      1,
    ],
    [
      'an outcome',
      () => jsonAnswer({ resourceType: 'OperationOutcome' }),
      'ERR_CQ_UNEXPECTED_RESOURCE',
      true,
      1,
    ],
    [
      'an Organization',
      () => jsonAnswer(organization('bad')),
      'ERR_CQ_UNEXPECTED_RESOURCE',
      true,
      1,
    ],
    [
      'no address',
      () => jsonAnswer({ resourceType: 'Endpoint', id: 'bad' }),
      'without an address',
      true,
      1,
    ],
    [
      'a redirect elsewhere',
      () => new Response(null, { status: 302, headers: { location: 'https://evil.example/' } }),
      'ERR_CQ_REDIRECT_REFUSED',
      true,
      1,
    ],
  ] as const)('%s', async (_, answer, reason, isKept, requests) => {
    const to = serving(referring('Endpoint/a', 'Endpoint/bad', 'Endpoint/b'), (id) =>
      id === 'bad' ? answer() : jsonAnswer(endpoint(`https://${id}.example`, { id })),
    )
    const entry = await directoryOf(to).read(OID)
    expect(entry.endpoints.map(({ address }) => address)).toEqual([
      'https://a.example',
      'https://b.example',
    ])
    expect(entry.unreadable).toMatchObject([{ path: 'endpoint.1' }])
    expect(entry.unreadable?.[0]?.reason).toContain(reason)
    expect(urlsOf(to).filter((url) => url.endsWith('/bad'))).toHaveLength(requests)
    expect(new Set(urlsOf(to).map((url) => new URL(url).origin)).size).toBe(1)
    expect(await kept(to)).toBe(isKept)
  })

  test('but what ends the call ends it here, too', async () => {
    const reason = new Error('the user left')
    const leaving = new AbortController()
    const to = serving(referring('Endpoint/a'), (_, request) => {
      leaving.abort(reason)
      return silence(request)
    })
    const call = directoryOf(to).read(OID, { signal: leaving.signal })
    expect(await failureOf(call)).toBe(reason)
    const slow = serving(referring('Endpoint/a'), (_, request) => silence(request))
    expect(await failureOf(directoryOf(slow).read(OID, { timeoutMs: 30 }))).toMatchObject({
      code: 'ERR_CQ_TIMEOUT',
    })
  })

  test('and a key that cannot be had is an error', async () => {
    const keys = ['k']
    const to = serving(referring('Endpoint/a'))
    const apiKey = (): string => keys.pop() ?? ''
    expect(await failureOf(directoryOf(to, { apiKey }).read(OID))).toBeInstanceOf(TypeError)
  })
})

describe('an entry with references', () => {
  test('is asked for anew though it did not change itself: its Endpoints may have', async () => {
    let status = 'active'
    const to = wire((request) => {
      if (!isEntry(request)) return jsonAnswer(endpoint('https://e.example', { id: 'e1', status }))
      return request.headers.has('if-none-match')
        ? new Response(null, { status: 304 })
        : jsonAnswer(referring('Endpoint/e1'), { etag: '"1"' })
    })
    const directory = directoryOf(to)
    expect((await directory.read(OID)).endpoints).toMatchObject([{ status: 'active' }])
    status = 'off'
    expect((await directory.read(OID)).endpoints).toMatchObject([{ status: 'off' }])
  })

  test('that is searched for by identifier has its Endpoints as well', async () => {
    const long = `2.999.${'1234567890.'.repeat(6)}7`
    const found = {
      ...referring('Endpoint/e1'),
      id: 'x',
      identifier: [{ value: `urn:oid:${long}` }],
    }
    const to = wire(({ url }) =>
      url.includes('/Endpoint/')
        ? jsonAnswer(endpoint('https://e.example', { id: 'e1' }))
        : jsonAnswer({ resourceType: 'Bundle', entry: [{ resource: found }] }),
    )
    expect((await directoryOf(to).read(long)).endpoints).toHaveLength(1)
    expect(to.requests).toHaveLength(2)
  })

  test('is not completed by a search: what came along is taken, the others are named', async () => {
    const to = wire(() =>
      jsonAnswer({
        resourceType: 'Bundle',
        entry: [
          { resource: referring('Endpoint/e1', 'Endpoint/e2', `${BASE}/Endpoint/e3`) },
          {
            resource: endpoint('https://e1.example', { id: 'e1' }),
            search: { mode: 'include' },
          },
          { fullUrl: `${BASE}/Endpoint/e3`, resource: endpoint('https://e3.example') },
        ],
      }),
    )
    const { entries } = await directoryOf(to).search({})
    expect(entries).toHaveLength(1)
    expect(entries[0]?.endpoints.map(({ address }) => address)).toEqual([
      'https://e1.example',
      'https://e3.example',
    ])
    expect(entries[0]?.unreadable).toEqual([
      { path: 'endpoint.1', reason: 'an Endpoint that was not fetched' },
    ])
    expect(to.requests).toHaveLength(1)
  })
})
