import { afterEach, describe, expect, test, vi, beforeEach } from 'vitest'
import { Deadline } from '../../../src/lib/deadline.ts'
import { SharedWork } from '../../../src/lib/shared-work.ts'
import { failureOf, jsonAnswer, wire } from '../../support/answering-fetch.ts'
import { turn } from '../../support/time.ts'
import { AssertionSigner, TokenProvider } from '../../../src/index.ts'
import { clockOf, fractionOf, identifiersOf } from '../../../src/lib/sources.ts'
import { asking, granted, keyPair, ownSigner, provider } from '../../support/token-endpoint.ts'
import { directoryOf, organization } from '../../support/directory-wire.ts'

describe('shared work', () => {
  /** Work that a test ends by hand. */
  function byHand() {
    const runs: {
      signal: AbortSignal
      resolve: (v: string) => void
      reject: (e: Error) => void
    }[] = []
    const work = ({ signal }: Deadline): Promise<string> =>
      new Promise((resolve, reject) => {
        runs.push({ signal, resolve, reject })
      })
    return { runs, work }
  }

  afterEach(() => {
    vi.unstubAllGlobals()
  })

  const timeUp = (): Error => new Error('too late')
  const never = (): Deadline => new Deadline(Infinity, timeUp)
  /** Ends with the signal. */
  const until = (aborter: AbortSignal): Deadline => new Deadline(Infinity, timeUp, { aborter })

  describe('SharedWork', () => {
    test('a thousand callers share one run', async () => {
      const { runs, work } = byHand()
      const shared = new SharedWork<string>()
      const all = Array.from({ length: 1_000 }, () => shared.run('k', work, never()))
      expect(shared.has('k')).toBe(true)
      runs[0]?.resolve('done')
      expect(new Set(await Promise.all(all))).toEqual(new Set(['done']))
      expect(runs).toHaveLength(1)
      expect(shared.has('k')).toBe(false)
    })

    test('another key is another run', async () => {
      const { runs, work } = byHand()
      const shared = new SharedWork<string>()
      const both = [shared.run('a', work, never()), shared.run('b', work, never())]
      runs[0]?.resolve('one')
      runs[1]?.resolve('two')
      expect(await Promise.all(both)).toEqual(['one', 'two'])
    })

    test('the next call after the end runs anew: nothing is kept', async () => {
      const shared = new SharedWork<number>()
      let count = 0
      const work = (): Promise<number> => Promise.resolve(++count)
      expect(await shared.run('k', work, never())).toBe(1)
      expect(await shared.run('k', work, never())).toBe(2)
    })

    test('one of two that leaves takes nothing from the other', async () => {
      const { runs, work } = byHand()
      const shared = new SharedWork<string>()
      const leaver = new AbortController()
      const left = failureOf(shared.run('k', work, until(leaver.signal)))
      const stays = shared.run('k', work, never())
      leaver.abort('my own reason')
      expect(await left).toBe('my own reason')
      await turn()
      expect(runs[0]?.signal.aborted).toBe(false)
      runs[0]?.resolve('done')
      expect(await stays).toBe('done')
    })

    test('the work ends when the last has left, and the next call starts anew', async () => {
      const { runs, work } = byHand()
      const shared = new SharedWork<string>()
      const leavers = [new AbortController(), new AbortController()]
      const left = leavers.map(({ signal }) => failureOf(shared.run('k', work, until(signal))))
      leavers[0]?.abort('first')
      await left[0]
      expect(runs[0]?.signal.aborted).toBe(false)
      leavers[1]?.abort('second')
      expect(await Promise.all(left)).toEqual(['first', 'second'])
      expect(runs[0]?.signal.aborted).toBe(true)
      expect(shared.has('k')).toBe(false)
      const next = shared.run('k', work, never())
      expect(runs).toHaveLength(2)
      runs[0]?.resolve('late, of the abandoned run')
      await turn()
      expect(shared.has('k')).toBe(true)
      runs[1]?.resolve('new')
      expect(await next).toBe('new')
    })

    test('a caller that arrives as the last one leaves gets a result all the same', async () => {
      const { runs, work } = byHand()
      const shared = new SharedWork<string>()
      const leaver = new AbortController()
      const left = failureOf(shared.run('k', work, until(leaver.signal)))
      leaver.abort('gone')
      const late = shared.run('k', work, never())
      await left
      await turn()
      for (const run of runs) if (!run.signal.aborted) run.resolve('done')
      expect(await late).toBe('done')
    })

    test('T4: a failure reaches all who wait, and is not remembered', async () => {
      const { runs, work } = byHand()
      const shared = new SharedWork<string>()
      const waiting = [1, 2, 3].map(() => failureOf(shared.run('k', work, never())))
      const failure = new Error('broken')
      runs[0]?.reject(failure)
      for (const seen of await Promise.all(waiting)) expect(seen).toBe(failure)
      const next = shared.run('k', work, never())
      runs[1]?.resolve('whole')
      expect(await next).toBe('whole')
    })

    test('a caller who asks on failing starts anew, and does not meet the failure again', async () => {
      const shared = new SharedWork<number>()
      let count = 0
      const work = (): Promise<number> =>
        ++count === 1 ? Promise.reject(new Error('first')) : Promise.resolve(count)
      const result = await shared
        .run('k', work, never())
        .catch(() => shared.run('k', work, never()))
      expect(result).toBe(2)
    })

    test('work that throws at once is a failure like any other', async () => {
      const shared = new SharedWork<string>()
      const failure = new Error('at once')
      const work = (): Promise<string> => {
        throw failure
      }
      expect(await failureOf(shared.run('k', work, never()))).toBe(failure)
      expect(shared.has('k')).toBe(false)
    })

    test('a caller who has left already starts nothing', async () => {
      const { runs, work } = byHand()
      const shared = new SharedWork<string>()
      expect(await failureOf(shared.run('k', work, until(AbortSignal.abort('gone'))))).toBe('gone')
      expect(runs).toHaveLength(0)
    })

    test('work that fails after all have left is nobody’s unhandled rejection', async () => {
      const unhandled: unknown[] = []
      const listen = (reason: unknown): void => void unhandled.push(reason)
      process.on('unhandledRejection', listen)
      const { runs, work } = byHand()
      const shared = new SharedWork<string>()
      const leaver = new AbortController()
      const left = failureOf(shared.run('k', work, until(leaver.signal)))
      leaver.abort('gone')
      await left
      runs[0]?.reject(new Error('late'))
      await turn()
      process.off('unhandledRejection', listen)
      expect(unhandled).toEqual([])
    })

    test('on Cloudflare Workers nothing in flight is shared', async () => {
      vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
      const { runs, work } = byHand()
      const shared = new SharedWork<string>()
      const lost = shared.run('k', work, never())
      expect(shared.has('k')).toBe(false) // or it would be waited for in vain
      const other = shared.run('k', work, never())
      expect(runs).toHaveLength(2)
      runs[1]?.resolve('two')
      expect(await other).toBe('two')
      runs[0]?.resolve('one')
      expect(await lost).toBe('one')
    })

    test('its time is that of the most patient of any number', async () => {
      const shared = new SharedWork<number>()
      const work = async (deadline: Deadline): Promise<number> => {
        await turn()
        return deadline.remainingMs
      }
      const all = Array.from({ length: 200_000 }, (_, index) =>
        shared.run('k', work, new Deadline(Infinity, timeUp, { remainingMs: index })),
      )
      expect(await all[0]).toBe(199_999)
    })
  })
})

