import { describe, expect, test } from 'vitest'
import type { RetryMode } from '../../../src/http/messages.ts'
import type { ClientEvent, HttpOptions } from '../../../src/types.ts'
import { jitteredPauseMs, mayRetry, retryAfterMs } from '../../../src/http/policies/retry.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import { holdTime, until } from '../../support/time.ts'
import { ask, clientOf, json, serve, type Loopback } from './loopback.ts'

const PASSING = [408, 425, 429, 502, 503, 504]
const FINAL = [400, 401, 403, 404, 405, 406, 409, 410, 412, 414, 415, 422, 451, 501, 505, 599]

async function requestsFor(
  status: number,
  retry: RetryMode,
  options: HttpOptions = {},
): Promise<number> {
  const server = await serve((response) => json(response, status))
  expect((await ask(clientOf(options), server.origin, { retry })).status).toBe(status)
  return server.seen.length
}

describe('how often a request is made', () => {
  test.each(PASSING)(
    'R16: %i: three times for safe and token requests, else once',
    async (status) => {
      expect(await requestsFor(status, 'safe')).toBe(3)
      expect(await requestsFor(status, 'not-after-500')).toBe(3)
      expect(await requestsFor(status, 'never')).toBe(1)
    },
  )

  test('R16: 500: once more for safe requests, never for a token', async () => {
    expect(await requestsFor(500, 'safe')).toBe(2)
    expect(await requestsFor(500, 'not-after-500')).toBe(1)
    expect(await requestsFor(500, 'never')).toBe(1)
  })

  test.each(FINAL)('R17: %i: once', async (status) => {
    expect(await requestsFor(status, 'safe')).toBe(1)
    expect(await requestsFor(status, 'not-after-500')).toBe(1)
  })

  test('every other status from 200 to 599 is given back after one request', () => {
    for (let status = 200; status < 600; status += 1) {
      const again = PASSING.includes(status) || status === 500
      expect(mayRetry('safe', 1, status), String(status)).toBe(again)
      expect(mayRetry('not-after-500', 1, status), String(status)).toBe(again && status !== 500)
      expect(mayRetry('safe', 3, status)).toBe(false)
    }
  })

  test('a good answer after bad ones is the answer', async () => {
    const server = await serve((response, number) => json(response, number < 3 ? 503 : 200))
    const events: ClientEvent[] = []
    const client = clientOf({ onEvent: (event) => void events.push(event) })
    expect((await ask(client, `${server.origin}/Patient?name=MARK`)).status).toBe(200)
    expect(server.seen).toHaveLength(3)
    expect(events).toMatchObject([
      { type: 'http.retry', attempt: 1, why: '503' },
      { type: 'http.retry', attempt: 2, why: '503' },
    ])
    expect(JSON.stringify(events)).not.toContain('MARK')
  })

  test('R4: a broken connection: three times, then the failure', async () => {
    for (const [retry, times] of [
      ['safe', 3],
      ['not-after-500', 3],
      ['never', 1],
    ] as const) {
      const server = await serve((response) => void response.destroy())
      expect(await failureOf(ask(clientOf(), server.origin, { retry }))).toMatchObject({
        name: 'TransportError',
        code: 'ERR_CQ_NETWORK',
        retryable: true,
        origin: server.origin,
      })
      expect(server.seen).toHaveLength(times)
    }
  })

  test('R5: a kept-alive socket that dies is replaced at once, without a pause', async () => {
    const server = await serve((response, number) => {
      if (number === 2) response.destroy()
      else json(response)
    })
    const time = holdTime()
    const client = clientOf({ randomUUID: () => 'ffffffff-0000-4000-8000-000000000000' })
    await ask(client, server.origin)
    const asked = ask(client, server.origin)
    await until(() => server.seen.length === 2)
    const start = performance.now()
    await time.passUntil(() => server.seen.length === 3, 1)
    expect((await asked).status).toBe(200)
    expect(performance.now() - start).toBeLessThan(400) // full jitter would be 500
    expect(server.seen).toHaveLength(3)
  })

  test('nothing listens: the code of the failure is in the message', async () => {
    const { createServer } = await import('node:http')
    const free = createServer().listen(0)
    const { port } = free.address() as { port: number }
    await new Promise((resolve) => free.close(resolve))
    const error = await failureOf(ask(clientOf(), `http://127.0.0.1:${port}`))
    expect(error).toMatchObject({ code: 'ERR_CQ_NETWORK' })
    expect((error as Error).message).toContain('(ECONNREFUSED)')
  })

  test('a form function is asked anew for each attempt', async () => {
    const server = await serve((response) => json(response, 503))
    let signed = 0
    const form = (): Promise<string> => Promise.resolve(`client_assertion=${++signed}`)
    await ask(clientOf(), server.origin, { form, retry: 'not-after-500' })
    expect(server.seen.map(({ body }) => body)).toEqual(
      [1, 2, 3].map((n) => `client_assertion=${n}`),
    )
  })

  test('a form function that fails ends the call with its own error and nothing sent', async () => {
    const server = await serve((response) => json(response))
    const failure = new Error('signer')
    const asked = ask(clientOf(), server.origin, { form: () => Promise.reject(failure) })
    expect(await failureOf(asked)).toBe(failure)
    expect(server.seen).toHaveLength(0)
  })
})

