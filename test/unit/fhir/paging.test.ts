import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  type FetchLike,
  type Patient,
  type Transport,
  FhirPatientClient,
} from '../../../src/index.ts'
import {
  base,
  bundle,
  failure,
  fake,
  fhir,
  inTurn,
  outcome,
  patient,
  recording,
  walked,
  leaks,
} from '../../support/fhir-answers.ts'
import { holdTime, settledIn, turns, until } from '../../support/time.ts'
import type { FhirPatientClientOptions } from '../../../src/fhir/index.ts'

describe('pages fetched ahead', () => {
  const search = { identifier: 'a|b' }
  const page = (entries: readonly unknown[], next?: string) => (): Response =>
    fhir(200, bundle(entries, next === undefined ? {} : { next }))
  const stray: unknown[] = []
  const note = (reason: unknown): void => {
    stray.push(reason)
  }
  beforeEach(() => {
    stray.length = 0
    process.on('unhandledRejection', note)
  })
  afterEach(async () => {
    await turns()
    process.off('unhandledRejection', note)
    expect(stray).toEqual([])
  })

  /** Pages of three, without end. */
  const endless = () =>
    fake((_request, number) =>
      page([`${number}a`, `${number}b`, `${number}c`], `?n=${number + 1}`)(),
    )

  /** A server whose first page comes at once; the others when they are let go. `aborted` are those that nobody waits for any more. */
  function held() {
    const waiting: ((answer: Response) => void)[] = []
    const aborted: string[] = []
    const seen: string[] = []
    const fetch: FetchLike = (request) => {
      seen.push(request.url)
      if (seen.length === 1) return Promise.resolve(page(['1', '2', '3'], '?n=2')())
      return new Promise((resolve, reject) => {
        waiting.push(resolve)
        request.signal.addEventListener('abort', () => {
          aborted.push(request.url)
          reject(new DOMException('aborted', 'AbortError'))
        })
      })
    }
    return { client: new FhirPatientClient({ baseUrl: base, fetch }), waiting, aborted, seen }
  }

  describe('while the consumer pauses', () => {
    test('nothing is asked ahead for the first item', async () => {
      const { client, seen } = endless()
      const items = client.search(search)[Symbol.asyncIterator]()
      await items.next()
      await turns()
      expect(seen).toHaveLength(1)
    })

    test('one page is asked ahead once the second is wanted, and no more however long it takes', async () => {
      const { client, seen } = endless()
      const items = client.search(search)[Symbol.asyncIterator]()
      const wanted = [1, 2, 2, 2, 3, 3, 3, 4]
      for (const [at, requests] of wanted.entries()) {
        expect((await items.next()).done).toBe(false)
        await turns()
        expect([at, seen.length]).toEqual([at, requests])
      }
    })

    test('pages() asks for each page when it is wanted', async () => {
      const { client, seen } = endless()
      const pages = client.search(search).pages()[Symbol.asyncIterator]()
      for (const requests of [1, 2, 3]) {
        await pages.next()
        await turns()
        expect(seen).toHaveLength(requests)
      }
    })

    test('a page that comes meanwhile is given in its turn, none twice', async () => {
      const { client } = fake(
        inTurn(page(['1', '2', '3'], '?n=2'), page(['4', '5'], '?n=3'), page(['6'])),
      )
      const ids: string[] = []
      for await (const { id = '' } of client.search(search)) {
        ids.push(id)
        if (id === '2') await turns()
      }
      expect(ids).toEqual(['1', '2', '3', '4', '5', '6'])
    })

    test.each<[string, () => Response, object]>([
      ['fails', () => fhir(403, outcome('forbidden')), { code: 'ERR_CQ_FORBIDDEN' }],
      ['expired', () => fhir(410, ''), { code: 'ERR_CQ_PAGE_EXPIRED' }],
      [
        'is one that was read',
        page(['1', '2', '3'], '?n=3'),
        { code: 'ERR_CQ_NEXT_LINK_REFUSED', received: 3, pages: 2 },
      ],
    ])(
      'the error of a page ahead that %s waits until all before it were given',
      async (_what, second, error) => {
        const { client, seen } = fake(inTurn(page(['1', '2', '3'], '?n=2'), second))
        const ids: string[] = []
        const walk = async (): Promise<void> => {
          for await (const { id = '' } of client.search(search)) {
            ids.push(id)
            await turns()
          }
        }
        expect(await failure(walk())).toMatchObject({ received: 3, pages: 1, ...error })
        expect(ids).toEqual(['1', '2', '3'])
        expect(seen).toHaveLength(2)
      },
    )

    test('the page ahead has a deadline of its own, and it is not the pause', async () => {
      const time = holdTime()
      const { client, waiting, aborted } = held()
      const ids: string[] = []
      const walk = async (): Promise<void> => {
        for await (const { id = '' } of client.search(search, { timeoutMs: 300 })) {
          ids.push(id)
          if (id === '1') await time.pass(350)
          if (id === '2') setTimeout(() => waiting[0]?.(page(['4'], '?n=3')()), 50)
          if (id === '4') expect(aborted).toEqual([])
        }
      }
      expect(await settledIn(time, failure(walk()))).toMatchObject({
        code: 'ERR_CQ_TIMEOUT',
        received: 4,
        pages: 2,
      })
      expect(ids).toEqual(['1', '2', '3', '4'])
      expect(aborted).toHaveLength(1)
    })

    test('one that is too slow fails by itself, after the items before it', async () => {
      const time = holdTime()
      const { client, aborted, seen } = held()
      const ids: string[] = []
      const walk = async (): Promise<void> => {
        for await (const { id = '' } of client.search(search, { timeoutMs: 50 })) {
          ids.push(id)
          if (id !== '2') continue
          await until(() => seen.length === 2)
          await time.pass(120)
        }
      }
      const error = await settledIn(time, failure(walk()))
      expect(error).toMatchObject({ code: 'ERR_CQ_TIMEOUT', received: 3 })
      expect([ids.length, aborted.length]).toEqual([3, 1])
    })
  })

  describe('leaving the loop ends what is under way', () => {
    test.each<[string, (hit: Patient) => boolean]>([
      ['by break', ({ id }) => id === '2'],
      [
        'by an error of its own',
        () => {
          throw new Error('mine')
        },
      ],
    ])('%s', async (_what, leave) => {
      const { client, aborted, seen } = held()
      const walk = async (): Promise<void> => {
        for await (const hit of client.search(search)) {
          if (hit.id !== '2') continue
          await turns()
          expect([seen.length, aborted.length]).toEqual([2, 0])
          if (leave(hit)) break
        }
      }
      await walk().catch((error: unknown) => expect(error).toMatchObject({ message: 'mine' }))
      await turns()
      expect(aborted).toEqual([`${base}/Patient?n=2`])
      expect(seen).toHaveLength(2)
    })

    test('and a page that comes too late is asked for nothing more', async () => {
      const { client, waiting, seen } = held()
      for await (const { id } of client.search(search)) if (id === '2') break
      waiting[0]?.(page(['4', '5'], '?n=3')())
      await turns()
      expect(seen).toHaveLength(2)
    })

    test("and so does the caller's own signal, with its own reason", async () => {
      const { client, aborted } = held()
      const leaving = new AbortController()
      const reason = new Error('enough')
      const ids: string[] = []
      const walk = async (): Promise<void> => {
        for await (const { id = '' } of client.search(search, { signal: leaving.signal })) {
          ids.push(id)
          if (id !== '2') continue
          await turns()
          leaving.abort(reason)
        }
      }
      await expect(walk()).rejects.toBe(reason)
      expect(ids).toEqual(['1', '2', '3'])
      expect(aborted).toHaveLength(1)
    })

    test('and a token that is being waited for', async () => {
      const signals: AbortSignal[] = []
      const { fetch } = recording(page(['1', '2', '3'], '?n=2'))
      const client = new FhirPatientClient({
        baseUrl: base,
        fetch,
        authorize: ({ signal }) => {
          signals.push(signal)
          return signals.length === 1 ? Promise.resolve('a') : new Promise(() => undefined)
        },
      })
      for await (const { id } of client.search(search)) if (id === '2') break
      expect(signals.map(({ aborted }) => aborted)).toEqual([false, true])
    })
  })

  describe('a consumer that never waits', () => {
    /** How many requests are out at each item, for one that takes so many milliseconds for each. */
    const requestsOut = async (msEach: number): Promise<readonly number[]> => {
      let [ms, out] = [0, 0]
      const clock = vi.spyOn(performance, 'now').mockImplementation(() => ms)
      onTestFinished(() => clock.mockRestore())
      // As a socket: what is written goes out on another turn of the event loop.
      const written = async (number: number): Promise<Response> => {
        await new Promise((resolve) => setTimeout(resolve))
        out += 1
        return number === 1 ? page(['1', '2', '3', '4', '5'], '?n=2')() : page(['6'])()
      }
      let asked = 0
      const transport: Transport = { send: () => written((asked += 1)) }
      const counts: number[] = []
      const client = new FhirPatientClient({ baseUrl: base, transport })
      for await (const { id } of client.search(search)) {
        expect(id).toBe(String(counts.length + 1))
        counts.push(out)
        ms += msEach
      }
      return counts
    }

    test('and computes has the next page asked for meanwhile', async () => {
      expect(await requestsOut(5)).toEqual([1, 1, 2, 2, 2, 2])
    })

    test('and is quick is done with a page in one turn of the event loop', async () => {
      expect(await requestsOut(0.1)).toEqual([1, 1, 1, 1, 1, 2])
    })
  })

  describe('no more is asked than needed', () => {
    test('first() and toArray() ask nothing ahead', async () => {
      const { client, seen } = endless()
      const results = client.search(search)
      expect((await results.first())?.id).toBe('1a')
      await turns()
      expect(seen).toHaveLength(1)
      const cut = await results.toArray({ max: 2 })
      await turns()
      expect([cut.resources.length, cut.complete, seen.length]).toEqual([2, false, 2])
      const across = await results.toArray({ max: 4 })
      await turns()
      expect([across.resources.length, across.complete, seen.length]).toEqual([4, false, 4])
    })

    test('first() goes on over empty pages only', async () => {
      const { client, seen } = fake(inTurn(page([], '?n=2'), page(['1', '2'], '?n=3'), page(['3'])))
      expect((await client.search(search).first())?.id).toBe('1')
      await turns()
      expect(seen).toHaveLength(2)
    })

    test('what is never iterated is never asked', async () => {
      const { client, seen } = endless()
      const results = client.search(search)
      results.pages()
      results[Symbol.asyncIterator]()
      await turns()
      expect(seen).toEqual([])
    })

    test('a second loop over the same results is a search of its own', async () => {
      const { client, seen } = fake(inTurn(page(['1', '2'], '?n=2'), page(['3']), page(['4'])))
      const results = client.search(search)
      const [one, other] = [results, results].map((each) => each[Symbol.asyncIterator]())
      expect((await one?.next())?.value).toEqual(patient('1'))
      expect((await walked(results)).ids).toEqual(['3'])
      expect((await other?.next())?.value).toEqual(patient('4'))
      expect(seen.map(({ method }) => method)).toEqual(['POST', 'POST', 'POST'])
    })
  })
})

