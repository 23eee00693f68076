import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { TokenGuard, type Admission, type Guarded } from '../../../src/auth/token-guard.ts'
import { Deadline } from '../../../src/lib/deadline.ts'
import { TokenError } from '../../../src/errors.ts'
import type { ClientEvent } from '../../../src/types.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import {
  answered,
  asking,
  granted,
  keyPair,
  ownSigner,
  provider,
  tokenWire,
} from '../../support/token-endpoint.ts'

const MINUTE = 60_000
const refusal = (error: string): TokenError =>
  new TokenError('ERR_CQ_TOKEN_REJECTED', 'no', { status: 401 }, { error })
const never = (): Error => new Error('never')
const waiter = (remainingMs = Infinity): Deadline => new Deadline(Infinity, never, { remainingMs })

describe('the guard', () => {
  const events: ClientEvent[] = []
  let guard: TokenGuard
  const guarded: Guarded = { key: 'k', tokenEndpoint: 'https://as.example/token', perMinute: 30 }

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 })
    events.length = 0
    guard = new TokenGuard(Date.now, (event) => {
      events.push({ ...event, at: Date.now() })
    })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** When each of many that come at once goes, in seconds from now. */
  async function departures(count: number, more: Partial<Guarded> = {}): Promise<number[]> {
    const begun = Date.now()
    const went: number[] = []
    for (let index = 0; index < count; index += 1) {
      void guard.acquireSlot({ ...guarded, ...more }, waiter()).then(() => {
        went.push((Date.now() - begun) / 1_000)
      })
    }
    await vi.advanceTimersByTimeAsync(10 * MINUTE)
    return went
  }

  test('lets ten go at once, then one every two seconds, and thirty in any minute', async () => {
    const went = await departures(45)
    expect(went.slice(0, 12)).toEqual([...Array<number>(10).fill(0), 2, 4])
    expect(went[29]).toBe(40)
    expect(went[30]).toBe(60) // the first of this minute must be a minute old
    for (const [index, at] of went.entries()) {
      const later = went[index + 30]
      if (later !== undefined) expect(later - at).toBeGreaterThanOrEqual(60)
    }
  })

  test.each([0.7, 2, 2.1])(
    'lets no more than thirty go in any minute: ten, then each %d s',
    async (seconds) => {
      const went: number[] = []
      for (let come = 0; come < 120; come += 1) {
        void guard.acquireSlot(guarded, waiter()).then(() => went.push(Date.now()))
        if (come >= 10) await vi.advanceTimersByTimeAsync(seconds * 1_000)
      }
      await vi.advanceTimersByTimeAsync(10 * MINUTE)
      expect(went).toHaveLength(120)
      for (const [index, at] of went.entries()) {
        expect((went[index + 30] ?? Infinity) - at).toBeGreaterThanOrEqual(MINUTE)
      }
    },
  )

  test('fills the bucket again while nobody asks', async () => {
    await departures(10)
    await vi.advanceTimersByTimeAsync(10 * MINUTE)
    expect(await departures(11)).toEqual([...Array<number>(10).fill(0), 2])
  })

  test.each([
    [5, [0, 0, 0, 0, 0, 60, 60, 60, 60, 60, 120]],
    [1, [0, 60, 120]],
    [600, Array<number>(10).fill(0)],
  ])('with %i a minute', async (perMinute, expected) => {
    const went = await departures(expected.length, { perMinute })
    if (perMinute < 10) {
      for (const [index, at] of went.entries()) {
        expect(at).toBeGreaterThanOrEqual(Math.floor(index / perMinute) * 60)
      }
    } else expect(went).toEqual(expected)
  })

  test('keeps endpoints, clients and keys apart', async () => {
    await departures(10)
    expect(await departures(10, { key: 'other' })).toEqual(Array<number>(10).fill(0))
  })

  test('tells who has less time than the wait how long it is', async () => {
    for (let index = 0; index < 10; index += 1) await guard.acquireSlot(guarded, waiter())
    const error = await failureOf(guard.acquireSlot(guarded, waiter(1_999)))
    expect(error).toMatchObject({
      code: 'ERR_CQ_TOKEN_PAUSED',
      retryable: true,
      retryAfterMs: 2_000,
      retryAt: 1_002_000,
    })
    // It took no place: the next one with enough time waits no longer.
    const place = guard.acquireSlot(guarded, waiter(2_000))
    await vi.advanceTimersByTimeAsync(2_000)
    await place
  })

  test('gives the place back of one who leaves', async () => {
    for (let index = 0; index < 10; index += 1) await guard.acquireSlot(guarded, waiter())
    const controller = new AbortController()
    const leaving = guard.acquireSlot(
      guarded,
      new Deadline(Infinity, never, { aborter: controller.signal }),
    )
    const gone = failureOf(leaving)
    const reason = new Error('gone')
    controller.abort(reason)
    expect(await gone).toBe(reason)
    const next = guard.acquireSlot(guarded, waiter(2_000))
    await vi.advanceTimersByTimeAsync(2_000)
    await next
  })

  test('keeps everybody off for as long as a 429 asks', async () => {
    await guard.answered(guarded, 429, 30_000)
    expect(events).toMatchObject([{ type: 'token.paused', retryAt: 1_030_000 }])
    await guard.answered(guarded, 429, 1_000) // of a request that went before: the longer wait holds
    expect(await failureOf(guard.acquireSlot(guarded, waiter(29_999)))).toMatchObject({
      code: 'ERR_CQ_TOKEN_PAUSED',
      retryAfterMs: 30_000,
      status: 429,
    })
    const later = guard.acquireSlot(guarded, waiter())
    await vi.advanceTimersByTimeAsync(30_000)
    await later
    await guard.answered(guarded, 503, 30_000) // a server that is down has not said too much
    await guard.answered(guarded, 429, undefined)
    await guard.acquireSlot(guarded, waiter(0))
  })

  describe('after refusals of the client', () => {
    const refuse = async (count = 1, error = 'invalid_client'): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        await guard.settled(guarded, await guard.enter(guarded), refusal(error))
      }
    }
    let last: Admission
    const stopped = async (): Promise<unknown> => {
      try {
        last = await guard.enter(guarded)
        return undefined
      } catch (error) {
        return error
      }
    }
    const settled = async (failure?: unknown): Promise<void> => {
      await guard.settled(guarded, last, failure)
    }

    test.each(['invalid_client', 'unauthorized_client'])(
      'three %s in a row stop it for 30 s',
      async (error) => {
        await refuse(2, error)
        expect(await stopped()).toBeUndefined()
        await settled(refusal(error))
        expect(await stopped()).toMatchObject({
          code: 'ERR_CQ_TOKEN_PAUSED',
          retryAt: 1_030_000,
          retryAfterMs: 30_000,
          status: 401,
          error,
        })
        expect(events).toMatchObject([{ type: 'token.paused', retryAt: 1_030_000 }])
      },
    )

    test('the stop doubles from 30 s to 10 min, each ending with one probe', async () => {
      await refuse(3)
      for (const seconds of [30, 60, 120, 240, 480, 600, 600, 600]) {
        expect(await stopped()).toMatchObject({ retryAfterMs: seconds * 1_000 })
        vi.advanceTimersByTime(seconds * 1_000 - 1)
        expect(await stopped()).toMatchObject({ code: 'ERR_CQ_TOKEN_PAUSED', retryAfterMs: 1 })
        vi.advanceTimersByTime(1)
        expect(await stopped()).toBeUndefined() // the probe
        expect(await stopped()).toMatchObject({ code: 'ERR_CQ_TOKEN_PAUSED', retryAfterMs: 1_000 })
        await settled(refusal('invalid_client'))
      }
    })

    test('a token ends it', async () => {
      await refuse(3)
      vi.advanceTimersByTime(30_000)
      expect(await stopped()).toBeUndefined()
      await settled()
      await refuse(2)
      expect(await stopped()).toBeUndefined()
    })

    test('a probe that fails on the way may be followed by the next at once', async () => {
      await refuse(3)
      vi.advanceTimersByTime(30_000)
      expect(await stopped()).toBeUndefined()
      await settled(new Error('network'))
      expect(await stopped()).toBeUndefined()
    })

    test('ten at once that are refused stop it for 30 s, not for as many doublings', async () => {
      const under = await Promise.all(Array.from({ length: 10 }, () => guard.enter(guarded)))
      for (const one of under.slice(0, 8))
        await guard.settled(guarded, one, refusal('invalid_client'))
      expect(await stopped()).toMatchObject({ retryAfterMs: 30_000 })
      expect(events).toHaveLength(1)
      vi.advanceTimersByTime(30_000)
      expect(await stopped()).toBeUndefined() // the probe
      const [late, later] = under.slice(8) as [Admission, Admission]
      await guard.settled(guarded, late, refusal('invalid_client'))
      expect(await stopped()).toMatchObject({ retryAfterMs: 1_000 }) // it is still the probe's turn
      await guard.settled(guarded, later)
      expect(await stopped()).toBeUndefined() // a token makes good, whoever got it
    })

    test('a probe that never comes back, as where workers are ended, is followed by another', async () => {
      await refuse(3)
      vi.advanceTimersByTime(30_000)
      expect(await stopped()).toBeUndefined()
      vi.advanceTimersByTime(119_999)
      expect(await stopped()).toMatchObject({ code: 'ERR_CQ_TOKEN_PAUSED', retryAfterMs: 1_000 })
      vi.advanceTimersByTime(1)
      expect(await stopped()).toBeUndefined()
    })

    test('other failures neither count nor make good', async () => {
      await refuse(2)
      for (const failure of [refusal('invalid_scope'), refusal('invalid_grant'), new Error('x')]) {
        await guard.settled(guarded, await guard.enter(guarded), failure)
      }
      expect(await stopped()).toBeUndefined()
      await settled(refusal('invalid_client'))
      expect(await stopped()).toMatchObject({ code: 'ERR_CQ_TOKEN_PAUSED' })
    })
  })
})

