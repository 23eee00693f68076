/** Places and breakers over a real Redis: what processes share, and what is left of one that dies. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TokenGuard } from '../../../src/auth/token-guard.ts'
import type { Limits, RequestResult } from '../../../src/discover/limits.ts'
import { MemoryBreaker } from '../../../src/discover/memory-breaker.ts'
import { TokenError } from '../../../src/errors.ts'
import { Deadline } from '../../../src/lib/deadline.ts'
import { redisLimits, type RedisOptions } from '../../../src/redis/index.ts'
import type { Connected } from './clients.mjs'
import { lacking, startRedis, type RedisServer } from './server.ts'

const missing = lacking('Redis')

const keys = [{ id: 'a', secret: new Uint8Array(32).fill(3) }]
const { signal } = new AbortController()

describe.skipIf(missing !== undefined)('Limits in Redis', () => {
  let redis: RedisServer
  let clients: Connected[]
  let processes: Limits[]
  beforeAll(async () => {
    redis = await startRedis()
    const { ioredisClient } = await import('./clients.mjs')
    clients = await Promise.all([1, 2, 3].map(() => ioredisClient(redis.port)))
    const options = { keys, timeoutMs: 60_000 } satisfies Partial<RedisOptions>
    processes = clients.map(({ client }) => redisLimits({ ...options, client }))
  }, 30_000)
  afterAll(async () => {
    for (const client of clients) client.close()
    await redis.close()
  })

  /** The time of every breaker that is open. */
  async function timeIsUp(): Promise<void> {
    const names = (await redis.ask('KEYS', 'cq:breaker:*')).match(/cq:breaker:\S+/g) ?? []
    for (const name of names.filter((one) => !one.endsWith(':underway'))) {
      if ((await redis.ask('HEXISTS', name, 'until')) === ':1\r\n+OK\r\n')
        await redis.ask('HSET', name, 'until', '1')
    }
  }

  test('no origin has more than 4 requests at once, over all processes, and all get their turn', async () => {
    let [now, most] = [0, 0]
    const one = async (limits: Limits): Promise<void> => {
      const place = await limits.origins.acquire('https://a.example', signal)
      now += 1
      most = Math.max(most, now)
      while (most < 4) await new Promise((resolve) => setImmediate(resolve))
      await new Promise((resolve) => setImmediate(resolve))
      now -= 1
      await place.release()
    }
    await Promise.all(processes.flatMap((limits) => Array.from({ length: 20 }, () => one(limits))))
    expect([now, most]).toEqual([0, 4])
  }, 60_000)

  test('one who waits leaves with the reason of the abort', async () => {
    const [limits] = processes
    if (limits === undefined) throw new Error('no limits')
    const places = await Promise.all(
      [1, 2, 3, 4].map(async () => limits.origins.acquire('https://b.example', signal)),
    )
    const aborter = new AbortController()
    const waiting = Promise.resolve(limits.origins.acquire('https://b.example', aborter.signal))
    aborter.abort(new TypeError('enough'))
    await expect(waiting).rejects.toThrow('enough')
    for (const place of places) await place.release()
  })

  test('places of a process that died come back by Redis’s time', async () => {
    const [dead, alive] = processes
    if (dead === undefined || alive === undefined) throw new Error('no limits')
    await dead.tokenEndpoints.acquire('https://c.example', signal)
    await dead.tokenEndpoints.acquire('https://c.example', signal)
    const waiting = Promise.resolve(alive.tokenEndpoints.acquire('https://c.example', signal))
    const [name = ''] =
      /cq:token-endpoint:\S+/.exec(await redis.ask('KEYS', 'cq:token-endpoint:*')) ?? []
    const owners = (await redis.ask('ZRANGE', name, '0', '-1')).match(/[\da-f-]{36}/g) ?? []
    expect(owners).toHaveLength(2)
    expect(await redis.ask('PTTL', name)).toMatch(/^:[5-8]\d{3}\r/)
    // As if its time had passed for one of them.
    await redis.ask('ZADD', name, '1', owners[0] ?? '')
    const place = await waiting
    await place.release()
  }, 30_000)

  test('a place that is held for long is renewed', async () => {
    const [one, other] = processes
    if (one === undefined || other === undefined) throw new Error('no limits')
    const places = [
      await one.tokenEndpoints.acquire('https://d.example', signal),
      await one.tokenEndpoints.acquire('https://d.example', signal),
    ]
    const names =
      (await redis.ask('KEYS', 'cq:token-endpoint:*')).match(/cq:token-endpoint:\S+/g) ?? []
    const scores = async (): Promise<string> =>
      (
        await Promise.all(names.map((name) => redis.ask('ZRANGE', name, '0', '-1', 'WITHSCORES')))
      ).join('')
    const before = await scores()
    await expect.poll(scores, { timeout: 30_000, interval: 200 }).not.toBe(before)
    for (const place of places) await place.release()
    await (await other.tokenEndpoints.acquire('https://d.example', signal)).release()
  }, 60_000)

  test('the breaker decides as the one in memory does, on any sequence of results', async () => {
    const [limits] = processes
    if (limits === undefined) throw new Error('no limits')
    const results: RequestResult[] = ['answered', 'unreachable', 'failing', 'dropped']
    let round = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('x', 'y'), fc.constantFrom(...results)), {
          minLength: 1,
          maxLength: 60,
        }),
        async (sequence) => {
          round += 1
          const origin = `https://r${round}.example`
          const memory = new MemoryBreaker(Date.now)
          for (const [path, result] of sequence) {
            const server = { origin, base: `${origin}/${path}` }
            const expected = await memory.mayTry(server, signal)
            const verdict = await limits.breaker.mayTry(server, signal)
            expect(verdict.open).toBe(expected.open)
            if (!expected.open) await expected.report(result)
            if (verdict.open) expect(verdict.retryAt - Date.now()).toBeGreaterThan(20_000)
            else await verdict.report(result)
          }
        },
      ),
      { numRuns: 40 },
    )
  }, 120_000)

  test('a breaker is closed by its probe alone, though an older request ends after it', async () => {
    const [limits] = processes
    if (limits === undefined) throw new Error('no limits')
    const server = { origin: 'https://late.example', base: 'https://late.example/r4' }
    const enter = async () => {
      const verdict = await limits.breaker.mayTry(server, signal)
      if (verdict.open) throw new Error('it is held back')
      return (result: RequestResult) => verdict.report(result)
    }
    const slow = await enter()
    for (let left = 10; left > 0; left -= 1) {
      await (
        await enter()
      )('answered')
      await (
        await enter()
      )('failing')
    }
    await timeIsUp()
    const probe = await enter()
    await probe('answered')
    await slow('failing')
    expect(await limits.breaker.mayTry(server, signal)).toMatchObject({ open: false })
  }, 60_000)

  test('a dead origin gets 5 requests from all processes together, then one probe at a time', async () => {
    const server = { origin: 'https://dead.example', base: 'https://dead.example/r4' }
    let sent = 0
    const ask = async (limits: Limits): Promise<void> => {
      const verdict = await limits.breaker.mayTry(server, signal)
      if (verdict.open) return
      sent += 1
      await verdict.report('unreachable')
    }
    await Promise.all(processes.flatMap((limits) => Array.from({ length: 30 }, () => ask(limits))))
    expect(sent).toBe(5)
    await timeIsUp()
    await Promise.all(processes.flatMap((limits) => [ask(limits), ask(limits)]))
    expect(sent).toBe(6)
  }, 60_000)

  test('token guards of all processes count as one', async () => {
    const guarded = { key: 'k', tokenEndpoint: 'https://as.example/token', perMinute: 30 }
    const board = (limits: Limits | undefined) => limits?.tokenGuard
    const guards = processes.map(
      (limits) => new TokenGuard(Date.now, () => undefined, board(limits)),
    )
    const soon = (): Deadline => new Deadline(50, () => new Error('time is up'))
    const started = await Promise.allSettled(
      guards.flatMap((guard) =>
        Array.from({ length: 8 }, () => guard.acquireSlot(guarded, soon())),
      ),
    )
    // Ten at once, whoever asks; the others would have waited longer than they may.
    expect(started.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
    const [first, second] = guards
    const refusal = new TokenError('ERR_CQ_TOKEN_REJECTED', 'no', {}, { error: 'invalid_client' })
    for (let count = 0; count < 3; count += 1) {
      const admission = await first?.enter(guarded)
      if (admission !== undefined) await first?.settled(guarded, admission, refusal)
    }
    await expect(second?.enter(guarded)).rejects.toMatchObject({ code: 'ERR_CQ_TOKEN_PAUSED' })
  }, 60_000)

  test('a pause that one process was told is seen by the others, and the longer one stays', async () => {
    const [one, other] = processes
    await one?.pauses?.set('https://p.example/r4', { status: 429, leftMs: 60_000 })
    await one?.pauses?.set('https://p.example/r4', { status: 503, leftMs: 1_000 })
    const found = await other?.pauses?.get('https://p.example/r4')
    expect(found?.status).toBe(429)
    expect(found?.leftMs).toBeGreaterThan(30_000)
    expect(await other?.pauses?.get('https://q.example/r4')).toBeUndefined()
  })

  test('no name in Redis says which servers are asked', () => {
    const written = redis.written()
    expect(written).toContain('cq:origin:')
    expect(written).not.toMatch(/example/)
  })
})
