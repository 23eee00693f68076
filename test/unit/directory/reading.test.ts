import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { EntryReader } from '../../../src/directory/select/entry-reader.ts'
import {
  failureOf,
  jsonAnswer,
  silence,
  wire,
  type Wire,
  xmlAnswer,
} from '../../support/answering-fetch.ts'
import { BASE, directoryOf, endpoint, organization, page } from '../../support/directory-wire.ts'
import { holdTime, settledIn, turns } from '../../support/time.ts'
import { selectEndpoint } from '../../../src/directory/select/select-endpoint.ts'

const OID = '2.999.1'

describe('reading an organization', () => {
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
    const directoryWith = (
      answers: Readonly<Record<string, () => Response>>,
      entry: object,
    ): Wire =>
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
        '/Endpoint/html': () =>
          new Response('<html>', { headers: { 'content-type': 'text/html' } }),
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
      expect(await failureOf(directoryOf(to, { fallback: copy }).read(OID))).toMatchObject({
        status,
      })
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
})

describe('references to endpoints', () => {
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
      [
        'https://directory.example/other/Endpoint/e1',
        'https://directory.example/other/Endpoint/e1',
      ],
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
        if (!isEntry(request))
          return jsonAnswer(endpoint('https://e.example', { id: 'e1', status }))
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
})
