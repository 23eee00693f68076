import { DirectoryError, ResponseError } from '../errors.ts'
import { BodyBuffer } from '../http/body/buffer.ts'
import type { Call } from '../http/call.ts'
import { HttpClient } from '../http/client.ts'
import type { HttpResponse } from '../http/messages.ts'
import { etagOf } from '../http/freshness.ts'
import type { Blocklist } from '../http/policies/blocklist.ts'
import { requirePositive, requireText } from '../lib/arguments.ts'
import { ownProperties, ownIfGiven, ownOptions } from '../lib/own.ts'
import type { CallOptions } from '../types.ts'
import { EntryCache } from './api/entry-cache.ts'
import { ambiguous, directoryErrorOf, notFound } from './api/errors.ts'
import { placeOf, type DirectoryOptions } from './api/options.ts'
import { withReferencedEndpoints } from './api/referenced-endpoints.ts'
import { searchQuery, type DirectorySearchParameters } from './api/search-parameters.ts'
import { DirectorySession } from './api/session.ts'
import { isDown, readFallback, requireFallback } from './fallback.ts'
import { endpointReferences } from './model/entry.ts'
import type { DirectoryEntry } from './model/model.ts'
import { requireEntryId, type EntryId } from './model/oid.ts'
import { EntryListing, type DirectoryListing } from './pages/listing.ts'
import { readPage, type DirectoryPage } from './pages/page.ts'
import type { EntryReader } from './select/entry-reader.ts'

/** Characters of a FHIR id; an OID may have more. */
const MAX_FHIR_ID = 64

/**
 * Reads organizations from a Carequality or TEFCA directory.
 *
 * @example
 * ```ts
 * const directory = new DirectoryClient({ release: 'carequality-stu3', apiKey: 'key' })
 * const entry = await directory.read('2.16.840.1.113883.3.13.1')
 * ```
 */
export class DirectoryClient implements EntryReader {
  readonly #http: HttpClient
  readonly #session: DirectorySession
  readonly #cache: EntryCache
  readonly #fallback: EntryReader | undefined

  /** Throws `TypeError` for a wrong option. */
  constructor(options: DirectoryOptions)
  /** @internal Made by a client, whose blocks apply here, too. */
  constructor(options: DirectoryOptions, blocklist: Blocklist)
  constructor(given: DirectoryOptions, blocklist?: Blocklist) {
    const options = ownOptions(given)
    const place = placeOf(options)
    const { apiKey, fallback } = options
    if (typeof apiKey !== 'function') requireText(apiKey, 'apiKey')
    this.#cache = new EntryCache(requirePositive(options.maxAgeMs, 'maxAgeMs'))
    this.#fallback = requireFallback(fallback, place)
    this.#http = new HttpClient(options, 120_000, blocklist)
    this.#session = new DirectorySession(this.#http, place, apiKey)
  }

  /** What the directory's entries belong to, for example `carequality` or `tefca`. */
  get network(): string {
    return this.#session.place.network
  }

  /** `production`, `stage`, `dev`, `public`, or the base URL where no environment was named. */
  get environment(): string {
    return this.#session.place.environment
  }

  /** Id of the release. */
  get release(): string {
    return this.#session.release.id
  }

  /** Whether the directory can be searched for changes since a date. */
  get knowsLastUpdated(): boolean {
    return this.#session.release.lastUpdated !== false
  }

