import {
  DirectoryError,
  isCarequalityError,
  ResponseError,
  TransportError,
  type CarequalityError,
} from '../../errors.ts'
import { BodyBuffer } from '../../http/body/buffer.ts'
import type { Call } from '../../http/call.ts'
import type { HttpResponse } from '../../http/messages.ts'
import { etagOf, freshForMs, mayStore } from '../../http/freshness.ts'
import type { Blocklist } from '../../http/policies/blocklist.ts'
import { HttpClient } from '../../http/client.ts'
import { isTransientStatus } from '../../http/policies/retry.ts'
import { requirePositive, requireText } from '../../lib/arguments.ts'
import { BoundedMap } from '../../lib/bounded-map.ts'
import { own, ownIfGiven, ownOptions } from '../../lib/own.ts'
import type { CallOptions } from '../../types.ts'
import { ambiguous, errorFor, notFound } from './responses.ts'
import { endpointReferences } from '../model/entry.ts'
import { EntryListing, type DirectoryListing } from '../pages/listing.ts'
import type { DirectoryEntry } from '../model/model.ts'
import { requireEntryId, type EntryId } from '../model/oid.ts'
import { placeOf, type DirectoryOptions, type DirectoryPlace } from './options.ts'
import { readPage, type DirectoryPage } from '../pages/page.ts'
import { withReferencedEndpoints } from '../model/referenced-endpoints.ts'
import { searchQuery, type DirectorySearchParameters } from './search-parameters.ts'
import { requireReader, type EntryReader } from '../select/select-endpoint.ts'
import { DirectorySession } from './session.ts'

/** An entry at hand. */
interface Kept {
  readonly entry: DirectoryEntry
  /** Until when it may be given out unasked, by our clock. */
  readonly until: number
  readonly etag: string | undefined
}