describe('next links', () => {
  const origin = 'https://fhir.example.org'

  /** A search whose first page has this next link, and whose second has none. */
  async function follow(next: unknown, options: Partial<FhirPatientClientOptions> = {}) {
    const { client, seen } = fake(
      inTurn(
        () => fhir(200, bundle(['1', '2'], { next })),
        () => fhir(200, bundle(['3'])),
      ),
      { authorize: () => Promise.resolve('S3CRET-TOKEN'), ...options },
    )
    return { ...(await walked(client.search({ family: 'Zebulon-Marker' }))), seen }
  }

  describe('a next link is followed by GET with the token', () => {
    test.each<[string, string]>([
      [`${base}/Patient?page=2`, `${base}/Patient?page=2`],
      [
        `${base}?_getpages=abc&_bundletype=searchset`,
        `${base}?_getpages=abc&_bundletype=searchset`,
      ],
      [`${base}/?_getpages=abc`, `${base}/?_getpages=abc`],
      [`${base}/opaque/8f2-9%20x/2`, `${base}/opaque/8f2-9%20x/2`],
      ['Patient?page=2', `${base}/Patient?page=2`],
      ['./Patient?page=2', `${base}/Patient?page=2`],
      ['/r4/Patient?page=2', `${base}/Patient?page=2`],
      ['//fhir.example.org/r4/Patient?page=2', `${base}/Patient?page=2`],
      ['https://FHIR.example.org:443/r4/Patient?page=2', `${base}/Patient?page=2`],
      [`${origin}/r%34/Patient?page=2`, `${origin}/r%34/Patient?page=2`],
      [`${base}/a/../Patient?page=2`, `${base}/Patient?page=2`],
      [`\t ${base}/Patient?page=2\r\n`, `${base}/Patient?page=2`],
      ['?page=2', `${base}/Patient?page=2`],
      // Case, doubled slashes and bare spaces: docs/decisions/0014-answers-of-the-field.md.
      [`${origin}/R4/Patient?page=2`, `${origin}/R4/Patient?page=2`],
      [`${origin}//r4//Patient?page=2`, `${origin}//r4//Patient?page=2`],
      [`${base}/Patient?name=a b`, `${base}/Patient?name=a%20b`],
    ])('%j', async (next, url) => {
      for (const searchMethod of ['get', 'post-only'] as const) {
        const { ids, error, seen } = await follow(next, { searchMethod })
        expect(error).toBeUndefined()
        expect(ids).toEqual(['1', '2', '3'])
        expect(seen[1]).toMatchObject({ method: 'GET', url, body: '' })
        expect(seen[1]?.headers.get('authorization')).toBe('Bearer S3CRET-TOKEN')
        expect(seen[1]?.headers.get('accept')).toBe('application/fhir+json')
      }
    })

    test('whether or not the base ends in a slash or holds a query', async () => {
      for (const baseUrl of [`${base}/`, `${base}?tenant=7`, `${origin}/r%34`]) {
        expect(await follow('Patient?page=2', { baseUrl })).toMatchObject({ error: undefined })
        expect(await follow(`${base}?page=2`, { baseUrl })).toMatchObject({ error: undefined })
      }
      const { seen } = await follow('?page=2', { baseUrl: `${base}?tenant=7` })
      expect(seen[1]?.url).toBe(`${base}/Patient?page=2`)
    })

    test('that belongs to the page before it', async () => {
      const { client, seen } = fake(
        inTurn(
          () => fhir(200, bundle(['1'], { next: 'pages/x?n=2' })),
          () => fhir(200, bundle(['2'], { next: '?n=3' })),
          () => fhir(200, bundle(['3'])),
        ),
      )
      expect((await walked(client.search({ family: 'a' }))).ids).toEqual(['1', '2', '3'])
      expect(seen.map(({ url }) => url.slice(base.length))).toEqual([
        '/Patient/_search',
        '/pages/x?n=2',
        '/pages/x?n=3',
      ])
    })

    test('to another path of the origin where the caller allows it', async () => {
      const next = `${origin}/other/Patient?page=2`
      const { ids, seen } = await follow(next, { nextLinks: 'same-origin' })
      expect(ids).toEqual(['1', '2', '3'])
      expect(seen[1]?.url).toBe(next)
      const elsewhere = await follow('https://evil.example/r4', { nextLinks: 'same-origin' })
      expect(elsewhere.error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED' })
    })
  })

  describe('A4: a next link is refused, with no request and no token', () => {
    test.each<[string, unknown]>([
      ['another origin', 'https://evil.example/r4/Patient?page=2'],
      ['another origin without scheme', '//evil.example/r4/Patient?page=2'],
      ['a subdomain', 'https://a.fhir.example.org/r4/Patient?page=2'],
      ['another port', 'https://fhir.example.org:8443/r4/Patient?page=2'],
      ['http after https', 'http://fhir.example.org/r4/Patient?page=2'],
      ['a private address', 'https://169.254.169.254/r4/Patient'],
      ['a file', 'file:///etc/passwd'],
      ['a script', 'javascript:alert(1)'],
      ['data', 'data:application/fhir+json,{}'],
      ['another tenant', `${origin}/r5/Patient?page=2`],
      ['another tenant, root-relative', '/tenant-b/Patient?page=2'],
      ['another tenant by steps up', `${base}/../tenant-b/Patient`],
      ['the root', `${origin}/`],
      ['a look-alike path', `${base}-evil/Patient?page=2`],
      ['a letter that only looks like another case', `${origin}/r4\u212a/Patient?page=2`],
      ['encoded steps', `${base}/%2e%2e/tenant-b/Patient`],
      ['half encoded steps', `${base}/.%2E/tenant-b/Patient`],
      ['steps behind an encoded slash', `${base}/..%2ftenant-b/Patient`],
      ['steps behind an encoded backslash', `${base}/..%5Ctenant-b/Patient`],
      ['steps encoded twice', `${base}/%252e%252e/tenant-b/Patient`],
      ['steps with a path parameter', `${base}/..;/tenant-b/Patient`],
      ['steps with an encoded path parameter', `${base}/%2e%2e%3b/tenant-b/Patient`],
      ['a broken escape', `${base}/%zz`],
      ['user info', 'https://u:p@fhir.example.org/r4/Patient?page=2'],
      ['a user', '//u@fhir.example.org/r4/Patient?page=2'],
      ['a line break', `${base}/Patient?a=\r\nX-Evil: b`],
      ['a tab', `${base}/Pat\tient`],
      ['NUL', `${base}/Patient\0`],
      ['a space in the path', `${base}/Pat ient?name=a`],
      ['more than 8 kB', `${base}/Patient?page=${'2'.repeat(8_192)}`],
      ['backslashes', '\\\\evil.example\\r4'],
      ['a fragment', `${base}/Patient?page=2#a`],
      ['a number', 5],
      ['an object', { url: base }],
    ])('%s', async (_what, next) => {
      for (const searchMethod of ['get', 'post-only'] as const) {
        const { ids, error, seen } = await follow(next, { searchMethod })
        expect(ids).toEqual(['1', '2'])
        expect(error).toMatchObject({
          code: 'ERR_CQ_NEXT_LINK_REFUSED',
          operation: 'patients.search',
          retryable: false,
          received: 2,
          pages: 1,
        })
        expect(seen).toHaveLength(1)
        expect(leaks(error)).toEqual([])
      }
    })

    test('one without any url is refused: more may be there, and nobody says that it is the end', async () => {
      const { client } = fake(() => fhir(200, bundle(['1'], { link: [{ relation: 'next' }] })))
      expect(await walked(client.search({ family: 'a' }))).toMatchObject({
        ids: ['1'],
        error: { code: 'ERR_CQ_NEXT_LINK_REFUSED', received: 1 },
      })
    })

    test.each([{ url: null }, { url: '' }, { url: ' \n' }])(
      '%j with it is the end, unless the server counts more than it gave',
      async (empty) => {
        const link = [{ relation: 'next', ...empty }]
        const end = fake(() => fhir(200, bundle(['1'], { link, total: 1 })))
        expect(await walked(end.client.search({ family: 'a' }))).toEqual({
          ids: ['1'],
          error: undefined,
        })
        const more = fake(() => fhir(200, bundle(['1'], { link, total: 2 })))
        expect(await walked(more.client.search({ family: 'a' }))).toMatchObject({
          ids: ['1'],
          error: { code: 'ERR_CQ_NEXT_LINK_REFUSED', received: 1 },
        })
      },
    )

    test('one of two different ones', async () => {
      const two = (second: string) =>
        fake(
          inTurn(
            () =>
              fhir(200, bundle(['1'], { next: '?n=2', link: [{ relation: 'next', url: second }] })),
            () => fhir(200, bundle(['2'])),
          ),
        )
      const different = two('?n=3')
      expect(await walked(different.client.search({ family: 'a' }))).toMatchObject({
        ids: ['1'],
        error: { code: 'ERR_CQ_NEXT_LINK_REFUSED' },
      })
      expect(different.seen).toHaveLength(1)
      const same = two('?n=2')
      expect(await walked(same.client.search({ family: 'a' }))).toEqual({
        ids: ['1', '2'],
        error: undefined,
      })
    })
  })

  test('links that are no links and other relations are left alone', async () => {
    const link = [
      null,
      5,
      'next',
      {},
      { relation: 5, url: '?n=9' },
      { relation: 'last', url: '?n=9' },
    ]
    const { client, seen } = fake(() => fhir(200, bundle(['1'], { link })))
    expect(await walked(client.search({ family: 'a' }))).toEqual({ ids: ['1'], error: undefined })
    expect(seen).toHaveLength(1)
  })

  test('A3: a redirect of a page to another origin is refused', async () => {
    const { client, seen } = fake(
      inTurn(
        () => fhir(200, bundle(['1'], { next: '?n=2' })),
        () => fhir(302, '', { location: 'https://evil.example/?family=Zebulon-Marker' }),
      ),
    )
    const { ids, error } = await walked(client.search({ family: 'Zebulon-Marker' }))
    expect(ids).toEqual(['1'])
    expect(error).toMatchObject({ code: 'ERR_CQ_REDIRECT_REFUSED', received: 1, pages: 1 })
    expect(seen.some(({ url }) => url.includes('evil'))).toBe(false)
    expect(leaks(error)).toEqual([])
  })
})
