import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { FetchLike, Patient, Transport } from '../../../src/index.ts'
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
} from '../../support/fhir-answers.ts'
import { FhirPatientClient } from '../../../src/index.ts'
import { holdTime, settledIn, turns, until } from '../../support/time.ts'

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
  fake((_request, number) => page([`${number}a`, `${number}b`, `${number}c`], `?n=${number + 1}`)())

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
