import { BoundedMap } from '../lib/bounded-map.ts'

const DAY_MS = 24 * 3_600_000

/** What is remembered of how a base searches a resource type by POST. */
interface Known {
  readonly refusedUntil: number
  /** An answer showed that it applies the criteria. */
  readonly proven: boolean
}

const NOTHING: Known = { refusedUntil: 0, proven: false }

/** Remembers, for each base and resource type, whether POST searches are refused (24 hours) and whether they were seen to work. */
export class SearchMemory {
  readonly #known = new BoundedMap<Known>(10_000)

  refuses(baseUrl: string, type: string, now: number): boolean {
    return now < this.#of(baseUrl, type).refusedUntil
  }

  refused(baseUrl: string, type: string, now: number): void {
    this.#known.set(`${type} ${baseUrl}`, { refusedUntil: now + DAY_MS, proven: false })
  }

  isProven(baseUrl: string, type: string): boolean {
    return this.#of(baseUrl, type).proven
  }

  proven(baseUrl: string, type: string): void {
    this.#known.set(`${type} ${baseUrl}`, { refusedUntil: 0, proven: true })
  }

  #of(baseUrl: string, type: string): Known {
    return this.#known.get(`${type} ${baseUrl}`) ?? NOTHING
  }
}
