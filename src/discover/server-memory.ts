import { BoundedMap } from '../lib/bounded-map.ts'

const DAY_MS = 24 * 3_600_000
const BASES = 10_000
const MAX_BYTES = 8e6
/** The latest times of each base; enough for a median that follows what a server is like today. */
const TIMES = 16

interface Known {
  /** It answered a `$match`. */
  hasMatch: boolean
  lacksMatchUntil: number
  /** Milliseconds, the oldest first. */
  readonly times: number[]
  /** Their median; infinite while there are none. */
  p50: number
  p95: number
}

/** What the runs of a client learned of each FHIR base: whether it has `$match`, and how fast it is. */
export class ServerMemory {
  readonly #known = new BoundedMap<Known>(BASES, { maxBytes: MAX_BYTES, weigh: () => 400 })

  hasMatch(base: string): boolean {
    return this.#known.get(base)?.hasMatch ?? false
  }

  lacksMatch(base: string, now: number): boolean {
    return now < (this.#known.get(base)?.lacksMatchUntil ?? 0)
  }

  matched(base: string): void {
    const known = this.#of(base)
    known.hasMatch = true
    known.lacksMatchUntil = 0
  }

  /** For a day: servers learn. */
  cannotMatch(base: string, now: number): void {
    const known = this.#of(base)
    known.hasMatch = false
    known.lacksMatchUntil = now + DAY_MS
  }

  /** How long a question took. */
  took(base: string, ms: number): void {
    const known = this.#of(base)
    known.times.push(ms)
    if (known.times.length > TIMES) known.times.shift()
    const sorted = [...known.times].sort((a, b) => a - b)
    known.p50 = sorted[(sorted.length - 1) >> 1] ?? Infinity
    known.p95 = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Infinity
  }

  /** Milliseconds; infinite where the base was never asked. */
  p50(base: string): number {
    return this.#known.get(base)?.p50 ?? Infinity
  }

  /** Milliseconds; undefined where the base was never asked. */
  p95(base: string): number | undefined {
    return this.#known.get(base)?.p95
  }

  #of(base: string): Known {
    const known = this.#known.get(base)
    if (known !== undefined) return known
    const fresh = { hasMatch: false, lacksMatchUntil: 0, times: [], p50: Infinity, p95: Infinity }
    this.#known.set(base, fresh)
    return fresh
  }
}
