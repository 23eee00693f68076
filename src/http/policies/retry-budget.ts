import { BoundedMap } from '../../lib/bounded-map.ts'

/**
 * As in the AWS SDKs since November 2026: some 35 retries in a row, then as many as successes pay
 * for.
 */
const FULL = 500
const COST = 14
const REFUND = 1
/** Origins that are remembered; a forgotten one starts afresh. */
const ORIGINS = 10_000

/** The retries that an origin has left, so that retries do not overload a server in trouble. */
export class RetryBudget {
  readonly #left = new BoundedMap<number>(ORIGINS)

  /** Takes one retry; false where the origin has none left. */
  take(origin: string): boolean {
    const left = this.#left.get(origin) ?? FULL
    if (left < COST) return false
    this.#left.set(origin, left - COST)
    return true
  }

  /** An exchange succeeded: its retries are returned, and a little more. */
  succeeded(origin: string, repeats: number): void {
    const left = this.#left.get(origin)
    if (left === undefined) return
    const refunded = Math.min(FULL, left + Math.max(REFUND, repeats * COST))
    if (refunded === FULL) this.#left.delete(origin)
    else this.#left.set(origin, refunded)
  }
}