const unknown = () => answered('{"error":"invalid_client"}', 401)

describe('on the wire', () => {
  test('after three refusals nothing is sent; another client id, key or endpoint starts afresh', async () => {
    const line = tokenWire(unknown)
    const signer = await ownSigner(keyPair('P-256'))
    const tokens = await provider(line.options, { signer })
    const get = async (more = {}): Promise<unknown> => failureOf(tokens.getToken(asking(more)))
    for (const scope of ['a', 'b', 'c']) {
      expect(await get({ scope })).toMatchObject({ code: 'ERR_CQ_TOKEN_REJECTED' })
    }
    expect(line.requests).toHaveLength(3)
    expect(await get()).toMatchObject({
      code: 'ERR_CQ_TOKEN_PAUSED',
      error: 'invalid_client',
      status: 401,
      retryAt: line.now + 30_000,
    })
    expect(line.requests).toHaveLength(3)
    expect(await get({ clientId: 'other' })).toMatchObject({ code: 'ERR_CQ_TOKEN_REJECTED' })
    const endpoint = 'https://as.example.org/other'
    expect(await get({ tokenEndpoint: endpoint })).toMatchObject({ code: 'ERR_CQ_TOKEN_REJECTED' })
    expect(line.requests).toHaveLength(5)
    line.now += 30_000
    const probes = await Promise.all(['d', 'e', 'f'].map((scope) => get({ scope })))
    const codes = probes.map((error) => (error as TokenError).code).sort()
    expect(codes).toEqual(['ERR_CQ_TOKEN_PAUSED', 'ERR_CQ_TOKEN_PAUSED', 'ERR_CQ_TOKEN_REJECTED'])
    expect(line.requests).toHaveLength(6)
  })

  test('a clock that is too far off counts as the refusal that it was', async () => {
    const line = tokenWire(() => {
      const date = new Date(line.now + 86_400_000).toUTCString()
      return new Response('{"error":"invalid_client","error_description":"MARK"}', {
        status: 401,
        headers: { date, 'content-type': 'application/json' },
      })
    })
    const tokens = await provider(line.options)
    const get = async (): Promise<unknown> => failureOf(tokens.getToken(asking()))
    for (let count = 0; count < 3; count += 1) {
      const error = await get()
      expect(error).toMatchObject({ code: 'ERR_CQ_CLOCK_SKEW' })
      expect(inspect(error, { depth: 8 }) + JSON.stringify(error)).not.toContain('MARK')
    }
    expect(await get()).toMatchObject({ code: 'ERR_CQ_TOKEN_PAUSED', error: 'invalid_client' })
    expect(line.requests).toHaveLength(3)
  })

  test('a key that is replaced starts afresh', async () => {
    const line = tokenWire(unknown)
    const keys = [await ownSigner(keyPair('P-256')), await ownSigner(keyPair('P-256'))]
    let key = 0
    const tokens = await provider(line.options, { signer: () => keys[key] ?? expect.fail() })
    const get = async (): Promise<unknown> => failureOf(tokens.getToken(asking()))
    for (let count = 0; count < 3; count += 1) await get()
    expect(await get()).toMatchObject({ code: 'ERR_CQ_TOKEN_PAUSED' })
    key = 1
    expect(await get()).toMatchObject({ code: 'ERR_CQ_TOKEN_REJECTED' })
    expect(line.requests).toHaveLength(4)
  })

  test('a signer is not asked while the client is stopped', async () => {
    const line = tokenWire(unknown)
    let signatures = 0
    const own = await ownSigner(keyPair('P-256'))
    const signer = {
      algorithms: own.algorithms,
      publicJwk: own.publicJwk,
      sign: (...given: Parameters<typeof own.sign>) => {
        signatures += 1
        return own.sign(...given)
      },
    }
    const tokens = await provider(line.options, { signer })
    for (let count = 0; count < 6; count += 1) await failureOf(tokens.getToken(asking()))
    expect([signatures, line.requests.length]).toEqual([3, 3])
  })

  test('retries count, and the rate of the request comes before the provider’s', async () => {
    const line = tokenWire((_, number) => (number % 3 === 0 ? granted() : answered('', 503)))
    const tokens = await provider(line.options, {}, { tokenRequestsPerMinute: 1e6 })
    const request = asking({ tokenRequestsPerMinute: 3 })
    await tokens.getToken(request)
    expect(line.requests).toHaveLength(3)
    const next = tokens.getToken({ ...request, scope: 'other' }, { timeoutMs: 5_000 })
    expect(await failureOf(next)).toMatchObject({ code: 'ERR_CQ_TOKEN_PAUSED' })
    expect(line.requests).toHaveLength(3)
  })

  test('without a rate that is named there are ten at once and thirty a minute', async () => {
    const line = tokenWire(() => granted())
    const tokens = await provider(line.options, {}, { tokenRequestsPerMinute: undefined })
    const get = (number: number) =>
      tokens.getToken(asking({ scope: `s${number}` }), { timeoutMs: 1_000 })
    await Promise.all(Array.from({ length: 10 }, (_, number) => get(number)))
    expect(await failureOf(get(10))).toMatchObject({
      code: 'ERR_CQ_TOKEN_PAUSED',
      retryAfterMs: 2_000,
    })
    expect(line.requests).toHaveLength(10)
  })

  test('a 429 keeps other contexts of the same client off, and not another client', async () => {
    const line = tokenWire((_, number) =>
      number === 1
        ? new Response('', { status: 429, headers: { 'retry-after': '3600' } })
        : granted(),
    )
    const tokens = await provider(line.options)
    expect(await failureOf(tokens.getToken(asking()))).toMatchObject({ status: 429 })
    expect(await failureOf(tokens.getToken(asking({ scope: 'other' })))).toMatchObject({
      code: 'ERR_CQ_TOKEN_PAUSED',
      retryAfterMs: 3_600_000,
    })
    expect(line.requests).toHaveLength(1)
    await tokens.getToken(asking({ clientId: 'other' }))
    expect(line.requests).toHaveLength(2)
    line.now += 3_600_000
    await tokens.getToken(asking())
  })

  test.each([0, -1, NaN, '30'])('tokenRequestsPerMinute %j is a TypeError', async (value) => {
    const line = tokenWire(() => granted())
    const more = { tokenRequestsPerMinute: value as number }
    await expect(provider(line.options, {}, more)).rejects.toThrow(/"tokenRequestsPerMinute"/)
    const tokens = await provider(line.options)
    await expect(tokens.getToken(asking(more))).rejects.toThrow(/"tokenRequestsPerMinute"/)
  })
})
