import { describe, expect, test } from 'vitest'
import { failureOf, jsonAnswer, silence, wire, xmlAnswer } from '../../support/answering-fetch.ts'
import {
  BASE,
  directoryOf,
  next,
  organization,
  organizations,
  page,
  walked,
} from '../../support/directory-wire.ts'
import { holdTime, settledIn, turns } from '../../support/time.ts'

describe('listing', () => {
  describe('next links', () => {
    test.each([
      [`${BASE}?page=2`, `${BASE}?page=2`],
      [`${BASE}/page/2`, `${BASE}/page/2`],
      ['https://directory.example/elsewhere?page=2', 'https://directory.example/elsewhere?page=2'],
      ['Organization?page=2', `${BASE}/Organization?page=2`],
      ['/fhir?page=2', `${BASE}?page=2`],
      ['?_getpages=1', `${BASE}/Organization?_getpages=1`],
    ])('%s is followed to %s', async (link, url) => {
      const to = wire((_, number) =>
        number === 1 ? page(organizations(0, 2), next(link)) : page(organizations(2, 3)),
      )
      const listing = directoryOf(to).entries({ count: 2 })
      expect((await walked(listing)).ids).toEqual(['2.999.0', '2.999.1', '2.999.2'])
      expect(to.requests[1]?.url).toBe(url)
      expect(to.requests[1]?.headers.get('authorization')).toBe('api-key the-key')
      expect(listing.account).toMatchObject({ complete: true, why: [], pages: 2 })
    })

    test('the key of a query release is added anew, and never shown', async () => {
      const xml = (inner: string): Response => xmlAnswer(`<Bundle>${inner}</Bundle>`)
      const entry = (id: string): string =>
        `<entry><resource><Organization><id value="${id}"/></Organization></resource></entry>`
      const link = `<link><relation value="next"/><url value="https://connect.carequality.org/fhir-stu3/1.0.1/Organization?_start=1&amp;apikey=old&amp;_format=xml"/></link>`
      const to = wire((request, number) => {
        if (request.url.includes('_active=false')) return xml(entry('2.999.3'))
        return number === 1 ? xml(link + entry('2.999.1')) : xml(entry('2.999.2'))
      })
      const listing = directoryOf(to, {
        release: 'carequality-stu3',
        baseUrl: undefined,
      }).entries({ count: 1 })
      expect((await walked(listing)).ids).toEqual(['2.999.1', '2.999.2', '2.999.3'])
      expect(to.requests.map(({ url }) => new URL(url).search)).toEqual([
        '?_active=true&_count=1&_sort=orgname&apikey=the-key&_format=xml',
        '?_start=1&_format=xml&apikey=the-key',
        '?_active=false&_count=1&_sort=orgname&apikey=the-key&_format=xml',
        '?_active=false&_count=1&_sort=orgname&_start=1&apikey=the-key&_format=xml',
      ])
      expect(JSON.stringify([to.events, listing.account])).not.toContain('the-key')
    })

    test.each([
      ['leads to another origin', 'https://evil.example/fhir?page=2'],
      ['leads to another origin', 'https://directory.example:8443/fhir?page=2'],
      ['leads to another origin', '//evil.example/fhir'],
      ['leads to another origin', 'http://directory.example/fhir?page=2'],
      ['white space', `${BASE}?a=\tb`],
      ['white space', `${BASE}\\@evil.example`],
      ['not a web address', 'https://'],
      ['another origin', 'mailto:a@b.example'],
    ])('that %s is refused after the entries were given: %s', async (why, link) => {
      const to = wire(() => page(organizations(0, 2), next(link)))
      const listing = directoryOf(to).entries()
      const { ids, error } = await walked(listing)
      expect(ids).toHaveLength(2)
      expect(error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED', received: 2, pages: 1 })
      expect((error as Error).message).toContain(why)
      expect(to.requests).toHaveLength(1)
      expect(listing.account).toMatchObject({ seen: 2, complete: false })
      expect(listing.account.why).toEqual([
        'it ended with ERR_CQ_NEXT_LINK_REFUSED',
        'the directory was not read to its end',
      ])
    })

    test.each([
      [
        'followed before',
        (number: number) => page(organizations(number, number + 1), next(`${BASE}?p`)),
        2,
      ],
      [
        'returned before',
        (number: number) => page(organizations(0, 1), next(`${BASE}?p=${number}`)),
        2,
      ],
      ['10 pages in a row', (number: number) => page([], next(`${BASE}?p=${number}`)), 11],
    ])('a circle ends: %s', async (why, answer, requests) => {
      const to = wire((_, number) => answer(number))
      const { error } = await walked(directoryOf(to).entries())
      expect(error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED' })
      expect((error as Error).message).toContain(why)
      expect(to.requests).toHaveLength(requests)
    })

    test.each([404, 410])(
      'one that expired (%s) is resumed once from the offset',
      async (status) => {
        const to = wire((_, number) => {
          if (number === 1) return page(organizations(0, 2), next(`${BASE}?_getpages=1`))
          if (number === 2) return jsonAnswer({}, {}, status)
          return number === 3
            ? page(organizations(2, 4), { ...next(`${BASE}?_getpages=2`), total: 5 })
            : page(organizations(4, 5), { total: 5 })
        })
        const listing = directoryOf(to).entries({ count: 2 })
        expect((await walked(listing)).ids).toHaveLength(5)
        expect(to.requests[2]?.url).toBe(`${BASE}/Organization?_count=2&_sort=_id&_start=2`)
        expect(listing.account.complete).toBe(true)
        expect(to.events.map(({ type }) => type)).toContain('directory.page-expired')
      },
    )

    test('a second one that expired is an error', async () => {
      const to = wire((request, number) =>
        request.url.includes('_getpages')
          ? jsonAnswer({}, {}, 410)
          : page(organizations(number, number + 1), next(`${BASE}?_getpages=${number}`)),
      )
      const { ids, error } = await walked(directoryOf(to).entries())
      expect(ids).toHaveLength(2)
      expect(error).toMatchObject({ code: 'ERR_CQ_PAGE_EXPIRED', received: 2, pages: 2 })
      expect(to.requests).toHaveLength(4)
    })
  })

  describe('offsets', () => {
    const serving = (
      all: readonly object[],
      total?: number,
      most = Infinity,
    ): ReturnType<typeof wire> =>
      wire((request) => {
        const query = new URL(request.url).searchParams
        const start = Number(query.get('_start') ?? 0)
        const count = Math.min(most, Number(query.get('_count')))
        return page(all.slice(start, start + count), total === undefined ? {} : { total })
      })

    test.each([
      ['a total that is reached by a short page', 3, 3, 2],
      ['an empty page, where a full one reached the total', 4, 4, 3],
      ['an empty page, where the total is too small', 4, 2, 3],
      ['an empty page, where there is no total', 4, undefined, 3],
      ['a short page, where there is no total', 5, undefined, 3],
      ['an empty page, after a first one that is short', 1, undefined, 2],
    ])('end with %s', async (_, size, total, requests) => {
      const to = serving(organizations(0, size), total)
      const listing = directoryOf(to).entries({ count: 2 })
      expect((await walked(listing)).ids).toHaveLength(size)
      expect(listing.account).toMatchObject({ complete: true, total })
      expect(to.requests).toHaveLength(requests)
    })

    test('go on where the server gives fewer than asked for', async () => {
      for (const total of [5, undefined]) {
        const to = serving(organizations(0, 5), total, 2)
        const listing = directoryOf(to).entries({ count: 100 })
        expect((await walked(listing)).ids).toHaveLength(5)
        expect(listing.account.complete).toBe(true)
      }
    })

    test('a server that ignores them and says nothing of a total ends the list at a short page', async () => {
      const to = wire(() => page(organizations(0, 2)))
      const listing = directoryOf(to).entries({ count: 5 })
      expect((await walked(listing)).ids).toHaveLength(2)
      expect(listing.account).toMatchObject({ complete: true, duplicates: 2, pages: 2 })
    })
  })

  describe('the two lists of the legacy directory', () => {
    const xml = (...ids: string[]): Response =>
      xmlAnswer(
        `<Bundle><total value="${ids.length}"/>${ids.map((id) => `<entry><resource><Organization><id value="${id}"/></Organization></resource></entry>`).join('')}</Bundle>`,
      )
    const legacy = { release: 'carequality-stu3', baseUrl: undefined } as const

    test('are added up', async () => {
      const to = wire((request) =>
        request.url.includes('_active=true') ? xml('2.999.1', '2.999.2') : xml('2.999.3'),
      )
      const listing = directoryOf(to, legacy).entries()
      expect((await walked(listing)).ids).toHaveLength(3)
      expect(listing.account).toMatchObject({ total: 3, pages: 2, complete: true })
    })

    test('are one where the server does not tell them apart', async () => {
      const to = wire(() => xml('2.999.1', '2.999.2'))
      const listing = directoryOf(to, legacy).entries()
      expect((await walked(listing)).ids).toHaveLength(2)
      expect(listing.account).toMatchObject({ duplicates: 2, complete: true })
    })

    test('are one where the caller asks for one', async () => {
      const to = wire(() => xml('2.999.1'))
      await walked(directoryOf(to, legacy).entries({ active: false }))
      expect(to.requests).toHaveLength(1)
      expect(to.requests[0]?.url).toContain('_active=false')
    })
  })

  describe('the account', () => {
    const rubbish = [
      null,
      { resource: 'secret' },
      { resource: { resourceType: 'Organization', name: 'secret' } },
      {},
    ]
    const half = {
      resourceType: 'Bundle',
      total: 6,
      entry: [
        { resource: organization('2.999.1') },
        ...rubbish,
        { resource: organization('2.999.2') },
      ],
    }

    test('a page that is half rubbish gives its good entries and reports the others', async () => {
      const to = wire(() => jsonAnswer(half))
      const listing = directoryOf(to).entries()
      expect((await walked(listing)).ids).toEqual(['2.999.1', '2.999.2'])
      expect(listing.account).toMatchObject({ seen: 2, unreadable: 4, complete: false })
      expect(listing.account.why).toEqual(['4 entries could not be read'])
      expect(listing.account.problems).toEqual([
        { page: 1, index: 1, reason: 'no resource' },
        { page: 1, index: 2, reason: 'no Organization' },
        { page: 1, index: 3, reason: 'an Organization without an id that can be read' },
        { page: 1, index: 4, reason: 'no resource' },
      ])
      expect(JSON.stringify([listing.account, to.events])).not.toContain('secret')
      expect(to.events.filter(({ type }) => type === 'directory.entry-unreadable')).toHaveLength(4)
      const { unreadable } = await directoryOf(to).search({})
      expect(unreadable.map(({ index }) => index)).toEqual([1, 2, 3, 4])
    })

    test('one entry that is no JSON costs that entry only', async () => {
      const text = `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Organization","id":"2.999.1"}},{"a":tru},{"resource":{"resourceType":"Organization","id":"2.999.2"}}]}`
      const found = await directoryOf(wire(() => jsonAnswer(text))).search({})
      expect(found.entries.map(({ id }) => id)).toEqual(['2.999.1', '2.999.2'])
      expect(found.unreadable).toEqual([{ index: 1, reason: 'no JSON' }])
    })

    test('keeps 100 problems and counts the others', async () => {
      const entry = Array.from({ length: 150 }, () => null)
      const to = wire(() => jsonAnswer({ resourceType: 'Bundle', entry, total: 150 }))
      const listing = directoryOf(to).entries()
      await walked(listing)
      expect(listing.account.unreadable).toBe(150)
      expect(listing.account.problems).toHaveLength(100)
    })

    test('begins by the clock of the directory, or else by ours', async () => {
      const date = 'Mon, 01 Jun 2026 11:59:00 GMT'
      for (const [headers, startedAt] of [
        [{ date }, Date.parse(date)],
        [{}, Date.parse('2026-06-01T12:00:00Z')],
      ] as const) {
        const to = wire(() => jsonAnswer({ resourceType: 'Bundle', total: 0 }, headers))
        const listing = directoryOf(to).entries()
        expect(listing.account.startedAt).toBeUndefined()
        await walked(listing)
        expect(listing.account).toMatchObject({ startedAt, seen: 0, complete: true })
      }
    })

    test('is open while the listing runs, after a break, and begins anew', async () => {
      const to = wire(() => page(organizations(0, 3), { total: 3 }))
      const listing = directoryOf(to).entries()
      for await (const { id } of listing) {
        expect(id).toBe('2.999.0')
        expect(listing.account).toMatchObject({ seen: 1, pages: 1, complete: false })
        break
      }
      expect(listing.account.why).toEqual(['the directory was not read to its end'])
      await walked(listing)
      expect(listing.account).toMatchObject({ seen: 3, duplicates: 0, complete: true })
    })

    test('tells its progress after each page, with a rate', async () => {
      const to = wire((_, number) => {
        to.now += 500
        return number === 1
          ? page(organizations(0, 20), { ...next(`${BASE}?p=2`), total: 30 })
          : page(organizations(20, 30), { total: 30 })
      })
      await walked(directoryOf(to).entries())
      const told = to.events.filter(({ type }) => type === 'directory.progress')
      expect(told).toMatchObject([
        { pages: 1, seen: 20, duplicates: 0, unreadable: 0, total: 30, perSecond: 40 },
        { pages: 2, seen: 30, total: 30, perSecond: 30 },
      ])
    })
  })

  describe('requests', () => {
    test('go out when their entries are wanted, and not before', async () => {
      const to = wire((_, number) =>
        page(organizations(2 * number, 2 * number + 2), next(`${BASE}?p=${number}`)),
      )
      const listing = directoryOf(to).entries()
      expect(to.requests).toHaveLength(0)
      const iterator = listing[Symbol.asyncIterator]()
      await iterator.next()
      await iterator.next()
      expect(to.requests).toHaveLength(1)
      await iterator.next()
      expect(to.requests).toHaveLength(2)
    })

    test('end with the caller: its reason comes back untouched', async () => {
      const controller = new AbortController()
      const reason = new Error('enough')
      const to = wire((request) => {
        void turns().then(() => {
          controller.abort(reason)
        })
        return silence(request)
      })
      const listing = directoryOf(to).entries({}, { signal: controller.signal })
      expect((await walked(listing)).error).toBe(reason)
      expect(listing.account.why[0]).toBe('it was broken off')
    })

    test('have `timeoutMs` each, and the consumer its own time', async () => {
      const time = holdTime()
      const to = wire((_, number) =>
        page(organizations(number, number + 1), number < 3 ? next(`${BASE}?p=${number}`) : {}),
      )
      let seen = 0
      const walk = async (): Promise<void> => {
        for await (const entry of directoryOf(to).entries({}, { timeoutMs: 40 })) {
          await time.pass(60)
          seen += entry.active === true ? 1 : 0
        }
      }
      await settledIn(time, walk(), 1)
      expect(seen).toBe(3)
      const slow = directoryOf(wire((request) => silence(request)))
      const { error } = await settledIn(time, walked(slow.entries({}, { timeoutMs: 20 })))
      expect(error).toMatchObject({ code: 'ERR_CQ_TIMEOUT', received: 0, pages: 0 })
    })

    test.each([429, 503])(
      '%s is waited for within the deadline, and not beyond',
      async (status) => {
        const to = wire((_, number) =>
          number === 1
            ? jsonAnswer({}, { 'retry-after': '0' }, status)
            : page(organizations(0, 1), { total: 1 }),
        )
        expect((await walked(directoryOf(to).entries())).ids).toHaveLength(1)
        const busy = wire(() => jsonAnswer({}, { 'retry-after': '900' }, status))
        const { error } = await walked(directoryOf(busy).entries())
        expect(error).toMatchObject({ status, retryAfterMs: 900_000, retryable: true })
        expect(busy.requests).toHaveLength(1)
      },
    )

    test('a wrong argument throws at once', () => {
      const directory = directoryOf(wire(() => page([])))
      expect(() => directory.entries({ count: 0 })).toThrow('"count"')
      expect(() => directory.entries({ lastUpdated: 'soon' })).toThrow('"lastUpdated"')
      expect(() => directory.entries({}, null as never)).toThrow('"options"')
    })

    test('a 200 with an OperationOutcome is an error with its codes', async () => {
      const outcome = {
        resourceType: 'OperationOutcome',
        issue: [{ code: 'too-costly', diagnostics: 'secret' }, { code: 'Not A Code' }],
      }
      const error = await failureOf(directoryOf(wire(() => jsonAnswer(outcome))).search({}))
      expect(error).toMatchObject({ code: 'ERR_CQ_UNEXPECTED_RESOURCE' })
      expect((error as Error).message).toContain(
        'an OperationOutcome in place of Bundle (too-costly)',
      )
      expect((error as Error).message).not.toContain('secret')
    })
  })
})

describe('an account', () => {
  test('is nothing before the first request', () => {
    const to = wire(() => page([]))
    expect(directoryOf(to).entries().account).toEqual({
      startedAt: undefined,
      seen: 0,
      duplicates: 0,
      unreadable: 0,
      pages: 0,
      total: undefined,
      complete: false,
      why: ['the directory was not read to its end'],
      warnings: [],
      problems: [],
    })
    expect(to.requests).toHaveLength(0)
  })

  test('that was read does not change under the reader', async () => {
    const to = wire((_, number) =>
      page([organization(`2.999.${number}`), null], number === 1 ? next(`${BASE}?p=2`) : {}),
    )
    const listing = directoryOf(to).entries()
    const iterator = listing[Symbol.asyncIterator]()
    await iterator.next()
    await iterator.next()
    const then = listing.account
    const copy = structuredClone(then)
    await iterator.next()
    expect(then).toEqual(copy)
    expect(listing.account.problems).not.toEqual(copy.problems)
  })

  test('counts an entry when it is given, a page when it is opened', async () => {
    const to = wire(() => page(organizations(0, 3), { total: 3 }))
    const listing = directoryOf(to).entries()
    const seen: number[] = []
    for await (const entry of listing) {
      seen.push(listing.account.seen)
      expect(entry.id).toBe(`2.999.${seen.length - 1}`)
      expect(listing.account).toMatchObject({ pages: 1, total: 3, complete: false })
    }
    expect(seen).toEqual([1, 2, 3])
    expect(listing.account).toMatchObject({ complete: true, why: [] })
  })

  test('of a pass that failed holds what came before, and why it ended', async () => {
    const to = wire((_, number) =>
      number === 1 ? page(organizations(0, 2), next(`${BASE}?p=2`)) : jsonAnswer({}, {}, 403),
    )
    const listing = directoryOf(to).entries()
    const { ids, error } = await walked(listing)
    expect(ids).toHaveLength(2)
    expect(error).toMatchObject({
      code: 'ERR_CQ_DIRECTORY_KEY_REFUSED',
      name: 'DirectoryError',
      operation: 'directory.entries',
      received: 2,
      pages: 1,
    })
    expect(to.requests).toHaveLength(2)
    expect(listing.account).toMatchObject({
      seen: 2,
      pages: 1,
      complete: false,
      why: ['it ended with ERR_CQ_DIRECTORY_KEY_REFUSED', 'the directory was not read to its end'],
    })
  })

  test('of a pass that the key’s own function broke off', async () => {
    const reason = new Error('vault is sealed')
    const to = wire(() => page(organizations(0, 1), next(`${BASE}?p=2`)))
    const keys = ['one']
    const apiKey = (): string => {
      const key = keys.pop()
      if (key === undefined) throw reason
      return key
    }
    const listing = directoryOf(to, { apiKey }).entries()
    expect(await walked(listing)).toEqual({ ids: ['2.999.0'], error: reason })
    expect(listing.account.why).toEqual([
      'it was broken off',
      'the directory was not read to its end',
    ])
  })

  test('of a loop that the consumer’s own error ends is open', async () => {
    const to = wire(() => page(organizations(0, 5), next(`${BASE}?p=2`)))
    const listing = directoryOf(to).entries()
    const reason = new Error('the disk is full')
    const loop = async (): Promise<void> => {
      for await (const { id } of listing) if (id === '2.999.1') throw reason
    }
    expect(await failureOf(loop())).toBe(reason)
    expect(to.requests).toHaveLength(1)
    expect(listing.account).toMatchObject({ seen: 2, complete: false })
  })

  test('belongs to the latest of two passes at once, and neither disturbs the other', async () => {
    const to = wire(({ url }) =>
      url.includes('p=2')
        ? page([organization(`2.999.${'2'.repeat(40)}`), organization('2.999.3')])
        : page(organizations(0, 2), next(`${BASE}?p=2`)),
    )
    const listing = directoryOf(to).entries()
    const one = listing[Symbol.asyncIterator]()
    const two = listing[Symbol.asyncIterator]()
    const ids: (string | undefined)[][] = []
    for (let step = 0; step < 5; step += 1)
      ids.push(
        [await one.next(), await two.next()].map(
          ({ value }) => (value as { id?: string } | undefined)?.id,
        ),
      )
    expect(ids.every(([left, right]) => left === right)).toBe(true)
    expect(ids.map(([left]) => left?.length)).toEqual([7, 7, 46, 7, undefined])
    expect(listing.account).toMatchObject({ seen: 4, duplicates: 0, complete: true })
    expect(to.requests).toHaveLength(4)
  })

  test('of another abort than ours: between two pages nothing more is asked', async () => {
    const controller = new AbortController()
    const reason = { mine: true }
    const to = wire((_, number) =>
      page(organizations(number, number + 1), next(`${BASE}?${number}`)),
    )
    const listing = directoryOf(to).entries({}, { signal: controller.signal })
    const iterator = listing[Symbol.asyncIterator]()
    await iterator.next()
    controller.abort(reason)
    expect(await failureOf(iterator.next())).toBe(reason)
    expect(to.requests).toHaveLength(1)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  test('a body that breaks off is asked for again, and no byte of it stays', async () => {
    const whole = JSON.stringify({
      resourceType: 'Bundle',
      total: 2,
      entry: organizations(0, 2).map((resource) => ({ resource })),
    })
    const half = (): ReadableStream<Uint8Array> => {
      let sent = false
      return new ReadableStream({
        pull(controller) {
          if (sent) controller.error(new Error('reset'))
          else controller.enqueue(new TextEncoder().encode(`${whole.slice(0, 90)}garbage`))
          sent = true
        },
      })
    }
    const to = wire((_, number) =>
      number === 1
        ? new Response(half(), { headers: { 'content-type': 'application/fhir+json' } })
        : jsonAnswer(whole),
    )
    const listing = directoryOf(to).entries()
    expect((await walked(listing)).ids).toEqual(['2.999.0', '2.999.1'])
    expect(listing.account).toMatchObject({ complete: true, unreadable: 0, pages: 1 })
    expect(to.requests).toHaveLength(2)
  })

  test('entries of an earlier page stay what they were', async () => {
    const to = wire((_, number) =>
      number === 1
        ? page([organization('2.999.1', { alias: ['first'] })], next(`${BASE}?p=2`))
        : page([organization('2.999.2', { alias: ['x'.repeat(2000)] })]),
    )
    const entries = []
    for await (const entry of directoryOf(to).entries()) entries.push(entry)
    expect(entries[0]).toMatchObject({
      id: '2.999.1',
      aliases: ['first'],
      resource: { alias: ['first'] },
    })
  })

  test('names at most 100 problems, the first ones, over all pages', async () => {
    const to = wire((_, number) =>
      page(
        [organization(`2.999.${number}`), ...Array.from({ length: 60 }, () => null)],
        number < 3 ? next(`${BASE}?${number}`) : {},
      ),
    )
    const listing = directoryOf(to).entries()
    await walked(listing)
    const { problems, unreadable, why } = listing.account
    expect(unreadable).toBe(180)
    expect(problems).toHaveLength(100)
    expect(problems.at(-1)).toEqual({ page: 2, index: 40, reason: 'no resource' })
    expect(why).toEqual(['180 entries could not be read'])
    expect(to.events.filter(({ type }) => type === 'directory.entry-unreadable')).toHaveLength(180)
  })
})
