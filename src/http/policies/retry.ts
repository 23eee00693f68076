/** When a request is retried, and after how long. */
import { TransportError } from '../../errors.ts'
import { imfDate } from '../http-date.ts'
import type { HttpResponse, RetryMode } from '../messages.ts'
import { StaleConnection } from '../transport/network-failure.ts'

const ATTEMPTS = 3
const TRANSIENT: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504])
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 8_000

/** The result of an attempt: a response, or a transient failure. */
export type Outcome = HttpResponse | TransportError

/** Whether a request may be retried after an attempt that ended with this status. */
export function mayRetry(mode: RetryMode, attempt: number, status: number | undefined): boolean {
  if (mode === 'never' || attempt >= ATTEMPTS) return false
  if (status === undefined) return true // no response, or a broken one
  if (status === 500) return mode === 'safe' && attempt === 1
  return TRANSIENT.has(status)
}

/** Whether a later attempt may succeed, for the `retryable` of an error. */
export function isTransientStatus(status: number): boolean {
  return status === 500 || TRANSIENT.has(status)
}

/**
 * Milliseconds before the next attempt: what the server asks for, or a random pause. `fraction` is
 * from 0 to 1.
 */
export function retryPauseMs(attempt: number, outcome: Outcome, fraction: () => number): number {
  if (outcome instanceof StaleConnection && attempt === 1) return 0
  const asked =
    outcome instanceof TransportError ? outcome.retryAfterMs : outcome.context.retryAfterMs
  return asked ?? jitteredPauseMs(attempt, fraction())
}

/** Full jitter: anywhere between nothing and a doubling pause. */
export function jitteredPauseMs(attempt: number, fraction: number): number {
  return fraction * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt)
}

/** Milliseconds that a `Retry-After` header asks for; undefined where it is not readable. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined
  const text = header.trim()
  // However far away: an absurdly large number is still no permission to retry at once.
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, Number.MAX_SAFE_INTEGER)
  const at = imfDate(text)
  return at === undefined ? undefined : Math.max(0, at - now)
}
