import { DirectoryError, ResponseError } from '../errors.ts'
import { urlBelow } from '../http/base-url.ts'
import { jsonOf, mediaTypeOf, textOf } from '../http/body.ts'
import type { Call } from '../http/call.ts'
import type { Answer } from '../http/exchange.ts'
import { freshForMs } from '../http/freshness.ts'
import { HttpClient } from '../http/http-client.ts'
import { requireBoolean, requireObject, requirePositive, requireText } from '../lib/arguments.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import type { CallOptions } from '../types.ts'
import { errorFor, nextLink, notFound, unwrap, withoutKey } from './answers.ts'
import { readEntry, type DirectoryEntry } from './entry.ts'
import { requireEntryId } from './oid.ts'
import { baseUrlOf, releaseOf, type DirectoryOptions } from './options.ts'
import type { DirectoryRelease } from './releases.ts'
import { list, member, text } from './tree.ts'
import { parseXml } from './xml.ts'

/** Anything that finds a directory entry: a `DirectoryClient`, a local copy, a fake. */
export interface EntryReader {
  read(id: string, options?: CallOptions): Promise<DirectoryEntry>
}

/** One page of a directory search. */
export interface DirectoryPage {
  readonly entries: readonly DirectoryEntry[]
  /** As the server says; not every directory does. */
  readonly total?: number
  /** Link to the next page without the API key. */
  readonly next?: string
}

