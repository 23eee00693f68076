import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { EntryReader } from '../../../src/directory/select/entry-reader.ts'
import { failureOf, jsonAnswer, silence, wire, type Wire } from '../../support/answering-fetch.ts'
import { BASE, directoryOf, endpoint, organization, page } from '../../support/directory-wire.ts'
import { holdTime, settledIn } from '../../support/time.ts'

const OID = '2.999.1'
const sent = ({ requests }: Wire): (string | null)[] =>
  requests.map(({ headers }) => headers.get('if-none-match'))

describe('ETag', () => {
  const tagged = (etag: string, more: Record<string, string> = {}): Wire =>
    wire((request) =>
      request.headers.get('if-none-match') === etag
        ? new Response(null, { status: 304, headers: more })
        : jsonAnswer(organization(OID), { etag, ...more }),
    )

  test('goes back as If-None-Match, and a 304 gives the entry at hand', async () => {
    const to = tagged('W/"3"')
    const directory = directoryOf(to)
    const first = await directory.read(OID)
    expect(await directory.read(`urn:oid:${OID}`)).toBe(first)
    expect(sent(to)).toEqual([null, 'W/"3"'])
  })

  test('a 304 makes the entry fresh again', async () => {
    const to = tagged('"a"', { 'cache-control': 'max-age=60' })
    const directory = directoryOf(to)
    await directory.readCached(OID)
    to.now += 61_000
    await directory.readCached(OID)
    to.now += 59_000
    await directory.readCached(OID)
    expect(sent(to)).toEqual([null, '"a"'])
  })

  test.each(['a', '"a', '"a"b"', 'W/a', '"a\u00e9"', `"${'a'.repeat(300)}"`])(
    '%s is none, and does not go back',
    async (etag) => {
      const to = wire(() => jsonAnswer(organization(OID), { etag }))
      const directory = directoryOf(to)
      await directory.read(OID)
      await directory.read(OID)
      expect(sent(to)).toEqual([null, null])
    },
  )

  test('of an answer that must not be stored does not go back', async () => {
    const to = tagged('"a"', { 'cache-control': 'no-store' })
    const directory = directoryOf(to)
    await directory.read(OID)
    await directory.read(OID)
    expect(sent(to)).toEqual([null, null])
  })

  test('a 304 that nobody asked for is an error', async () => {
    const to = wire(() => new Response(null, { status: 304 }))
    expect(await failureOf(directoryOf(to).read(OID))).toMatchObject({
      code: 'ERR_CQ_UNEXPECTED_STATUS',
      status: 304,
    })
  })

  test('of an entry that is gone is forgotten', async () => {
    const to = wire((_, number) =>
      number === 2 ? jsonAnswer({}, {}, 410) : jsonAnswer(organization(OID), { etag: '"a"' }),
    )
    const directory = directoryOf(to)
    await directory.read(OID)
    await failureOf(directory.read(OID))
    await directory.read(OID)
    expect(sent(to)).toEqual([null, '"a"', null])
  })
})

describe('how long an entry is fresh', () => {
  const HOUR = 3_600_000
  const freshFor = async (headers: Record<string, string>, ms: number): Promise<boolean> => {
    const to = wire(() => jsonAnswer(organization(OID), headers))
    const directory = directoryOf(to)
    await directory.readCached(OID)
    to.now += ms
    await directory.readCached(OID)
    return to.requests.length === 1
  }

  test('by Expires, where there is no max-age', async () => {
    const expires = 'Mon, 01 Jun 2026 12:10:00 GMT'
    expect(await freshFor({ expires }, 599_999)).toBe(true)
    expect(await freshFor({ expires }, 600_000)).toBe(false)
    const date = 'Mon, 01 Jun 2026 12:09:00 GMT'
    expect(await freshFor({ expires, date }, 60_000)).toBe(false)
    expect(await freshFor({ expires, 'cache-control': 'max-age=5' }, 6000)).toBe(false)
  })

  test.each(['2018-08-20 17:16:24 -0500', '0', '-1', 'soon', ''])(
    'an Expires of %j is ignored',
    async (expires) => {
      expect(await freshFor({ expires }, HOUR - 1)).toBe(true)
      expect(await freshFor({ expires }, HOUR)).toBe(false)
    },
  )
})