describe('values that callers give as functions', () => {
  const times: readonly unknown[] = [NaN, Infinity, -Infinity, '5', null, undefined, {}]
  const ids: readonly unknown[] = [
    ...['', ' ', 'a b', 'a\r\nb', 'ü', 'x'.repeat(129)],
    ...[undefined, null, 7, {}, Promise.resolve('x')],
  ]
  const gives = (value: unknown) => (() => value) as () => never

  describe('L7: a clock', () => {
    test.each([0, -1, 1.5, 1e15])('that says %d is believed', (at) => {
      expect(clockOf(() => at)()).toBe(at)
    })

    test.each(times)('that says %j is a TypeError that names the option', (at) => {
      expect(clockOf(gives(at))).toThrow(TypeError)
      expect(clockOf(gives(at))).toThrow('"now"')
    })

    test('that throws is heard', () => {
      const own = new Error('no battery')
      const clock = clockOf(() => {
        throw own
      })
      expect(clock).toThrow(own)
    })

    test('of nobody is Date.now, whatever it is at that time', () => {
      const before = Date.now()
      expect(clockOf(undefined)()).toBeGreaterThanOrEqual(before)
    })

    test.each(times)('that says %j signs nothing and sends nothing', async (at) => {
      const http = wire(() => granted())
      const signer = await ownSigner(keyPair('P-256'))
      let said: unknown = 1e12
      const now = () => said as number
      const assertions = new AssertionSigner({ clientId: 'c', signer, now })
      const tokens = new TokenProvider({ ...http.options, assertions, now })
      said = at
      const signed = await failureOf(assertions.sign({ audience: 'https://as.example.org/' }))
      expect(signed).toBeInstanceOf(TypeError)
      expect(await failureOf(tokens.getToken(asking()))).toBeInstanceOf(TypeError)
      expect(http.requests).toEqual([])
    })

    test('that breaks in the middle ends the call, and the next one is good', async () => {
      const http = wire(() => jsonAnswer(organization('2.999.1')))
      let broken = false
      const directory = directoryOf(http, { now: () => (broken ? NaN : 1e12) })
      broken = true
      const error = await failureOf(directory.read('2.999.1'))
      expect(error).toBeInstanceOf(TypeError)
      expect((error as Error).message).toContain('"now"')
      broken = false
      expect((await directory.read('2.999.1')).id).toBe('2.999.1')
    })
  })

  describe('L7: a source of identifiers', () => {
    test.each(['1', crypto.randomUUID(), 'x'.repeat(128), '!~'])('that gives %j is taken', (id) => {
      expect(identifiersOf(() => id)()).toBe(id)
    })

    test.each(ids)('that gives %j is a TypeError that names the option', (id) => {
      expect(identifiersOf(gives(id))).toThrow(TypeError)
      expect(identifiersOf(gives(id))).toThrow('"randomUUID"')
    })

    test.each(ids)('that gives %j signs no assertion, and sends none', async (id) => {
      const http = wire(() => granted())
      const tokens = await provider(http.options, { randomUUID: gives(id) })
      const error = await failureOf(tokens.getToken(asking()))
      expect(error).toBeInstanceOf(TypeError)
      expect(http.requests).toEqual([])
    })

    test('of nobody is crypto.randomUUID', () => {
      expect(identifiersOf(undefined)()).toMatch(/^[\da-f-]{36}$/)
      expect(identifiersOf(undefined)()).not.toBe(identifiersOf(undefined)())
    })
  })

  test.each([
    ['00000000-0000-4000-8000-000000000000', 0],
    ['80000000-1', 0.5],
    ['ffffffff', 1 - 2 ** -32],
    ['no digits', 0.5],
    ['', 0.5],
    ['-1', 0.5],
    [' ff', 0.5],
  ])('the fraction of %j is from 0 to 1', (id, fraction) => {
    expect(fractionOf(id)).toBe(fraction)
  })
})

describe('deadline', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const timeUp = (): Error => new Error('time is up')

  test('a deadline that has ended starts no clock: it would keep the process alive', () => {
    const deadline = new Deadline(30_000, timeUp, undefined, 'on start')
    expect(vi.getTimerCount()).toBe(0)
    deadline.end()
    deadline.start()
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(60_000)
    expect(deadline.aborter.aborted).toBe(false)
  })

  test('a deadline that is counted on start has all its time from then', () => {
    const deadline = new Deadline(1_000, timeUp, undefined, 'on start')
    vi.advanceTimersByTime(5_000)
    deadline.start()
    vi.advanceTimersByTime(999)
    expect(deadline.aborter.aborted).toBe(false)
    vi.advanceTimersByTime(2)
    expect(deadline.aborter.reason).toEqual(timeUp())
    deadline.end()
    expect(vi.getTimerCount()).toBe(0)
  })
})
