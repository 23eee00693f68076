/** Bytes of keys that are remembered at least; at most twice as many. */
const LEAST_BYTES = 16e6
/** What a key costs beside its characters. */
const EACH = 64
/** An id has 64 characters; longer keys are a server's attempt to fill memory. */
const LONGEST_KEY = 512

/**
 * Keys of the entries that were returned. A server decides how many there are, so the earliest are
 * forgotten once the others fill the memory that is meant for them.
 */
export class SeenKeys {
  #latest = new Set<string>()
  #earlier: ReadonlySet<string> = new Set()
  #bytes = 0

  has(key: string): boolean {
    return this.#latest.has(key) || this.#earlier.has(key)
  }

  /** Whether the key is new. */
  add(key: string): boolean {
    if (this.has(key)) return false
    if (key.length > LONGEST_KEY) return true
    this.#bytes += 2 * key.length + EACH
    this.#latest.add(key)
    if (this.#bytes > LEAST_BYTES) {
      this.#earlier = this.#latest
      this.#latest = new Set()
      this.#bytes = 0
    }
    return true
  }
}