const ATTEMPT_MS = 60_000
const HOUR_MS = 3_600_000

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
  readonly #release: DirectoryRelease
  readonly #baseUrl: string
  readonly #apiKey: string | (() => string | Promise<string>)
  readonly #maxAgeMs: number | undefined
  readonly #kept = new BoundedMap<{ entry: DirectoryEntry; until: number }>(10_000)

  /** Throws `TypeError` for a wrong option. */
  constructor(options: DirectoryOptions) {
    requireObject(options, 'options')
    this.#release = releaseOf(options.release)
    this.#baseUrl = baseUrlOf(options, this.#release)
    if (typeof options.apiKey !== 'function') requireText(options.apiKey, 'apiKey')
    this.#apiKey = options.apiKey
    this.#maxAgeMs = requirePositive(options.maxAgeMs, 'maxAgeMs')
    this.#http = new HttpClient(options, 120_000)
  }

  /**
   * Reads one organization by OID (`1.2.3`, `urn:oid:1.2.3`, `Organization/1.2.3`) or by another FHIR id.
   * One request; throws `ERR_CQ_ENTRY_NOT_FOUND` where there is none.
   */
  async read(id: string, options?: CallOptions): Promise<DirectoryEntry> {
    const wanted = requireEntryId(id)
    return this.#http.call('directory.read', options, async (call) => {
      // A FHIR id has at most 64 characters, an OID may have more.
      if (wanted.id.length > 64) return this.#readByIdentifier(wanted.id, call)
      const answer = await this.#get(
        `Organization/${wanted.id}`,
        '/Organization/:id',
        {},
        await this.#key(),
        call,
        wanted.oid,
      )
      if (answer.status === 404 || answer.status === 410) {
        this.#kept.delete(wanted.id)
        throw notFound(answer.context)
      }
      if (answer.status !== 200) throw errorFor(answer, acceptOf(this.#release))
      const resource = await this.#resource(answer, 'Organization')
      const entry = readEntry(resource)
      if (entry === undefined || (entry.id !== wanted.id && entry.oid !== wanted.id)) {
        throw new ResponseError(
          'ERR_CQ_UNEXPECTED_RESOURCE',
          'the directory answered with another entry than asked for',
          answer.context,
        )
      }
      const freshMs = Math.min(
        this.#maxAgeMs ?? freshForMs(answer.headers) ?? HOUR_MS,
        24 * HOUR_MS,
      )
      this.#kept.set(wanted.id, { entry, until: answer.sentAt + freshMs })
      return entry
    })
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

  /** Searches by name and state; one page. */
  async search(
    parameters: { name?: string; active?: boolean; count?: number },
    options?: CallOptions,
  ): Promise<DirectoryPage> {
    requireObject(parameters, 'parameters')
    const { name, active, count } = parameters
    if (name !== undefined) requireText(name, 'name')
    requireBoolean(active, 'active')
    requirePositive(count, 'count')
    const query = {
      ...(name === undefined ? {} : { name }),
      ...(active === undefined ? {} : { [this.#release.activeParameter]: String(active) }),
      ...(count === undefined ? {} : { _count: String(Math.ceil(count)) }),
    }
    return this.#http.call('directory.search', options, (call) => this.#page(query, call))
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

  async #readByIdentifier(oid: string, call: Call): Promise<DirectoryEntry> {
    const { entries } = await this.#page({ identifier: `urn:oid:${oid}` }, call)
    const entry = entries.find((candidate) => candidate.oid === oid)
    if (entry === undefined) throw notFound({ operation: call.operation, organization: oid })
    return entry
  }

  async #page(query: Readonly<Record<string, string>>, call: Call): Promise<DirectoryPage> {
    const key = await this.#key()
    const answer = await this.#get('Organization', '/Organization', query, key, call)
    if (answer.status !== 200) throw errorFor(answer, acceptOf(this.#release))
    const bundle = await this.#resource(answer, 'Bundle')
    const resources = list(member(bundle, 'entry')).map((entry) =>
      unwrap(member(entry, 'resource'), 'Organization'),
    )
    const total = Number(text(member(bundle, 'total')) ?? Number.NaN)
    const next = nextLink(bundle, this.#release, key)
    return {
      entries: resources.map(readEntry).filter((entry) => entry !== undefined),
      ...(Number.isSafeInteger(total) ? { total } : {}),
      ...(next === undefined ? {} : { next }),
    }
  }

  async #get(
    path: string,
    pathTemplate: string,
    query: Readonly<Record<string, string>>,
    key: string,
    call: Call,
    organization?: string,
  ): Promise<Answer> {
    const { format, apiKey } = this.#release
    const parameters = new URLSearchParams(query)
    if (apiKey.in === 'query') parameters.set(apiKey.name, key)
    if (format === 'xml') parameters.set('_format', 'xml')
    const answer = await this.#http.exchange(
      {
        url: urlBelow(this.#baseUrl, path, parameters.toString()),
        pathTemplate,
        accept: acceptOf(this.#release),
        kind: 'page',
        repeat: 'safe',
        attemptTimeoutMs: ATTEMPT_MS,
        headers: apiKey.in === 'header' ? { authorization: `api-key ${key}` } : undefined,
        organization,
      },
      call,
    )
    return withoutKey(answer, key)
  }

  async #key(): Promise<string> {
    const given = typeof this.#apiKey === 'function' ? await this.#apiKey() : this.#apiKey
    // Keys are read from files, which end with a line break.
    const key: unknown = typeof given === 'string' ? given.trim() : given
    // Anything else could break out of the header or the query, or leave as "undefined".
    if (typeof key !== 'string' || !/^[\x21-\x7e]{1,4096}$/.test(key)) {
      throw new TypeError('"apiKey" must give visible ASCII characters')
    }
    return key
  }

  /** The answer's resource, wherever its format puts the name of the type. */
  async #resource(answer: Answer, type: string): Promise<unknown> {
    const document = await this.#document(answer)
    const resource = unwrap(document, type)
    if (resource === undefined) {
      throw new ResponseError(
        'ERR_CQ_UNEXPECTED_RESOURCE',
        `the directory answered with something else than ${type}`,
        answer.context,
      )
    }
    return resource
  }

  #document(answer: Answer): unknown {
    const body = textOf(answer)
    const xml =
      /[/+]xml$/.test(mediaTypeOf(answer.headers)) ||
      /^\s*<(\?xml|Organization|Bundle|OperationOutcome)\b/.test(body)
    return xml ? parseXml(body, answer.context) : jsonOf(answer, 'fhir')
  }
}

function acceptOf({ format }: DirectoryRelease): string {
  return format === 'xml' ? 'application/fhir+xml, application/xml;q=0.9' : 'application/fhir+json'
}