/** How long, in held time, is waited before the second attempt. */
async function pausedFor(server: Loopback, options: HttpOptions): Promise<number> {
  const time = holdTime()
  const asked = ask(clientOf(options), server.origin)
  await until(() => server.seen.length === 1)
  await time.passUntil(() => server.seen.length === 2, 1)
  expect((await asked).status).toBe(200)
  const [first, second] = server.seen
  return (second?.at ?? 0) - (first?.at ?? 0)
}

describe('R15: how long is waited between attempts', () => {
  test('full jitter under a doubling pause, with an end', () => {
    expect([1, 2, 3].map((attempt) => jitteredPauseMs(attempt, 0))).toEqual([0, 0, 0])
    expect([1, 2, 3].map((attempt) => jitteredPauseMs(attempt, 1))).toEqual([500, 1_000, 2_000])
    expect(jitteredPauseMs(30, 1)).toBe(8_000)
  })

  test('a source of randomness that gives nonsense still leaves a pause', async () => {
    const server = await serve((response, number) => json(response, number < 2 ? 503 : 200))
    expect(await pausedFor(server, { randomUUID: () => 'zzz' })).toBeGreaterThan(200)
  })

  test('Retry-After in seconds is waited for and not undercut', async () => {
    const server = await serve((response, number) =>
      json(response, number < 2 ? 503 : 200, { 'retry-after': '1' }),
    )
    expect(await pausedFor(server, {})).toBeGreaterThanOrEqual(999)
  })

  test('Retry-After as a date is waited for by the client’s clock', async () => {
    const server = await serve((response, number) =>
      json(response, number < 2 ? 429 : 200, { 'retry-after': 'Mon, 01 Jun 2026 12:00:01 GMT' }),
    )
    const now = (): number => Date.parse('2026-06-01T12:00:00.850Z')
    expect(await pausedFor(server, { now })).toBeGreaterThanOrEqual(149)
  })

  test.each(['60', '99999999999', '9'.repeat(400), 'Thu, 01 Jan 2099 00:00:00 GMT'])(
    'Retry-After %s beyond the time left: the answer comes back at once',
    async (header) => {
      const server = await serve((response) => json(response, 503, { 'retry-after': header }))
      holdTime() // no time passes
      const answer = await ask(clientOf(), server.origin, {}, { timeoutMs: 5_000 })
      expect(answer.status).toBe(503)
      expect(answer.context.retryAfterMs).toBeGreaterThanOrEqual(60_000)
      expect(Number.isFinite(answer.context.retryAfterMs)).toBe(true)
      expect(server.seen).toHaveLength(1)
    },
  )

  test('a wait longer than any timer does not end at once', async () => {
    const server = await serve((response) => json(response, 503, { 'retry-after': '3000000' }))
    const answer = await ask(clientOf(), server.origin, {}, { timeoutMs: 2 ** 42 })
    expect(answer.context.retryAfterMs).toBe(3e9)
    expect(server.seen).toHaveLength(1)
  })

  const now = Date.parse('2026-06-01T12:00:00Z')
  test.each([
    [null, undefined],
    ['', undefined],
    ['-5', undefined],
    ['soon', undefined],
    ['1e400', undefined],
    ['1.5', undefined],
    ['0x10', undefined],
    ['5 seconds', undefined],
    ['2026-06-01T12:01:00Z', undefined],
    ['Mon, 01 Foo 2026 12:01:00 GMT', undefined],
    ['Mon, 01 Jun 2026 12:01:00 PST', undefined],
    ['0', 0],
    [' 120 ', 120_000],
    ['Mon, 01 Jun 2026 12:01:00 GMT', 60_000],
    ['Mon, 01 Jun 2026 11:00:00 GMT', 0],
    ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
  ])('Retry-After %j is read as %j', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms)
  })
})
