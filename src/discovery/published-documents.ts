import { jsonOf } from '../http/body/text.ts'
import { CarequalityError } from '../errors.ts'
import type { Call } from '../http/call.ts'
import type { HttpRequest, HttpResponse, RequestGate } from '../http/messages.ts'
import { shownUrl } from '../http/policies/base-url.ts'
import { freshForMs } from '../http/freshness.ts'
import type { HttpClient } from '../http/client.ts'
import { unexpectedStatus } from '../http/status-errors.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import type { Deadline } from '../lib/deadline.ts'
import { SharedWork } from '../lib/shared-work.ts'

/** One document of a server: its facts, or why there are none. */
export interface PublishedDocument<Facts> {
  readonly facts?: Facts | undefined
  /** What happened, in words. */
  readonly note: string
  /** Why it could not be read; undefined where the server does not publish it. */
  readonly error?: CarequalityError | undefined
}

/** Where a kind of document is published and how it is parsed. */
export interface DocumentSource<Facts> {
  readonly name: string
  exchange(baseUrl: string): HttpRequest
  /** Media types that it may be labelled with. */
  readonly kind: 'fhir' | 'plain'
  read(body: unknown, answer: HttpResponse, baseUrl: string): Facts
}

interface Kept<Facts> {
  readonly facts: Facts | undefined
  readonly freshUntil: number
  readonly usableUntil: number
}

/** Servers decide how much they publish; the facts of real documents take some 5 kB. */
const MAX_BYTES = 32e6
/** How long "not published" is cached. */
const ABSENT_MS = 600_000
/** How long an expired document is used while its renewal fails. */
const STALE_MS = 24 * 3_600_000

/**
 * One kind of document of many servers: one request for many callers; documents are cached,
 * failures are not.
 */
export class PublishedDocuments<Facts> {
  readonly #http: HttpClient
  readonly #source: DocumentSource<Facts>
  readonly #maxAgeMs: number
  readonly #kept = new BoundedMap<Kept<Facts>>(5_000, { maxBytes: MAX_BYTES })
  readonly #flights = new SharedWork<PublishedDocument<Facts>>()

  constructor(http: HttpClient, source: DocumentSource<Facts>, maxAgeMs: number) {
    this.#http = http
    this.#source = source
    this.#maxAgeMs = maxAgeMs
  }

  /** Rejects only when the call ends: that a document cannot be read is a result, too. */
  async get(baseUrl: string, call: Call): Promise<PublishedDocument<Facts>> {
    const remembered = this.remembered(baseUrl)
    if (remembered !== undefined) return remembered
    const kept = this.#kept.get(baseUrl)
    const found = await this.#flights.run(
      baseUrl,
      (deadline) => this.#fetch(baseUrl, deadline, call.gate),
      call.deadline,
    )
    if (
      found.error === undefined ||
      kept?.facts === undefined ||
      this.#http.now() >= kept.usableUntil
    )
      return found
    this.#http.emit({
      type: 'discovery.stale-used',
      baseUrl: shownUrl(baseUrl),
      document: this.#source.name,
    })
    return this.#remembered(kept, `from memory, for its renewal ${found.note}`)
  }

  /** What is cached and fresh. */
  remembered(baseUrl: string): PublishedDocument<Facts> | undefined {
    const kept = this.#kept.get(baseUrl)
    return kept !== undefined && this.#http.now() < kept.freshUntil
      ? this.#remembered(kept, 'from memory')
      : undefined
  }

  /** The cached document was wrong: it is requested again. */
  forget(baseUrl: string): void {
    this.#kept.delete(baseUrl)
  }

  async #fetch(
    baseUrl: string,
    deadline: Deadline,
    gate: RequestGate | undefined,
  ): Promise<PublishedDocument<Facts>> {
    const { name } = this.#source
    try {
      return await this.#http.shared('capabilities.resolve', { deadline, gate }, async (call) => {
        const answer = await this.#http.exchange(this.#source.exchange(baseUrl), call)
        return this.#keep(baseUrl, answer)
      })
    } catch (error) {
      if (deadline.aborter.aborted || !(error instanceof CarequalityError)) throw error
      return { note: `${name}: failed with ${error.code}`, error }
    }
  }

  async #keep(baseUrl: string, answer: HttpResponse): Promise<PublishedDocument<Facts>> {
    const { name } = this.#source
    if (answer.status === 404 || answer.status === 410) {
      const until = answer.sentAt + ABSENT_MS
      this.#kept.set(baseUrl, { facts: undefined, freshUntil: until, usableUntil: until })
      return { note: `${name}: not published (${answer.status})` }
    }
    if (answer.status !== 200) {
      const { accept } = this.#source.exchange(baseUrl)
      throw unexpectedStatus(answer, 'the server', { accept, note: ` for its ${name}` })
    }
    const body = await jsonOf(answer, this.#source.kind)
    const facts = this.#source.read(body, answer, baseUrl)
    const freshUntil =
      answer.sentAt +
      Math.min(this.#maxAgeMs, freshForMs(answer.headers, answer.sentAt) ?? this.#maxAgeMs)
    this.#kept.set(baseUrl, { facts, freshUntil, usableUntil: freshUntil + STALE_MS })
    return { facts, note: `${name}: read` }
  }

  #remembered({ facts }: Kept<Facts>, how: string): PublishedDocument<Facts> {
    const { name } = this.#source
    return facts === undefined
      ? { note: `${name}: not published (${how})` }
      : { facts, note: `${name}: ${how}` }
  }
}
