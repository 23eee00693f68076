interface Entry<V> {
  readonly value: V
  readonly size: number
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/**
 * A cache that is limited by the bytes of its values; the least recently used is dropped first.
 */
export class ByteCache<V> {
  readonly #entries = new Map<string, Entry<V>>()
  readonly #limit: number
  #size = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Bytes of all entries. */
  get size(): number {
    return this.#size
  }

  /** The value, unless it has expired. */
  get(key: string, now: number): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    if (now >= entry.expiresAt) {
      this.#size -= entry.size
      return undefined
    }
    this.#entries.set(key, entry) // A Map is in the order of insertion: now it is the newest.
    return entry.value
  }

  /** A value larger than half of the cache is not stored: it would evict everything else. */
  set(key: string, value: V, valueSize: number, expiresAt?: number): void {
    this.delete(key)
    const size = valueSize + 2 * key.length
    if (size > this.#limit / 2) return
    this.#entries.set(key, { value, size, expiresAt: expiresAt ?? Infinity })
    this.#size += size
    for (const [oldest] of this.#entries) {
      if (this.#size <= this.#limit) break
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#size -= entry.size
  }
}
