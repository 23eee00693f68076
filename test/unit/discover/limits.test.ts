import { describe, expect, test } from 'vitest'
import { MemoryBreaker } from '../../../src/discover/memory-breaker.ts'
import { MemoryPlaces, memoryLimits } from '../../../src/discover/memory-limits.ts'
import { StartOrder } from '../../../src/discover/order.ts'
import type {
  Breaker,
  RequestResult,
  Server,
  Verdict,
  Limits,
} from '../../../src/discover/limits.ts'
import { LazyAbortController } from '../../../src/lib/abort.ts'
import { turn } from '../../support/time.ts'
import { TransportError } from '../../../src/errors.ts'
import { TargetGate } from '../../../src/discover/gate.ts'
import type { HttpResponse } from '../../../src/http/messages.ts'

describe('breaker', () => {
  const BASE: Server = { origin: 'https://a.example', base: 'https://a.example/one' }
  const NEIGHBOUR: Server = { origin: 'https://a.example', base: 'https://a.example/two' }
  const signal = new LazyAbortController()

  function world(): {
    breaker: MemoryBreaker
    pass: (ms: number) => void
    ask: (server: Server, result: RequestResult) => Verdict | Promise<Verdict>
  } {
    const clock = { now: 1_000_000 }
    const breaker = new MemoryBreaker(() => clock.now)
    return {
      breaker,
      pass: (ms) => (clock.now += ms),
      ask: (server, result) => {
        const verdict = breaker.mayTry(server, signal)
        if (!(verdict instanceof Promise) && !verdict.open) void verdict.report(result)
        return verdict
      },
    }
  }
  /** Lets a request through, to be reported later. */
  function enter(breaker: Breaker, server: Server): (result: RequestResult) => void {
    const verdict = breaker.mayTry(server, signal)
    if (verdict instanceof Promise || verdict.open) throw new Error('it is held back')
    return (result) => void verdict.report(result)
  }
  const repeat = (times: number, work: () => unknown): unknown[] =>
    Array.from({ length: times }, work)

  describe('a breaker', () => {
    test('opens after five failures in a row, for 30 s, and lets one probe through then', () => {
      const { breaker, pass, ask } = world()
      repeat(4, () => ask(BASE, 'failing'))
      expect(ask(BASE, 'answered')).toMatchObject({ open: false })
      repeat(5, () => ask(BASE, 'failing'))
      expect(ask(BASE, 'answered')).toEqual({ open: true, retryAt: 1_030_000 })
      pass(30_000)
      const probe = enter(breaker, BASE)
      expect(breaker.mayTry(BASE, signal)).toMatchObject({ open: true })
      probe('answered')
      expect(ask(BASE, 'answered')).toMatchObject({ open: false })
    })

    test('stays open twice as long after each probe that fails, up to 10 minutes', () => {
      const { pass, ask } = world()
      repeat(5, () => ask(BASE, 'failing'))
      const stays: number[] = []
      for (const ms of [30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000]) {
        pass(ms - 1)
        expect(ask(BASE, 'failing')).toMatchObject({ open: true })
        pass(1)
        expect(ask(BASE, 'failing')).toMatchObject({ open: false })
        stays.push(ms)
      }
      expect(stays).toHaveLength(7)
    })

    test('opens where half of at least twenty requests in a minute failed', () => {
      const { pass, ask } = world()
      const pairs = (): unknown => repeat(9, () => [ask(BASE, 'failing'), ask(BASE, 'answered')])
      pairs()
      pass(61_000)
      pairs() // the eighteen before are past
      expect(ask(BASE, 'answered')).toMatchObject({ open: false })
      expect(ask(BASE, 'failing')).toMatchObject({ open: false })
      expect(ask(BASE, 'answered')).toMatchObject({ open: true })
    })

    test('of one base says nothing of its neighbours, unless nothing there can be reached', () => {
      const { ask } = world()
      repeat(5, () => ask(BASE, 'failing'))
      expect(ask(BASE, 'answered')).toMatchObject({ open: true })
      expect(ask(NEIGHBOUR, 'answered')).toMatchObject({ open: false })
      repeat(5, () => ask(NEIGHBOUR, 'unreachable'))
      expect(ask({ ...NEIGHBOUR, base: 'https://a.example/three' }, 'answered')).toMatchObject({
        open: true,
      })
      expect(
        ask({ origin: 'https://b.example', base: 'https://b.example' }, 'answered'),
      ).toMatchObject({
        open: false,
      })
    })

    test('holds back what could make the failures more than five, until one of those under way is over', async () => {
      const { breaker } = world()
      const [first, ...others] = Array.from({ length: 4 }, () => enter(breaker, BASE))
      first?.('unreachable')
      others.push(enter(breaker, BASE))
      const held = breaker.mayTry(BASE, signal)
      expect(held).toBeInstanceOf(Promise)
      for (const report of others) report('unreachable')
      expect(await held).toMatchObject({ open: true })
    })

    test('forgets a probe that was dropped, and lets another one through', () => {
      const { breaker, pass, ask } = world()
      repeat(5, () => ask(BASE, 'failing'))
      pass(30_000)
      expect(ask(BASE, 'dropped')).toMatchObject({ open: false })
      expect(breaker.mayTry(BASE, signal)).toMatchObject({ open: false })
    })

    test('is closed by its probe alone, whatever ends before and after it', () => {
      const { breaker, pass, ask } = world()
      const [early, late] = [enter(breaker, BASE), enter(breaker, BASE)]
      repeat(10, () => [ask(BASE, 'answered'), ask(BASE, 'failing')])
      pass(30_000)
      const probe = enter(breaker, BASE)
      early('failing')
      expect(breaker.mayTry(BASE, signal)).toMatchObject({ open: true, retryAt: 1_031_000 })
      probe('answered')
      late('failing')
      expect(ask(BASE, 'answered')).toMatchObject({ open: false })
    })

    test('ends waiting with the signal', async () => {
      const { breaker } = world()
      const leaving = new LazyAbortController()
      const [first] = Array.from({ length: 4 }, () => enter(breaker, BASE))
      first?.('failing')
      enter(breaker, BASE)
      const held = Promise.resolve(breaker.mayTry(BASE, leaving))
      leaving.abort(new Error('left'))
      await expect(held).rejects.toThrow('left')
    })
  })

  describe('places', () => {
    test('are given at once while there are some, then in the order of asking', async () => {
      const places = new MemoryPlaces(2)
      const [first, second] = [places.acquire('a', signal), places.acquire('a', signal)]
      expect(first).not.toBeInstanceOf(Promise)
      const order: string[] = []
      const third = Promise.resolve(places.acquire('a', signal)).then(() => order.push('third'))
      const fourth = Promise.resolve(places.acquire('a', signal)).then(() => order.push('fourth'))
      expect(places.acquire('b', signal)).not.toBeInstanceOf(Promise)
      void (await first).release()
      await turn()
      expect(order).toEqual(['third'])
      void (await first).release() // a second time, which changes nothing
      await turn()
      expect(order).toEqual(['third'])
      void (await second).release()
      await Promise.all([third, fourth])
      expect(order).toEqual(['third', 'fourth'])
    })

    test('are not kept for one who has left', async () => {
      const places = new MemoryPlaces(1)
      const held = await places.acquire('a', signal)
      const leaving = new LazyAbortController()
      const waiting = Promise.resolve(places.acquire('a', leaving))
      leaving.abort(new Error('left'))
      await expect(waiting).rejects.toThrow('left')
      void held.release()
      expect(places.acquire('a', signal)).not.toBeInstanceOf(Promise)
    })
  })

  test('an origin that is crowded holds up none of the others', () => {
    const jobs = ['a', 'a', 'a', 'b', 'a', 'c'].map((origin, at) => ({ origin, at }))
    const order = new StartOrder<(typeof jobs)[number]>(2)
    order.add(jobs)
    const started = [order.take(), order.take(), order.take(), order.take()]
    expect(started.map((job) => job?.at)).toEqual([0, 1, 3, 5])
    expect(order.take()).toBeUndefined()
    const [first] = jobs
    if (first !== undefined) order.done(first)
    expect(order.take()?.at).toBe(2)
    expect(order.take()).toBeUndefined()
    expect(order.drain().map(({ at }) => at)).toEqual([4])
  })
})

