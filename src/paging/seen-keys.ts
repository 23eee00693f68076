import { Fingerprints } from './fingerprints.ts'

/** Keys that are remembered at least, in some 4 MB; at most twice as many. */
const AT_LEAST = 200_000

/**
 * Keys of the entries that were given. A server decides how many there are, so the earliest are
 * forgotten once there are as many others.
 *
 * Fingerprints, and not a set of strings: the garbage collector copies what lives as long as a search,
 * and more with it (decision 18).
 */
export class SeenKeys {
  readonly #seed: number
  #latest: Fingerprints
  #earlier: Fingerprints | undefined

  /** `seed`: any 32 bits; see {@link Fingerprints}. */
  constructor(seed: number) {
    this.#seed = seed
    this.#latest = new Fingerprints(seed)
  }

  has(key: string): boolean {
    return this.#latest.has(key) || this.#earlier?.has(key) === true
  }

  /** Whether the key is new. */
  add(key: string): boolean {
    if (this.#earlier?.has(key) === true || !this.#latest.add(key)) return false
    if (this.#latest.size < AT_LEAST) return true
    this.#earlier = this.#latest
    this.#latest = new Fingerprints(this.#seed)
    return true
  }
}