const HOUR_MS = 3_600_000
const KEPT_ENTRIES = 10_000
/** In memory, as estimated: some 2,000 entries of usual size. */
const KEPT_BYTES = 24_000_000

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
  readonly #maxAgeMs: number | undefined
  readonly #fallback: EntryReader | undefined
  readonly #kept = new BoundedMap<Kept>(KEPT_ENTRIES, { maxBytes: KEPT_BYTES })

  /** Throws `TypeError` for a wrong option. */
  constructor(options: DirectoryOptions)
  /** @internal Made by a client, whose blocks count here, too. */
  constructor(options: DirectoryOptions, blocklist: Blocklist)
  constructor(given: DirectoryOptions, blocklist?: Blocklist) {
    const options = ownOptions(given)
    const place = placeOf(options)
    const { apiKey, fallback } = options
    if (typeof apiKey !== 'function') requireText(apiKey, 'apiKey')
    this.#maxAgeMs = requirePositive(options.maxAgeMs, 'maxAgeMs')
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

  /** Whether the directory can be asked for what changed since a date. */
  get knowsLastUpdated(): boolean {
    return this.#session.release.lastUpdated !== false
  }

  /**
   * Reads one organization by OID (`1.2.3`, `urn:oid:1.2.3`, `Organization/1.2.3`) or by another FHIR
   * id, with the Endpoints it refers to. Asks the directory each time, by `If-None-Match` where it
   * gave an ETag. Throws `ERR_CQ_ENTRY_NOT_FOUND` where there is no such organization (404, 410) and
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
      return this.#readFallback(fallback, wanted, error, { ...options, timeoutMs: restMs })
    }
  }

  /** As {@link read}, but gives undefined where there is no such organization. */
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
   * entries are wanted. `timeoutMs` is for each page. Tells its progress by `directory.progress`
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
    return new EntryListing(this.#session, own(parameters), ownOptions(options))
  }

  /** @internal Reads, unless an answer is at hand that is fresh enough. */
  async readKept(id: string, options?: CallOptions): Promise<DirectoryEntry> {
    const kept = this.#kept.get(requireEntryId(id).id)
    return kept !== undefined && kept.until > this.#http.now() ? kept.entry : this.read(id, options)
  }

  /** @internal */
  close(): Promise<void> {
    return this.#http.close()
  }

  #readNow(wanted: EntryId, options: CallOptions | undefined): Promise<DirectoryEntry> {
    return this.#http.call('directory.read', options, async (call) => {
      // A FHIR id has at most 64 characters, an OID may have more.
      if (wanted.id.length > 64) return this.#readByIdentifier(wanted.id, call)
      const kept = this.#kept.get(wanted.id)
      const { answer } = await this.#session.get(
        {
          at: { path: `Organization/${wanted.id}` },
          pathTemplate: '/Organization/:id',
          etag: kept?.etag,
          organization: wanted.oid,
        },
        call,
      )
      if (answer.status === 304 && kept?.etag !== undefined) {
        this.#keep(wanted, kept.entry, answer, kept.etag)
        return kept.entry
      }
      if (answer.status === 404 || answer.status === 410) {
        this.#kept.delete(wanted.id)
        throw notFound(answer.context)
      }
      return this.#readAnswer(wanted, answer, call)
    })
  }

  async #readAnswer(wanted: EntryId, answer: HttpResponse, call: Call): Promise<DirectoryEntry> {
    if (answer.status !== 200) throw errorFor(answer, this.#session.accept)
    const resource = await this.#session.resource(answer, 'Organization')
    const own = this.#session.entry(resource)
    if (own === undefined || (own.id !== wanted.id && own.oid !== wanted.id)) {
      throw new ResponseError(
        'ERR_CQ_UNEXPECTED_RESOURCE',
        'the directory answered with another entry than asked for',
        answer.context,
      )
    }
    const { entry, whole } = await withReferencedEndpoints(this.#session, own, call)
    // The ETag is the entry's own: it says nothing of the Endpoints that it refers to.
    const referring = endpointReferences(own.resource).length > 0
    const etag = referring ? undefined : etagOf(answer.headers)
    if (whole) this.#keep(wanted, entry, answer, etag)
    return entry
  }

  #keep(
    { id }: EntryId,
    entry: DirectoryEntry,
    answer: HttpResponse,
    etag: string | undefined,
  ): void {
    // The caller's own `maxAgeMs` is an order to remember.
    if (this.#maxAgeMs === undefined && !mayStore(answer.headers)) {
      this.#kept.delete(id)
      return
    }
    const freshMs = this.#maxAgeMs ?? freshForMs(answer.headers, answer.sentAt) ?? HOUR_MS
    this.#kept.set(id, { entry, until: answer.sentAt + Math.min(freshMs, 24 * HOUR_MS), etag })
  }

  async #readByIdentifier(oid: string, call: Call): Promise<DirectoryEntry> {
    const page = await this.#page([['identifier', `urn:oid:${oid}`]], call)
    const where = { operation: call.operation, organization: oid }
    const found = new Map(
      page.entries.filter((one) => one.oid === oid).map((one) => [one.id, one] as const),
    )
    if (found.size > 1) throw ambiguous(where)
    const [entry] = found.values()
    // Not found is what a whole answer does not hold.
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
    if (answer.status !== 200) throw errorFor(answer, this.#session.accept)
    return readPage(this.#session, answer, buffer, key)
  }

  /** That the copy has no such entry says nothing while the directory is down: then its own error stands. */
  async #readFallback(
    fallback: EntryReader,
    { id }: EntryId,
    error: CarequalityError,
    options: CallOptions & { timeoutMs: number },
  ): Promise<DirectoryEntry> {
    const { timeoutMs } = options
    try {
      const entry = await this.#http.call('directory.fallback', options, ({ deadline }) =>
        fallback.read(id, { signal: deadline.signal, timeoutMs }),
      )
      this.#http.emit('directory.fallback', { code: error.code, ageMs: entry.snapshot?.ageMs })
      return entry
    } catch (failure) {
      if (!isCarequalityError(failure)) throw failure
      this.#http.emit('directory.fallback-failed', { code: error.code, why: failure.code })
      throw error
    }
  }
}

function requireFallback(
  fallback: DirectoryOptions['fallback'],
  { network, environment }: DirectoryPlace,
): EntryReader | undefined {
  if (fallback === undefined) return undefined
  requireReader(fallback, 'fallback')
  if ('network' in fallback && 'environment' in fallback) {
    if (fallback.network !== network || fallback.environment !== environment)
      throw new TypeError('"fallback" is a copy of another directory or environment')
  }
  return fallback
}

/** No answer, or one that says that there will be one later. */
function isDown(error: unknown): error is CarequalityError {
  if (error instanceof TransportError) return error.retryable
  if (!(error instanceof ResponseError) || error.code !== 'ERR_CQ_UNEXPECTED_STATUS') return false
  const { status = 0 } = error
  return status >= 500 || isTransientStatus(status)
}
