/** What many callers at once make of a token that is not there yet, is being renewed, or has ended. */
import { setTimeout as delay } from 'node:timers/promises'
import { callOf, provider, requestTo } from './provider.mjs'

const LIFE_S = 3600
/** Renewal begins 45 to 75 s before the end, and in the last 12 s callers wait for it. */
const RENEWED_S = LIFE_S - 30
/** How late the token endpoint answers. */
const DELAY_MS = 300

/** Ways to ask, each on a cold provider whose clock is then put forward. */
const WAYS = {
  authorizer: (tokens, request) => {
    const authorize = tokens.authorizer(request)
    return () => authorize(callOf(request))
  },
  getToken: (tokens, request) => () => tokens.getToken(request),
}

export async function crowds(server, callers) {
  const rows = []
  for (const [way, askedIn] of Object.entries(WAYS)) {
    let passedS = 0
    const tokens = provider(() => Date.now() + passedS * 1000)
    const request = requestTo(server.ready, { delayMs: DELAY_MS, lifeS: LIFE_S })
    const ask = askedIn(tokens, request)
    const crowd = async (when, held) => {
      const { token, ...row } = await together(server, callers, ask, held)
      rows.push({ name: `${way}, ${when}`, ...row })
      return token
    }
    const first = await crowd('cold')
    passedS = RENEWED_S
    await crowd('in the time of renewal', first)
    passedS = RENEWED_S + LIFE_S
    await crowd('after its end')
  }
  return rows
}

/** Whoever gets another token than the one that was `held` has waited for it. */
async function together(server, callers, ask, held) {
  const before = await server.ask('count')
  const began = performance.now()
  const tokens = await Promise.all(Array.from({ length: callers }, ask))
  const servedMs = performance.now() - began
  // A renewal that nobody waits for is under way still.
  await delay(2 * DELAY_MS)
  const requests = (await server.ask('count')) - before
  const waited = tokens.filter((token) => token !== held).length
  return { token: tokens[0], callers, requests, waited, servedMs }
}
