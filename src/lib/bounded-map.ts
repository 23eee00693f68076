import { heapBytesOf } from './heap-bytes.ts'

interface Entry<V> {
  readonly key: string
  value: V
  bytes: number
  older: Entry<V> | undefined
  newer: Entry<V> | undefined
}

/** A second limit, for values whose size a server decides. */
export interface ByteLimit<V> {
  /** For all entries together, keys included. An entry that exceeds this alone is not stored. */
  readonly maxBytes: number
  /** Bytes that a value keeps alive, measured when it is set. Default: {@link heapBytesOf}. */
  readonly weigh?: ((value: V) => number) | undefined
}

/**
 * A Map that drops its least recently used entry when it is full. The order of use is a separate
 * list: deleting and setting again would cost five times the look-up, because the Map rewrites its
 * table again and again.
 */
export class BoundedMap<V> {
  readonly #entries = new Map<string, Entry<V>>()
  readonly #limit: number
  readonly #byteLimit: ByteLimit<V> | undefined
  #bytes = 0
  #oldest: Entry<V> | undefined
  #newest: Entry<V> | undefined

  /** At most `limit` entries, and with a {@link ByteLimit} at most that many bytes. */
  constructor(limit: number, byteLimit?: ByteLimit<V>) {
    this.#limit = limit
    this.#byteLimit = byteLimit
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#use(entry)
    return entry.value
  }

  /** Bytes of all entries by the {@link ByteLimit}; 0 without one. */
  get bytes(): number {
    return this.#bytes
  }

  set(key: string, value: V): void {
    const bytes = this.#weigh(key, value)
    if (bytes > (this.#byteLimit?.maxBytes ?? Infinity)) {
      this.delete(key)
      return
    }
    const known = this.#entries.get(key)
    this.#bytes += bytes - (known?.bytes ?? 0)
    if (known === undefined) {
      const entry: Entry<V> = { key, value, bytes, older: undefined, newer: undefined }
      this.#entries.set(key, entry)
      this.#append(entry)
    } else {
      known.value = value
      known.bytes = bytes
      this.#use(known)
    }
    while (this.#isOverfull() && this.#oldest !== undefined) this.delete(this.#oldest.key)
  }

  delete(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#bytes -= entry.bytes
    this.#unlink(entry)
  }

  #weigh(key: string, value: V): number {
    if (this.#byteLimit === undefined) return 0
    const { weigh = heapBytesOf } = this.#byteLimit
    return heapBytesOf(key) + weigh(value)
  }

  #isOverfull(): boolean {
    const { maxBytes } = this.#byteLimit ?? { maxBytes: Infinity }
    return this.#entries.size > this.#limit || this.#bytes > maxBytes
  }

  #use(entry: Entry<V>): void {
    if (entry === this.#newest) return
    this.#unlink(entry)
    this.#append(entry)
  }

  #append(entry: Entry<V>): void {
    entry.older = this.#newest
    entry.newer = undefined
    if (this.#newest === undefined) this.#oldest = entry
    else this.#newest.newer = entry
    this.#newest = entry
  }

  #unlink({ older, newer }: Entry<V>): void {
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
  }
}