describe('referenced Endpoints', () => {
  const referring = (...references: string[]): object =>
    organization(OID, { endpoint: references.map((reference) => ({ reference })) })
  const directoryWith = (answers: Readonly<Record<string, () => Response>>, entry: object): Wire =>
    wire(({ url }) => {
      if (url.includes('/Organization/')) return jsonAnswer(entry, { etag: '"a"' })
      return answers[url.replace(BASE, '')]?.() ?? jsonAnswer({}, {}, 404)
    })
  const found =
    (address: string): (() => Response) =>
    () =>
      jsonAnswer(endpoint(address))

  test('are fetched on the directory, with its key, and stand in the order of the document', async () => {
    const to = directoryWith(
      {
        '/Endpoint/a': found('https://a.example'),
        '/Endpoint/b': found('https://b.example'),
        '/Endpoint/c/_history/2': found('https://c.example'),
      },
      referring('Endpoint/b', `${BASE}/Endpoint/a`, 'Endpoint/c/_history/2'),
    )
    const entry = await directoryOf(to).read(OID)
    expect(entry.endpoints).toMatchObject([
      { address: 'https://b.example', source: 'referenced' },
      { address: 'https://a.example' },
      { address: 'https://c.example' },
    ])
    expect(entry.unreadable).toEqual([])
    expect(to.requests).toHaveLength(4)
    for (const { headers } of to.requests)
      expect(headers.get('authorization')).toBe('api-key the-key')
  })

  test.each([
    'https://evil.example/fhir/Endpoint/a',
    'http://directory.example/fhir/Endpoint/a',
    'https://directory.example:444/fhir/Endpoint/a',
    'Endpoint/../Organization/1',
    'Endpoint/..',
    'Patient/1',
    'Endpoint/a?x=1',
    'urn:uuid:1',
    'Endpoint/',
  ])('%s is not fetched, and said so', async (reference) => {
    const to = directoryWith({}, referring(reference))
    const entry = await directoryOf(to).read(OID)
    expect(to.requests).toHaveLength(1)
    expect(entry.endpoints).toEqual([])
    expect(entry.unreadable).toEqual([
      { path: 'endpoint.0', reason: 'an Endpoint that is not in this directory, not fetched' },
    ])
  })

  test('one that cannot be had leaves the others', async () => {
    const answers = {
      '/Endpoint/good': found('https://good.example'),
      '/Endpoint/html': () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
      '/Endpoint/bare': () => jsonAnswer({ resourceType: 'Endpoint' }),
      '/Endpoint/other': () => jsonAnswer(organization(OID)),
    }
    const names = ['missing', 'html', 'good', 'bare', 'other']
    const to = directoryWith(
      answers,
      referring(...names.map((name) => `Endpoint/${name}`), '#gone'),
    )
    const entry = await directoryOf(to).read(OID)
    expect(entry.endpoints.map(({ address }) => address)).toEqual(['https://good.example'])
    const reasons = new Map((entry.unreadable ?? []).map(({ path, reason }) => [path, reason]))
    expect(Object.fromEntries(reasons)).toEqual({
      'endpoint.0': 'an Endpoint for which the directory returned 404',
      'endpoint.1': 'an Endpoint that could not be fetched (ERR_CQ_UNEXPECTED_CONTENT)',
      'endpoint.3': 'an Endpoint without an address',
      'endpoint.4': 'an Endpoint that could not be fetched (ERR_CQ_UNEXPECTED_RESOURCE)',
      'endpoint.5': 'a contained Endpoint that is not there',
    })
  })

  test('20 are fetched at most', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `Endpoint/${index}`)
    const answers = Object.fromEntries(
      names.map((name) => [`/${name}`, found('https://a.example')]),
    )
    const to = directoryWith(answers, referring(...names))
    const entry = await directoryOf(to).read(OID)
    expect([to.requests.length, entry.endpoints.length, entry.unreadable?.length]).toEqual([
      21, 20, 5,
    ])
    expect(entry.unreadable?.[0]?.reason).toBe('an Endpoint past the first 20, not fetched')
  })

  test('an entry is not remembered where one may come the next time', async () => {
    let down = true
    const answers = {
      '/Endpoint/a': () =>
        down ? jsonAnswer({}, {}, 503) : jsonAnswer(endpoint('https://a.example')),
    }
    const to = directoryWith(answers, referring('Endpoint/a'))
    const directory = directoryOf(to)
    expect((await directory.readCached(OID)).endpoints).toEqual([])
    down = false
    expect((await directory.readCached(OID)).endpoints).toHaveLength(1)
  })

  test('on a search page those that came along are taken, and the others named', async () => {
    const to = wire(() =>
      jsonAnswer({
        resourceType: 'Bundle',
        entry: [
          { resource: referring('Endpoint/a', 'Endpoint/b') },
          { resource: endpoint('https://a.example', { id: 'a' }), search: { mode: 'include' } },
        ],
      }),
    )
    const { entries, unreadable } = await directoryOf(to).search({})
    expect(entries).toMatchObject([
      {
        endpoints: [{ address: 'https://a.example', source: 'referenced' }],
        unreadable: [{ path: 'endpoint.1', reason: 'an Endpoint that was not fetched' }],
      },
    ])
    expect(unreadable).toEqual([])
    expect(to.requests).toHaveLength(1)
  })
})

