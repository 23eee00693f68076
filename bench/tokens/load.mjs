/** Callers that come steadily while short-lived tokens are renewed, by the true clock. */
import { setTimeout as delay } from 'node:timers/promises'
import { quantile } from '../lib/statistics.mjs'
import { callOf, provider, requestTo } from './provider.mjs'

/** The shortest life whose renewal, begun 1.5 to 2.5 s before its end, has 300 ms before callers wait, 1 s before it. */
const LIFE_S = 10
const DELAY_MS = 300
const EVERY_MS = 5
/** A cached token is there at once; this is far above what a busy machine makes of it. */
const WAITED_MS = 20

/** Several tokens, since each is renewed at a moment of its own. */
export async function steadyLoad(server, { tokens: count, seconds }) {
  const tokens = provider()
  const request = requestTo(server.ready, { delayMs: DELAY_MS, lifeS: LIFE_S })
  const callers = Array.from({ length: count }, (_, index) =>
    tokens.authorizer({ ...request, scope: `system/Patient.read system/Other${index}.read` }),
  )
  const ask = async (authorize) => {
    const began = performance.now()
    await authorize(callOf(request))
    return performance.now() - began
  }
  await Promise.all(callers.map(ask))
  const before = await server.ask('count')
  const asked = []
  const endsAt = performance.now() + seconds * 1000
  while (performance.now() < endsAt) {
    asked.push(...callers.map(ask))
    await delay(EVERY_MS)
  }
  const waits = await Promise.all(asked)
  return {
    callers: waits.length,
    requests: (await server.ask('count')) - before,
    waited: waits.filter((ms) => ms > WAITED_MS).length,
    p99Ms: quantile(waits, 0.99),
    longestMs: quantile(waits, 1),
  }
}
