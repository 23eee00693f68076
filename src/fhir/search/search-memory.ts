import { BoundedMap } from '../../lib/bounded-map.ts'

const DAY_MS = 24 * 3_600_000
/** Base URLs may come from a directory, which decides how long they are. */
const MAX_BYTES = 4e6

/** What is known of POST searches for a resource type at a base. */
interface Known {
  readonly refusedUntil: number
  /** A POST search returned 200. */
  readonly accepted: boolean
  /** A response showed that the criteria were applied. */
  readonly proven: boolean
}

const NOTHING: Known = { refusedUntil: 0, accepted: false, proven: false }

/**
 * Remembers, for each base and resource type, whether POST searches are rejected (24 hours) and
 * whether they are known to work.
 */
export class SearchMemory {
  readonly #known = new BoundedMap<Known>(10_000, { maxBytes: MAX_BYTES })

  refuses(baseUrl: string, type: string, now: number): boolean {
    return now < this.#of(baseUrl, type).refusedUntil
  }

  refused(baseUrl: string, type: string, now: number): void {
    this.#known.set(`${type} ${baseUrl}`, { ...NOTHING, refusedUntil: now + DAY_MS })
  }

  /**
   * Whether a POST search has succeeded before: a rejection is then about the search and not about
   * POST.
   */
  accepts(baseUrl: string, type: string): boolean {
    return this.#of(baseUrl, type).accepted
  }

  accepted(baseUrl: string, type: string): void {
    if (this.accepts(baseUrl, type)) return
    this.#known.set(`${type} ${baseUrl}`, { ...NOTHING, accepted: true })
  }

  isProven(baseUrl: string, type: string): boolean {
    return this.#of(baseUrl, type).proven
  }

  proven(baseUrl: string, type: string): void {
    this.#known.set(`${type} ${baseUrl}`, { refusedUntil: 0, accepted: true, proven: true })
  }

  #of(baseUrl: string, type: string): Known {
    return this.#known.get(`${type} ${baseUrl}`) ?? NOTHING
  }
}
