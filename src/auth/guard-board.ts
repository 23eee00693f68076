/** Where the states of token guards are stored: in one process, or shared by many. */
import { BoundedMap } from '../lib/bounded-map.ts'
import { freshState, type Change, type GuardState } from './guard-state.ts'
import type { Awaitable } from '../types.ts'

/** States that are changed atomically. */
export interface GuardBoard {
  /**
   * Replaces the state of a key by what `change` makes of it and returns its result. `change` is
   * pure and may be called again if another process was faster; `now` is the time that all
   * processes share.
   */
  update<R>(key: string, change: (state: GuardState, now: number) => Change<R>): Awaitable<R>
}

const REMEMBERED = 1_000
/** Servers decide how long the URL of their endpoint is. */
const MAX_BYTES = 4e6

/** A {@link GuardBoard} of one process. */
export class MemoryGuardBoard implements GuardBoard {
  readonly #now: () => number
  readonly #states = new BoundedMap<GuardState>(REMEMBERED, { maxBytes: MAX_BYTES })

  constructor(now: () => number) {
    this.#now = now
  }

  update<R>(key: string, change: (state: GuardState, now: number) => Change<R>): R {
    const now = this.#now()
    const before = this.#states.get(key) ?? freshState(now)
    const { state, result } = change(before, now)
    if (state !== before || this.#states.get(key) === undefined) this.#states.set(key, state)
    return result
  }
}