describe('the gate', () => {
  const target = {
    origin: 'https://a.example',
    base: 'https://a.example/r4',
    kind: 'page',
  } as const
  const answer = (status: number): HttpResponse => ({ status }) as never

  function world(limits: Partial<Limits> = {}) {
    const results: RequestResult[] = []
    const breaker = {
      mayTry: () => ({
        open: false as const,
        report: (result: RequestResult) => void results.push(result),
      }),
    }
    const all = { ...memoryLimits(() => 0), breaker, ...limits }
    const gate = new TargetGate(
      all,
      () => 0,
      performance.now() + 60_000,
      () => undefined,
    )
    const signal = new LazyAbortController()
    return { gate, results, signal }
  }

  test.each([
    [() => Promise.resolve(answer(200)), 'answered'],
    [() => Promise.resolve(answer(404)), 'answered'],
    [() => Promise.resolve(answer(429)), 'failing'],
    [() => Promise.resolve(answer(503)), 'failing'],
    [() => Promise.reject(new TransportError('ERR_CQ_NETWORK', 'x')), 'unreachable'],
    [() => Promise.reject(new TransportError('ERR_CQ_TIMEOUT', 'x')), 'failing'],
    [() => Promise.reject(new TransportError('ERR_CQ_RESPONSE_TOO_LARGE', 'x')), 'answered'],
  ])('an attempt is reported once by what it showed: %s', async (attempt, expected) => {
    const { gate, results, signal } = world()
    await gate.pass(target, signal, attempt).catch(() => undefined)
    expect(results).toEqual([expected])
    expect(gate.attempts).toBe(1)
  })

  test('limits that are lost send nothing, and say so', async () => {
    const lost = { acquire: () => Promise.reject(new Error('the store is gone')) }
    const { gate, results, signal } = world({ origins: lost })
    let sent = 0
    const attempt = (): Promise<HttpResponse> => Promise.resolve(answer((sent += 1)))
    await expect(gate.pass(target, signal, attempt)).rejects.toThrow('gone')
    expect([sent, gate.isLost, gate.attempts, results]).toEqual([0, true, 0, []])
  })

  test('a place is given back whatever becomes of the attempt, and an open breaker takes none', async () => {
    const limits = memoryLimits(() => 1_000)
    const { gate, signal } = world({ origins: limits.origins })
    for (let at = 0; at < 20; at += 1) {
      await gate
        .pass(target, signal, () => Promise.reject(new TypeError('x')))
        .catch(() => undefined)
    }
    const opened = { mayTry: () => ({ open: true, retryAt: 31_000 }) as const }
    const closed = world({ origins: limits.origins, breaker: opened })
    for (let at = 0; at < 20; at += 1) {
      const refused = closed.gate.pass(target, closed.signal, () => Promise.resolve(answer(200)))
      await expect(refused).rejects.toMatchObject({
        code: 'ERR_CQ_BREAKER_OPEN',
        retryAfterMs: 31_000,
      })
    }
    expect(limits.origins.acquire(target.origin, signal)).not.toBeInstanceOf(Promise)
  })
})