describe('the fallback', () => {
  const copy: EntryReader = {
    read: (id) =>
      Promise.resolve({
        id,
        name: 'from the copy',
        active: true,
        endpoints: [],
        resource: undefined,
        snapshot: { asOf: 1, ageMs: 7 },
      }),
  }

  test.each([
    ['no connection', () => Promise.reject(new TypeError('fetch failed')), 'ERR_CQ_NETWORK'],
    ['503', () => Promise.resolve(jsonAnswer({}, {}, 503)), 'ERR_CQ_UNEXPECTED_STATUS'],
    ['500', () => Promise.resolve(jsonAnswer({}, {}, 500)), 'ERR_CQ_UNEXPECTED_STATUS'],
    ['429', () => Promise.resolve(jsonAnswer({}, {}, 429)), 'ERR_CQ_UNEXPECTED_STATUS'],
  ])('answers after %s', async (_, answer, code) => {
    const to = wire(answer)
    const entry = await directoryOf(to, { fallback: copy }).read(OID)
    expect(entry.name).toBe('from the copy')
    expect(to.events).toContainEqual({ type: 'directory.fallback', at: to.now, code, ageMs: 7 })
  })

  test('answers when half of the time is gone', async () => {
    const directory = directoryOf(
      wire((request) => silence(request)),
      { fallback: copy },
    )
    const time = holdTime()
    const began = performance.now()
    const entry = await settledIn(time, directory.read(OID, { timeoutMs: 100 }))
    expect(entry.name).toBe('from the copy')
    expect(performance.now() - began).toBeLessThan(100)
  })

  test.each([401, 403, 404, 410, 406])('does not answer for %s', async (status) => {
    const to = wire(() => jsonAnswer({}, {}, status))
    expect(await failureOf(directoryOf(to, { fallback: copy }).read(OID))).toMatchObject({ status })
  })

  test('does not answer for what is no directory entry, nor for a caller that left', async () => {
    const odd = directoryOf(
      wire(() => jsonAnswer({ resourceType: 'OperationOutcome' })),
      {
        fallback: copy,
      },
    )
    expect(await failureOf(odd.read(OID))).toMatchObject({ code: 'ERR_CQ_UNEXPECTED_RESOURCE' })
    const reason = new Error('left')
    const gone = directoryOf(
      wire((request) => silence(request)),
      { fallback: copy },
    )
    expect(await failureOf(gone.read(OID, { signal: AbortSignal.abort(reason) }))).toBe(reason)
  })

  test('that does not know the entry says nothing: the own error of the directory stands', async () => {
    const to = wire((request) =>
      request.url.startsWith(BASE) ? jsonAnswer({}, {}, 503) : jsonAnswer({}, {}, 404),
    )
    const fallback = directoryOf(to, { baseUrl: 'https://other.example/fhir' })
    const directory = directoryOf(to, { fallback: { read: (id) => fallback.read(id) } })
    expect(await failureOf(directory.read(OID))).toMatchObject({ status: 503, retryable: true })
    expect(to.events.map(({ type }) => type)).toContain('directory.fallback-failed')
  })

  test('of another environment, or none at all, is a TypeError', () => {
    const to = wire(() => page([]))
    const other = directoryOf(to, { environment: 'dev' })
    expect(() => directoryOf(to, { fallback: other })).toThrow('"fallback"')
    expect(() => directoryOf(to, { fallback: {} as never })).toThrow('"fallback"')
    expect(() => directoryOf(to, { fallback: null as never })).toThrow('"fallback"')
  })
})

test('a release with a reader of its own: what it throws is the fault of the entry', async () => {
  const release = {
    id: 'mine',
    format: 'json',
    apiKey: { in: 'header' },
    baseUrls: {},
    activeParameter: 'active',
    read: (resource: unknown) => {
      if (JSON.stringify(resource).includes('2.999.2')) throw new Error('secret')
      return { id: 'x', name: 'mine', active: true, endpoints: [], resource }
    },
  } as const
  const directory = directoryOf(
    wire(() => page([organization('2.999.1'), organization('2.999.2')])),
    { release },
  )
  const { entries, unreadable } = await directory.search({})
  expect(entries.map(({ name }) => name)).toEqual(['mine'])
  expect(unreadable).toEqual([
    { index: 1, reason: 'an Organization without an id that can be read' },
  ])
  expect(inspect(unreadable)).not.toContain('secret')
})
