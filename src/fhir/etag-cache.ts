import { BoundedMap } from '../lib/bounded-map.ts'
import { screenNothing } from '../http/echo.ts'
import type { HttpResponse } from '../http/messages.ts'
import { etagOf, mayStore } from '../http/freshness.ts'
import { isTransientStatus } from '../http/policies/retry.ts'

/** A resource as it was last read, with the ETag of that version. */
export interface Validated {
  readonly etag: string
  readonly answer: HttpResponse
}

/** How much is stored. */
export interface CacheLimits {
  readonly maxEntries: number
  /** For all entries together. Default 64 MB. */
  readonly maxBytes?: number | undefined
}

/** A server decides how large a resource is. */
const MAX_BYTES = 64e6

/**
 * Caches what was read with its `ETag`, so that an unchanged resource is not sent again. It holds
 * patient data in memory, and only exists if the caller asked for it.
 *
 * @see [FHIR R4, conditional read](https://hl7.org/fhir/R4/http.html#cread)
 */
export class EtagCache {
  readonly #entries: BoundedMap<Validated>

  constructor({ maxEntries, maxBytes = MAX_BYTES }: CacheLimits) {
    this.#entries = new BoundedMap(maxEntries, { maxBytes })
  }

  /**
   * The entry to validate; hold on to it until the response has arrived, because the cache may drop
   * it meanwhile.
   */
  find(key: string): Validated | undefined {
    return this.#entries.get(key)
  }

  /** Drops an entry that a response shows to be outdated, or that may no longer be stored. */
  invalidateFrom(key: string, { status, headers }: HttpResponse): void {
    const stays = status === 304 ? mayStore(headers) : isTransientStatus(status) || status >= 500
    if (!stays) this.#entries.delete(key)
  }

  /** Stores a response that was validated, if the server permits it. */
  keep(key: string, answer: HttpResponse): void {
    const etag = etagOf(answer.headers)
    if (answer.status !== 200 || etag === undefined || !mayStore(answer.headers)) return
    // The screen contains what was sent, the token included.
    const kept = { ...answer, bytes: ownBytes(answer.bytes), screen: screenNothing }
    this.#entries.set(key, { etag, answer: kept })
  }
}

/** A small body may be a view of a large buffer that many share. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength < bytes.buffer.byteLength ? bytes.slice() : bytes
}
