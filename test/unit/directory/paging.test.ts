import { describe, expect, test } from 'vitest'
import { jsonAnswer, wire, xmlAnswer, type Wire } from '../../support/answering-fetch.ts'
import {
  BASE,
  directoryOf,
  next,
  organization,
  organizations,
  page,
  walked,
} from '../../support/directory-wire.ts'

const LAST = 60

/** A wire that fails the walk rather than answer for ever. */
const bounded = (answer: (request: Request, number: number) => Response): Wire =>
  wire((request, number) => {
    if (number > LAST) throw new Error('an endless walk')
    return answer(request, number)
  })
const urlsOf = (to: Wire): readonly string[] => to.requests.map(({ url }) => url)
const nameless = { resourceType: 'Organization', name: 'without an id' }
const why = ({ error }: { error: unknown }): string => (error as Error | undefined)?.message ?? ''

describe('a walk always ends', () => {
  test('where the offset changes nothing: full page, no total', async () => {
    const to = bounded(() => page(organizations(0, 3)))
    const listing = directoryOf(to).entries({ count: 3 })
    const found = await walked(listing)
    expect(found.ids).toHaveLength(3)
    expect(found.error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED', received: 3, pages: 2 })
    expect(why(found)).toContain('the offset changes nothing')
    expect(urlsOf(to)).toEqual([
      `${BASE}/Organization?_count=3&_sort=_id`,
      `${BASE}/Organization?_count=3&_sort=_id&_start=3`,
    ])
    expect(listing.account).toMatchObject({ complete: false, seen: 3, duplicates: 3, pages: 2 })
  })

  test('where the offset changes nothing and the total says that there is more', async () => {
    const to = bounded(() => page(organizations(0, 3), { total: 9 }))
    const listing = directoryOf(to).entries({ count: 100 })
    expect((await walked(listing)).ids).toHaveLength(3)
    expect(to.requests).toHaveLength(2)
    expect(listing.account).toMatchObject({ seen: 3, complete: false })
  })

  test('well, where the offset changes nothing and all were seen', async () => {
    const to = bounded(() => page(organizations(0, 3), { total: 3 }))
    const listing = directoryOf(to).entries({ count: 3 })
    expect(await walked(listing)).toMatchObject({ error: undefined })
    expect(listing.account).toMatchObject({ complete: true, seen: 3, total: 3 })
  })

  test.each([
    ['one that cannot be read', [...organizations(0, 2), nameless]],
    ['none that can be read', [nameless, nameless, nameless]],
  ])('where the offset changes nothing and each page holds %s', async (_, resources) => {
    for (const total of [undefined, 9]) {
      const to = bounded(() => page(resources, { total }))
      const found = await walked(directoryOf(to).entries({ count: 3 }))
      expect(why(found)).not.toContain('endless')
      expect(found.error).not.toMatchObject({ code: 'ERR_CQ_NETWORK' })
      expect(to.requests.length).toBeLessThan(15)
    }
  })

  test.each([
    ['one that cannot be read', [...organizations(0, 2), nameless]],
    ['none that can be read', [nameless]],
  ])('where each page has a new link, and %s', async (_, resources) => {
    const to = bounded((__, number) => page(resources, next(`${BASE}?page=${number}`)))
    const found = await walked(directoryOf(to).entries())
    expect(found.error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED' })
    expect(to.requests.length).toBeLessThan(15)
  })

  test('though a page in the middle holds none that can be read', async () => {
    const to = bounded((_, number) =>
      number < 3
        ? page(number === 1 ? organizations(0, 2) : [nameless, nameless], next(`${BASE}?${number}`))
        : page(organizations(4, 6)),
    )
    const listing = directoryOf(to).entries()
    expect((await walked(listing)).ids).toEqual(['2.999.0', '2.999.1', '2.999.4', '2.999.5'])
    expect(listing.account).toMatchObject({ unreadable: 2, pages: 3, complete: false })
  })

  test('after ten empty pages in a row it goes on, and each good one counts anew', async () => {
    const good = (number: number): boolean => [1, 12, 23].includes(number)
    const to = bounded((_, number) =>
      page(
        good(number) ? organizations(number, number + 1) : [],
        number === 23 ? {} : next(`${BASE}?page=${number}`),
      ),
    )
    const listing = directoryOf(to).entries()
    expect((await walked(listing)).ids).toEqual(['2.999.1', '2.999.12', '2.999.23'])
    expect(listing.account).toMatchObject({ complete: true, pages: 23 })
  })

  test('where a link leads back to a page of long ago', async () => {
    const to = bounded((_, number) =>
      page(organizations(number, number + 1), next(`${BASE}?page=${number % 4}`)),
    )
    const found = await walked(directoryOf(to).entries())
    expect(found.error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED', received: 5, pages: 5 })
    expect(why(found)).toContain('followed before')
  })
})

describe('a next link', () => {
  test.each([`${BASE}/Organization`, BASE, `${BASE}/pages/`])(
    'of a query alone belongs to the page that was asked for: %s',
    async (path) => {
      const to = bounded((_, number) =>
        page(
          organizations(number, number + 1),
          number === 3 ? {} : next(number === 1 ? `${path}?p=2&q=a` : '?p=3'),
        ),
      )
      await walked(directoryOf(to).entries())
      expect(urlsOf(to).slice(1)).toEqual([`${path}?p=2&q=a`, `${path}?p=3`])
    },
  )

  test('of a query alone on the first page gets no slash of its own', async () => {
    const to = bounded((_, number) =>
      page(organizations(number, number + 1), number === 1 ? next('?p=2') : {}),
    )
    await walked(directoryOf(to).entries())
    expect(urlsOf(to)[1]).not.toContain('/?')
  })

  test('is followed as it is, whatever its query holds', async () => {
    const link = `${BASE}?_getpages=a%2Fb%7Cc+d&_getpagesoffset=2&_bundletype=searchset`
    const to = bounded((_, number) =>
      page(organizations(number, number + 1), number === 1 ? next(link) : {}),
    )
    await walked(directoryOf(to).entries())
    expect(urlsOf(to)[1]).toBe(link)
    expect(to.requests[1]?.headers.get('authorization')).toBe('api-key the-key')
  })

  test('with another key than ours is asked for with ours only', async () => {
    const xml = (inner: string): Response => xmlAnswer(`<Bundle>${inner}</Bundle>`)
    const entry = `<entry><resource><Organization><id value="2.999.1"/></Organization></resource></entry>`
    const link = `<link><relation value="next"/><url value="/fhir?_apiKey=THEIRS&amp;p=2&amp;APIKEY=THEIRS"/></link>`
    const to = bounded((_, number) => xml(number === 1 ? entry + link : ''))
    await walked(directoryOf(to, { release: 'carequality-stu3' }).entries({ active: true }))
    expect(urlsOf(to)[1]).toBe('https://directory.example/fhir?p=2&apikey=the-key&_format=xml')
    expect(JSON.stringify(to.events)).not.toMatch(/THEIRS|the-key/)
  })

  test('is not followed where the policy of the client forbids it', async () => {
    const to = bounded(() => page(organizations(0, 1), next(`${BASE}?p=2#x`)))
    const found = await walked(directoryOf(to).entries())
    expect(found.error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED', received: 1 })
    expect(why(found)).toContain('fragment')
    expect(why(found)).not.toContain('p=2')
  })

  test('is only one of its relation: self and previous are none', async () => {
    const link = ['self', 'previous', 'last'].map((relation) => ({ relation, url: `${BASE}?x` }))
    const to = bounded(() => page(organizations(0, 1), { link, total: 1 }))
    await walked(directoryOf(to).entries())
    expect(to.requests).toHaveLength(1)
  })
})

describe('offsets', () => {
  test('count what was dropped and what could not be read', async () => {
    const pages = [
      organizations(0, 3),
      [organization('2.999.2'), nameless, organization('2.999.3')],
      [organization('2.999.4')],
    ]
    const to = bounded((_, number) => page(pages[number - 1] ?? []))
    const listing = directoryOf(to).entries({ count: 3 })
    const ids = ['2.999.0', '2.999.1', '2.999.2', '2.999.3', '2.999.4']
    expect((await walked(listing)).ids).toEqual(ids)
    expect(urlsOf(to).map((url) => new URL(url).searchParams.get('_start'))).toEqual([
      null,
      '3',
      '6',
    ])
    expect(listing.account).toMatchObject({
      seen: 5,
      duplicates: 1,
      unreadable: 1,
      problems: [{ page: 2, index: 1, reason: 'an Organization without an id that can be read' }],
    })
  })

  test('do not count what comes along', async () => {
    const along = [
      { resource: { resourceType: 'Endpoint', id: 'e', address: 'https://a.example' } },
      { resource: { resourceType: 'OperationOutcome', issue: [{ code: 'not-supported' }] } },
    ]
    const to = bounded((_, number) =>
      jsonAnswer({
        resourceType: 'Bundle',
        entry:
          number > 2
            ? []
            : [
                ...organizations(2 * number, 2 * number + 2).map((resource) => ({ resource })),
                ...along,
              ],
      }),
    )
    const listing = directoryOf(to).entries({ count: 2 })
    await walked(listing)
    expect(urlsOf(to).map((url) => new URL(url).searchParams.get('_start'))).toEqual([
      null,
      '2',
      '4',
    ])
    expect(listing.account).toMatchObject({ seen: 4, unreadable: 0, complete: true })
    expect(to.events.filter(({ type }) => type === 'directory.outcome')).toMatchObject([
      { page: 1, issueCodes: ['not-supported'] },
      { page: 2, issueCodes: ['not-supported'] },
    ])
  })

  test('go along with the names of the release, its size and a query of the base', async () => {
    const release = {
      id: 'mine',
      format: 'json',
      apiKey: { in: 'query', name: 'token' },
      baseUrls: { public: 'https://d.example/x?tenant=7' },
      activeParameter: 'active',
      paging: { count: 'limit', start: 'skip', sort: 'name', size: 2 },
    } as const
    const to = bounded((_, number) => page(organizations(2 * number, number === 1 ? 4 : 5)))
    await walked(directoryOf(to, { release, baseUrl: undefined }).entries({ name: 'a b' }))
    expect(urlsOf(to)).toEqual([
      'https://d.example/x/Organization?tenant=7&name=a+b&limit=2&_sort=name&token=the-key',
      'https://d.example/x/Organization?tenant=7&name=a+b&limit=2&_sort=name&skip=2&token=the-key',
    ])
  })

  test('go on to the total where pages are shorter than asked for', async () => {
    const to = bounded((request) => {
      const start = Number(new URL(request.url).searchParams.get('_start') ?? 0)
      return page(organizations(start, Math.min(7, start + 2)), { total: 7 })
    })
    const listing = directoryOf(to).entries({ count: 1000 })
    expect((await walked(listing)).ids).toHaveLength(7)
    expect(to.requests).toHaveLength(4)
    expect(listing.account).toMatchObject({ complete: true, total: 7 })
  })

  test('are not used after a last page that a link led to', async () => {
    const to = bounded((_, number) =>
      page(organizations(2 * number, 2 * number + 2), number === 1 ? next(`${BASE}?p=2`) : {}),
    )
    await walked(directoryOf(to).entries({ count: 2 }))
    expect(to.requests).toHaveLength(2)
  })
})

describe('a directory that changes under the walk', () => {
  test('gives an entry twice: it is given once', async () => {
    const to = bounded((_, number) =>
      number === 1
        ? page(organizations(0, 3), { ...next(`${BASE}?p=2`), total: 5 })
        : page(organizations(2, 5), { total: 5 }),
    )
    const listing = directoryOf(to).entries()
    expect((await walked(listing)).ids).toHaveLength(5)
    expect(listing.account).toMatchObject({ duplicates: 1, complete: true, why: [] })
  })

  test('leaves a gap, which is told', async () => {
    const to = bounded((_, number) =>
      number === 1
        ? page(organizations(0, 2), { ...next(`${BASE}?p=2`), total: 5 })
        : page(organizations(3, 5), { total: 5 }),
    )
    const listing = directoryOf(to).entries()
    expect(await walked(listing)).toMatchObject({ error: undefined })
    expect(listing.account).toMatchObject({
      complete: false,
      why: ['1 fewer than the 5 entries that the directory counts'],
    })
  })

  test('grows, and what came too late is told', async () => {
    const to = bounded((_, number) =>
      number === 1
        ? page(organizations(0, 2), { ...next(`${BASE}?p=2`), total: 4 })
        : page(organizations(2, 4), { total: 6 }),
    )
    const listing = directoryOf(to).entries()
    await walked(listing)
    expect(listing.account).toMatchObject({
      total: 6,
      why: ['2 fewer than the 6 entries that the directory counts'],
    })
  })

  test('shrinks: an entry may have slipped through though the numbers fit', async () => {
    const to = bounded((_, number) =>
      number === 1
        ? page(organizations(0, 2), { ...next(`${BASE}?p=2`), total: 5 })
        : page(organizations(3, 5), { total: 4 }),
    )
    const listing = directoryOf(to).entries()
    await walked(listing)
    expect(listing.account).toMatchObject({
      complete: false,
      why: ['the total fell from 5 to 4 while the pages were read'],
    })
  })

  test.each([-1, 1.5, 'many', null, {}])('a total of %j is none', async (total) => {
    const to = bounded(() => page(organizations(0, 1), { total }))
    const listing = directoryOf(to).entries()
    await walked(listing)
    expect(listing.account).toMatchObject({ complete: true, seen: 1 })
    expect(listing.account.total).toBeUndefined()
  })

  test('a total as a text is one', async () => {
    const to = bounded(() => page(organizations(0, 1), { total: '1' }))
    const listing = directoryOf(to).entries()
    await walked(listing)
    expect(listing.account.total).toBe(1)
  })
})

describe('a link that expired', () => {
  test('is taken up after all that its pages held, with a total by offsets to the end', async () => {
    const to = bounded((_, number) => {
      if (number === 1)
        return page([...organizations(0, 2), nameless], {
          ...next(`${BASE}?_getpages=1`),
          total: 6,
        })
      if (number === 2) return jsonAnswer({}, {}, 410)
      return number === 3
        ? page(organizations(3, 5), { total: 6 })
        : page(organizations(5, 6), { total: 6 })
    })
    const listing = directoryOf(to).entries({ count: 3 })
    expect((await walked(listing)).ids).toHaveLength(5)
    expect(urlsOf(to).slice(1)).toEqual([
      `${BASE}?_getpages=1`,
      `${BASE}/Organization?_count=3&_sort=_id&_start=3`,
      `${BASE}/Organization?_count=3&_sort=_id&_start=5`,
    ])
    expect(to.events.filter(({ type }) => type === 'directory.page-expired')).toMatchObject([
      { status: 410 },
    ])
    expect(listing.account).toMatchObject({ seen: 5, unreadable: 1, pages: 3 })
  })

  test.each([404, 410])('is none on the first page: %s', async (status) => {
    const to = bounded(() => jsonAnswer({}, {}, status))
    const found = await walked(directoryOf(to).entries())
    expect(found.error).toMatchObject({ code: 'ERR_CQ_UNEXPECTED_STATUS', status, pages: 0 })
    expect(to.requests).toHaveLength(1)
  })

  test('is none where the offset itself is gone', async () => {
    const to = bounded((_, number) =>
      number === 1 ? page(organizations(0, 1)) : jsonAnswer({}, {}, 404),
    )
    const found = await walked(directoryOf(to).entries({ count: 1 }))
    expect(found.error).toMatchObject({ code: 'ERR_CQ_UNEXPECTED_STATUS', received: 1, pages: 1 })
    expect(to.requests).toHaveLength(2)
  })

  test('and a server that ignores the offset end the walk with an error', async () => {
    const to = bounded((request, number) =>
      request.url.includes('_getpages')
        ? jsonAnswer({}, {}, 410)
        : page(organizations(0, 2), next(`${BASE}?_getpages=${number}`)),
    )
    const listing = directoryOf(to).entries()
    const found = await walked(listing)
    expect(found.error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED', received: 2 })
    expect(to.requests).toHaveLength(3)
    expect(listing.account.complete).toBe(false)
  })
})

describe('two lists of one directory', () => {
  const xml = (ids: readonly number[], total?: number): Response =>
    xmlAnswer(
      `<Bundle>${total === undefined ? '' : `<total value="${total}"/>`}${ids.map((id) => `<entry><resource><Organization><id value="2.999.${id}"/></Organization></resource></entry>`).join('')}</Bundle>`,
    )
  const legacy = { release: 'carequality-stu3', baseUrl: undefined } as const
  const startOf = ({ url }: Request): number =>
    Number(new URL(url).searchParams.get('_start') ?? '0')

  test('that are the same are counted once', async () => {
    const to = bounded(() => xml([1, 2], 2))
    const listing = directoryOf(to, legacy).entries()
    expect((await walked(listing)).ids).toHaveLength(2)
    expect(listing.account).toMatchObject({ complete: true, total: 2 })
    expect(to.requests).toHaveLength(2)
  })

  test('that are the same over many pages end well', async () => {
    const all = [1, 2, 3, 4, 5]
    const to = bounded((request) => xml(all.slice(startOf(request), startOf(request) + 2)))
    const listing = directoryOf(to, legacy).entries({ count: 2 })
    expect(await walked(listing)).toMatchObject({ error: undefined })
    expect(listing.account).toMatchObject({ seen: 5, complete: true })
    expect(to.requests).toHaveLength(4)
  })

  test('that are the same end well even if one entry was added meanwhile', async () => {
    const to = bounded((request, number) => {
      const all = number > 3 ? [0, 1, 2, 3, 4, 5] : [1, 2, 3, 4, 5]
      return xml(all.slice(startOf(request), startOf(request) + 2), all.length)
    })
    const listing = directoryOf(to, legacy).entries({ count: 2 })
    const found = await walked(listing)
    expect(found.error).toBeUndefined()
    expect([...found.ids].sort()).toEqual([0, 1, 2, 3, 4, 5].map((id) => `2.999.${id}`))
  })

  test('that are the same end well over thirty pages, though one entry was added meanwhile', async () => {
    const old = Array.from({ length: 60 }, (_, at) => at + 1)
    const to = wire((request, number) => {
      const all = number > 30 ? [0, ...old] : old
      return xml(all.slice(startOf(request), startOf(request) + 2), all.length)
    })
    const found = await walked(directoryOf(to, legacy).entries({ count: 2 }))
    expect(found.error).toBeUndefined()
    expect(found.ids).toHaveLength(61)
    expect(to.requests.length).toBeLessThan(65)
  })

  test('are asked in turn, each with its own offset', async () => {
    const to = bounded((request) => {
      const all = request.url.includes('_active=true') ? [1, 2, 3] : [7, 8, 9]
      return xml(all.slice(startOf(request), startOf(request) + 2), 3)
    })
    const listing = directoryOf(to, legacy).entries({ count: 2 })
    expect((await walked(listing)).ids).toHaveLength(6)
    expect(urlsOf(to).map((url) => url.replace(/^.*\?/, '').replace(/&apikey.*/, ''))).toEqual([
      '_active=true&_count=2&_sort=orgname',
      '_active=true&_count=2&_sort=orgname&_start=2',
      '_active=false&_count=2&_sort=orgname',
      '_active=false&_count=2&_sort=orgname&_start=2',
    ])
    expect(listing.account).toMatchObject({ total: 6, complete: true, pages: 4 })
  })

  test('have a total only where both say theirs', async () => {
    const to = bounded((request) => (request.url.includes('_active=true') ? xml([1], 1) : xml([2])))
    const listing = directoryOf(to, legacy).entries()
    await walked(listing)
    expect(listing.account.total).toBeUndefined()
    expect(listing.account).toMatchObject({ seen: 2, complete: true })
  })

  test('one with a gap leaves a doubt, though an entry came twice in it', async () => {
    const to = bounded((request) => {
      if (request.url.includes('_active=true')) return xml([1], 1)
      // Between two pages the first entry went, and with it all others moved up.
      return xml({ 0: [7, 8], 2: [8, 9] }[startOf(request)] ?? [], 4)
    })
    const listing = directoryOf(to, legacy).entries({ count: 2 })
    expect((await walked(listing)).ids).toHaveLength(4)
    expect(listing.account).toMatchObject({ duplicates: 1, complete: false })
  })

  test('of which the second holds the first are read to the end of the second', async () => {
    const to = bounded((request) => {
      const all = request.url.includes('_active=true') ? [1, 2] : [1, 2, 3, 4]
      return xml(all.slice(startOf(request), startOf(request) + 2), all.length)
    })
    const listing = directoryOf(to, legacy).entries({ count: 2 })
    const { ids } = await walked(listing)
    expect(ids).toEqual(['2.999.1', '2.999.2', '2.999.3', '2.999.4'])
    expect(listing.account.complete).toBe(true)
  })
})
