/** Our clock compared with the servers' `Date` headers. */
import { failed, notReached, passed, type Outcome } from './diagnosis.ts'
import type { Observed } from './observer.ts'

/** Whose clock is wrong. */
export type ClockFinding = 'clock-off' | 'server-clock-off'

/** A `Date` is whole seconds, and the response was under way. */
const TOLERANCE_MS = 30_000

/**
 * If all servers disagree with us, our clock is wrong; if one does and another agrees, that one's
 * is. Cached responses (`Age`) have an old date and do not count.
 */
export function clockStep(seen: readonly Observed[]): Outcome<true> {
  const offsets = new Map<string, number>()
  for (const { origin, headers, sentAt, receivedAt } of seen) {
    const date = Date.parse(headers?.get('date') ?? '')
    const isCached = Number(headers?.get('age') ?? 0) > 0
    if (Number.isNaN(date) || isCached || receivedAt === undefined) continue
    offsets.set(origin, date - (sentAt + receivedAt) / 2)
  }
  const all = [...offsets]
  const off = all.filter(([, ms]) => Math.abs(ms) > TOLERANCE_MS)
  const lines = all.map(([origin, ms]) => `${origin}: ${shown(ms)}`)
  if (off.length === 0) {
    return lines.length === 0 ? notReached('no server sent a Date header') : passed(true, ...lines)
  }
  return failed(off.length < all.length ? 'server-clock-off' : 'clock-off', ...lines)
}

/** Undefined where no clock is found wrong. */
export function clockFinding(outcome: Outcome<true>): ClockFinding | undefined {
  if (!('finding' in outcome)) return undefined
  return outcome.finding === 'server-clock-off' ? 'server-clock-off' : 'clock-off'
}

function shown(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000)
  if (seconds < 2) return 'the same time'
  const span = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
  return ms > 0 ? `${span} ahead of this machine` : `${span} behind this machine`
}
