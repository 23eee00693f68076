import { expect, test } from 'vitest'
import { TransportError } from '../../../src/errors.ts'
import { TargetGate } from '../../../src/discover/gate.ts'
import type { Limits, RequestResult } from '../../../src/discover/limits.ts'
import { memoryLimits } from '../../../src/discover/memory-limits.ts'
import type { HttpResponse } from '../../../src/http/messages.ts'
import { LazyAbortController } from '../../../src/lib/abort.ts'

const target = { origin: 'https://a.example', base: 'https://a.example/r4', kind: 'page' } as const
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
    await gate.pass(target, signal, () => Promise.reject(new TypeError('x'))).catch(() => undefined)
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
