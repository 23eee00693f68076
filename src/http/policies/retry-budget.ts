import { BoundedMap } from '../../lib/bounded-map.ts'

/** As the AWS SDKs have it since November 2026: some 35 repeats in a row, then as many as successes pay for. */
const FULL = 500
const COST = 14
const REFUND = 1
/** Origins that are remembered; a forgotten one starts afresh. */
const ORIGINS = 10_000

/** What an origin has left for repeats, so that a server in trouble is not hammered by those who try again. */
export class RetryBudget {
  readonly #left = new BoundedMap<number>(ORIGINS)

  /** Pays for one repeat; false where the origin has nothing left. */
  take(origin: string): boolean {
    const left = this.#left.get(origin) ?? FULL
    if (left < COST) return false
    this.#left.set(origin, left - COST)
    return true
  }

  /** An exchange succeeded: what its repeats had cost comes back, and a little more. */
  succeeded(origin: string, repeats: number): void {
    const left = this.#left.get(origin)
    if (left === undefined) return
    const refunded = Math.min(FULL, left + Math.max(REFUND, repeats * COST))
    if (refunded === FULL) this.#left.delete(origin)
    else this.#left.set(origin, refunded)
  }
}
