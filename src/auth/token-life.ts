import type { AccessToken } from '../access-token.ts'
import type { StoredToken } from './token-cache.ts'

/** A cached token, with the times at which it is renewed, in milliseconds since the epoch. */
export interface CachedToken {
  readonly token: AccessToken
  readonly stored: StoredToken
  /** From here on it is renewed in the background while it is still used. */
  refreshAt: number
  /** From here on callers wait for the new one. */
  readonly blockAt: number
}

const MINUTE_MS = 60_000
const SECOND_MS = 1_000
/** A shorter-lived token is used until it expires: a window would cost more than it saves. */
const SHORT_LIFE_MS = 3_000

/**
 * A fiftieth of an hour exceeds the minute in which such a token is renewed, and a caller would
 * wait each time.
 */
const LONGEST_BLOCK_MS = 12_000

/**
 * The window is proportional to the lifetime; with a fixed five minutes a five-minute token would
 * always be renewed. `fraction` is from 0 to 1.
 */
export function renewalTimes(
  sentAt: number,
  lifeMs: number,
  fraction: number,
): { refreshAt: number; blockAt: number } {
  const endsAt = sentAt + lifeMs
  if (lifeMs < SHORT_LIFE_MS) return { refreshAt: endsAt, blockAt: endsAt }
  const window = Math.min(MINUTE_MS, lifeMs / 5) * (0.75 + fraction / 2)
  const block = Math.max(SECOND_MS, Math.min(LONGEST_BLOCK_MS, lifeMs / 50))
  return { refreshAt: endsAt - window, blockAt: endsAt - block }
}

/** After a background renewal that failed, the next one waits this long. */
export const RENEWAL_PAUSE_MS = 3_000
