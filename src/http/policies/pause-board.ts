/** Pauses that a server asked for with `Retry-After`, for many processes. No code. */
import type { Awaitable } from '../../types.ts'

/** How long a server wants to be left alone. */
export interface SharedPause {
  /** 429 or 503. */
  readonly status: number
  readonly leftMs: number
}

/** What one process was told, all respect. A rejection counts as "no pause". */
export interface PauseBoard {
  /** A longer pause that is there already stays. */
  set(base: string, pause: SharedPause): Awaitable<void>
  get(base: string): Awaitable<SharedPause | undefined>
}