  /**
   * Reads one organization by OID (`1.2.3`, `urn:oid:1.2.3`, `Organization/1.2.3`) or by another FHIR
   * id, with the Endpoints it refers to. Requests it each time, with `If-None-Match` where the
   * directory gave an ETag. Throws `ERR_CQ_ENTRY_NOT_FOUND` where there is no such organization (404, 410) and
   * `ERR_CQ_DIRECTORY_KEY_REFUSED` (401, 403); both after one request.
   */
  async read(id: string, given?: CallOptions): Promise<DirectoryEntry> {
    const wanted = requireEntryId(id)
    const options = ownIfGiven(given, 'options')
    const fallback = this.#fallback
    if (fallback === undefined) return this.#readNow(wanted, options)
    const timeoutMs = requirePositive(options?.timeoutMs, 'timeoutMs') ?? this.#http.timeoutMs
    const endsAt = performance.now() + timeoutMs
    try {
      return await this.#readNow(wanted, { ...options, timeoutMs: timeoutMs / 2 })
    } catch (error) {
      if (!isDown(error) || options?.signal?.aborted === true) throw error
      const restMs = Math.max(1, endsAt - performance.now())
      const rest = { ...options, timeoutMs: restMs }
      return readFallback(fallback, wanted.id, error, this.#http, rest)
    }
  }

  /** As {@link read}, but returns undefined where the organization does not exist. */
  async find(id: string, options?: CallOptions): Promise<DirectoryEntry | undefined> {
    try {
      return await this.read(id, options)
    } catch (error) {
      if (error instanceof DirectoryError && error.code === 'ERR_CQ_ENTRY_NOT_FOUND')
        return undefined
      throw error
    }
  }

  /** Searches by name, identifier, address and the like; one page. Endpoints that an entry only refers to are not fetched. */
  async search(
    parameters: DirectorySearchParameters,
    options?: CallOptions,
  ): Promise<DirectoryPage> {
    const query = searchQuery(parameters, this.#session.release)
    return this.#http.call('directory.search', options, (call) => this.#page(query, call))
  }

  /**
   * The whole directory, or all that a search finds, in flat memory: a page is fetched when its
   * entries are wanted. `timeoutMs` is for each page. Reports its progress by `directory.progress`
   * events, and at the end by the listing's `account`.
   *
   * @example
   * ```ts
   * const listing = directory.entries()
   * for await (const entry of listing) console.log(entry.oid, entry.name)
   * if (!listing.account.complete) console.warn(listing.account.why)
   * ```
   */
  entries(parameters: DirectorySearchParameters = {}, options: CallOptions = {}): DirectoryListing {
    searchQuery(parameters, this.#session.release)
    return new EntryListing(this.#session, ownProperties(parameters), ownOptions(options))
  }

  /** @internal Reads, unless a fresh entry is cached. */
  async readCached(id: string, options?: CallOptions): Promise<DirectoryEntry> {
    const cached = this.#cache.find(requireEntryId(id).id)
    return cached !== undefined && cached.until > this.#http.now()
      ? cached.entry
      : this.read(id, options)
  }

  /** @internal */
  close(): Promise<void> {
    return this.#http.close()
  }

  #readNow(wanted: EntryId, options: CallOptions | undefined): Promise<DirectoryEntry> {
    return this.#http.call('directory.read', options, async (call) => {
      if (wanted.id.length > MAX_FHIR_ID) return this.#readByIdentifier(wanted.id, call)
      const cached = this.#cache.find(wanted.id)
      const { answer } = await this.#session.get(
        {
          at: { path: `Organization/${wanted.id}` },
          pathTemplate: '/Organization/:id',
          etag: cached?.etag,
          organization: wanted.oid,
        },
        call,
      )
      if (answer.status === 304 && cached?.etag !== undefined) {
        this.#cache.store(wanted.id, cached.entry, answer, cached.etag)
        return cached.entry
      }
      if (answer.status === 404 || answer.status === 410) {
        this.#cache.forget(wanted.id)
        throw notFound(answer.context)
      }
      return this.#readEntry(wanted, answer, call)
    })
  }

  async #readEntry(wanted: EntryId, answer: HttpResponse, call: Call): Promise<DirectoryEntry> {
    if (answer.status !== 200) throw directoryErrorOf(answer, this.#session.accept)
    const resource = await this.#session.resource(answer, 'Organization')
    const own = this.#session.entry(resource)
    if (own === undefined || (own.id !== wanted.id && own.oid !== wanted.id)) {
      throw new ResponseError(
        'ERR_CQ_UNEXPECTED_RESOURCE',
        'the directory returned another entry than requested',
        answer.context,
      )
    }
    const { entry, whole } = await withReferencedEndpoints(this.#session, own, call)
    // The ETag is the entry's own: it says nothing about the Endpoints that it refers to.
    const referring = endpointReferences(own.resource).length > 0
    const etag = referring ? undefined : etagOf(answer.headers)
    if (whole) this.#cache.store(wanted.id, entry, answer, etag)
    return entry
  }

  async #readByIdentifier(oid: string, call: Call): Promise<DirectoryEntry> {
    const page = await this.#page([['identifier', `urn:oid:${oid}`]], call)
    const where = { operation: call.operation, organization: oid }
    const found = new Map(
      page.entries.filter((one) => one.oid === oid).map((one) => [one.id, one] as const),
    )
    if (found.size > 1) throw ambiguous(where)
    const [entry] = found.values()
    // Only a complete page proves that the entry does not exist.
    const [warning] = page.warnings
    if (entry === undefined && warning !== undefined)
      throw new ResponseError('ERR_CQ_UNEXPECTED_RESOURCE', warning, where)
    if (entry === undefined) throw notFound(where)
    return (await withReferencedEndpoints(this.#session, entry, call)).entry
  }

  async #page(query: readonly (readonly [string, string])[], call: Call): Promise<DirectoryPage> {
    const buffer = new BodyBuffer()
    const { answer, key } = await this.#session.get(
      { at: { path: 'Organization' }, pathTemplate: '/Organization', query, buffer },
      call,
    )
    if (answer.status !== 200) throw directoryErrorOf(answer, this.#session.accept)
    return readPage(this.#session, answer, buffer, key)
  }
}
