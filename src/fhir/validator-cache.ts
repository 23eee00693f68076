import { BoundedMap } from '../lib/bounded-map.ts'
import type { Answer } from '../http/exchange.ts'

/** A resource as it was last read, and by what the server knows that version. */
interface Validated {
  readonly etag: string
  readonly answer: Answer
}

/**
 * Keeps what was read together with its `ETag`, so that an unchanged resource is not sent again.
 * It holds patient data in memory, and is only there where the caller asked for it.
 *
 * @see [FHIR R4, conditional read](https://hl7.org/fhir/R4/http.html#cread)
 */
export class ValidatorCache {
  readonly #entries: BoundedMap<Validated>

  constructor(maxEntries: number) {
    this.#entries = new BoundedMap(maxEntries)
  }

  /** The header that asks whether the resource has changed. */
  condition(key: string): Readonly<Record<string, string>> | undefined {
    const known = this.#entries.get(key)
    return known && { 'if-none-match': known.etag }
  }

  /** The whole answer: the one that came, or after 304 the one before. */
  wholeOf(key: string, answer: Answer): Answer {
    const { status } = answer
    if (status === 304) return this.#entries.get(key)?.answer ?? answer
    if (status < 500 && status !== 429) this.#entries.delete(key)
    return answer
  }

  /** Keeps an answer that was found good, if the server permits it. */
  keep(key: string, answer: Answer): void {
    const etag = answer.headers.get('etag') ?? ''
    if (isEtag(etag) && mayStore(answer.headers)) this.#entries.set(key, { etag, answer })
  }
}

function mayStore(headers: Headers): boolean {
  return !/(^|[\s,])no-store([\s,;]|$)/i.test(headers.get('cache-control') ?? '')
}

/** [RFC 9110, section 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3), in ASCII. */
function isEtag(text: string): boolean {
  return /^(W\/)?"[\x21\x23-\x7e]{1,200}"$/.test(text)
}
