import { imfDate } from '../http-date.ts'

/** When an exchange is repeated, and after how long. */

const ATTEMPTS = 3
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504])
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 8_000

/**
 * `safe`: repeating changes nothing (reads, searches). `token`: as `safe`, each attempt newly
 * signed, but not after 500. `never`: one attempt.
 */
export type Repeat = 'safe' | 'token' | 'never'

/** Whether an exchange that ended with this status may be tried again. */
export function mayRepeat(repeat: Repeat, attempt: number, status: number | undefined): boolean {
  if (repeat === 'never' || attempt >= ATTEMPTS) return false
  if (status === undefined) return true // no answer, or a broken one
  if (status === 500) return repeat === 'safe' && attempt === 1
  return PASSING.has(status)
}

/** Whether a later try may have better luck, for the `retryable` of an error. */
export function isPassing(status: number): boolean {
  return status === 500 || PASSING.has(status)
}

/** Full jitter: anywhere between nothing and a doubling pause. `fraction` is from 0 to 1. */
export function pauseMs(attempt: number, fraction: number): number {
  return fraction * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt)
}

/** Milliseconds that a `Retry-After` header asks for; undefined where it says nothing readable. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? ''
  // However far away: a number too large to take seriously is still no permission to come back at once.
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, Number.MAX_SAFE_INTEGER)
  const at = imfDate(text)
  return at === undefined ? undefined : Math.max(0, at - now)
}
