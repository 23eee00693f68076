/** How many tokens are asked for under steady use, by their life. */
import { expect, describe, test } from 'vitest'
import { until } from '../../support/time.ts'
import { asking, granted, provider, tokenWire } from '../../support/token-endpoint.ts'

/** The fraction of jitter that a random source gives: 0 is the shortest window, 1 nearly the longest. */
const UUIDS = {
  0: '00000000-0000-4000-8000-000000000000',
  0.5: '80000000-0000-4000-8000-000000000000',
  1: 'ffffffff-0000-4000-8000-000000000000',
} as const
type Jitter = keyof typeof UUIDS

/**
 * A call every `everyMs` for `forMs` of injected time, all at once between: what is asked for, and
 * how many calls found no token and waited.
 */
async function steady(lifeS: number, forMs: number, everyMs: number, jitter: Jitter) {
  const line = tokenWire(() => granted({ expires_in: lifeS }))
  const http = { ...line.options, randomUUID: () => UUIDS[jitter] }
  const tokens = await provider(http)
  const request = asking()
  const authorize = tokens.authorizer(request)
  const { signal } = new AbortController()
  const begun = line.now
  let waited = 0
  const issued = (): number => line.events.filter(({ type }) => type === 'token.issued').length
  for (let at = 0; at < forMs; at += everyMs) {
    line.now = begun + at
    const [seen, before] = [{ done: false }, issued()]
    const call = authorize({ url: request.fhirBaseUrl, signal, timeoutMs: 60_000 })
    void call.then(() => {
      seen.done = true
    })
    for (let turn = 0; turn < 3; turn += 1) await Promise.resolve()
    if (!seen.done) waited += 1
    const token = await call
    // A renewal in the background takes no injected time: it is over before the next call.
    const inWindow =
      typeof token === 'object' && token.expiresAt - line.now <= windowOf(lifeS, jitter)
    if (inWindow && lifeS >= 3) await until(() => issued() > before)
  }
  return { requests: line.requests.length, waited }
}

/** Before the end of a life, in milliseconds. */
function windowOf(lifeS: number, jitter: Jitter): number {
  const fraction = Number.parseInt(UUIDS[jitter].slice(0, 8), 16) / 2 ** 32
  return Math.min(60_000, lifeS * 200) * (0.75 + fraction / 2)
}

/** Requests in ten lives: each token serves until its window begins, and at most one pause longer. */
function bounds(lifeS: number, everyMs: number, jitter: Jitter): [number, number] {
  const serves = lifeS * 1_000 - windowOf(lifeS, jitter)
  const forMs = lifeS * 10_000
  return [Math.ceil(forMs / (serves + everyMs)), Math.ceil(forMs / serves)]
}

describe.concurrent.each([0, 0.5, 1] as const)('with jitter %d', (jitter) => {
  test.each([30, 60, 300, 570])(
    'a life of %i s: renewed in its window, and only the first call waits',
    async (lifeS) => {
      const everyMs = lifeS * 25
      const { requests, waited } = await steady(lifeS, lifeS * 10_000, everyMs, jitter)
      const [least, most] = bounds(lifeS, everyMs, jitter)
      expect(requests).toBeGreaterThanOrEqual(least)
      expect(requests).toBeLessThanOrEqual(most)
      expect(waited).toBe(1)
    },
  )

  test('a life of 3600 s: eleven requests in ten lives, and only the first call waits', async () => {
    const found = await steady(3_600, 36_000_000, 30_000, jitter)
    expect(found).toEqual({ requests: 11, waited: 1 })
  })

  // Under 3 s there is no window: each end costs one request, and the caller who meets it waits.
  test.each([
    [1, 60],
    [2, 30],
  ])('a life of %i s: %i requests a minute', async (lifeS, requests) => {
    const found = await steady(lifeS, 60_000, 100, jitter)
    expect(found).toEqual({ requests, waited: requests })
  })
})
