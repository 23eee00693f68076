import type { HttpResponse } from '../../http/messages.ts'
import { freshForMs, mayStore } from '../../http/freshness.ts'
import { BoundedMap } from '../../lib/bounded-map.ts'
import type { DirectoryEntry } from '../model/model.ts'

/** An entry as it was last read. */
export interface CachedEntry {
  readonly entry: DirectoryEntry
  /** Until when it is fresh, by our clock. */
  readonly until: number
  readonly etag: string | undefined
}

const HOUR_MS = 3_600_000
const MAX_ENTRIES = 10_000
/** In memory, as estimated: some 2,000 entries of usual size. */
const MAX_BYTES = 24_000_000

/** Entries by id, fresh for as long as the directory or the caller says, at most 24 hours. */
export class EntryCache {
  readonly #entries = new BoundedMap<CachedEntry>(MAX_ENTRIES, { maxBytes: MAX_BYTES })
  readonly #maxAgeMs: number | undefined

  constructor(maxAgeMs: number | undefined) {
    this.#maxAgeMs = maxAgeMs
  }

  find(id: string): CachedEntry | undefined {
    return this.#entries.get(id)
  }

  forget(id: string): void {
    this.#entries.delete(id)
  }

  store(id: string, entry: DirectoryEntry, answer: HttpResponse, etag: string | undefined): void {
    // The caller's own `maxAgeMs` takes precedence over `no-store`.
    if (this.#maxAgeMs === undefined && !mayStore(answer.headers)) {
      this.forget(id)
      return
    }
    const freshMs = this.#maxAgeMs ?? freshForMs(answer.headers, answer.sentAt) ?? HOUR_MS
    this.#entries.set(id, { entry, until: answer.sentAt + Math.min(freshMs, 24 * HOUR_MS), etag })
  }
}
