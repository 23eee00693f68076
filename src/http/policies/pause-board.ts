/** Pauses that a server asked for with `Retry-After`, for many processes. No code. */
import type { Awaitable } from '../../types.ts'

/** How long a server asks to be left alone. */
export interface SharedPause {
  /** 429 or 503. */
  readonly status: number
  readonly leftMs: number
}

/** Pauses that all processes respect. A rejection counts as "no pause". */
export interface PauseBoard {
  /** Does not shorten a longer pause. */
  set(base: string, pause: SharedPause): Awaitable<void>
  get(base: string): Awaitable<SharedPause | undefined>
}
