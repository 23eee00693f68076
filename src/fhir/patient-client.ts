import type { Authorize } from '../access-token.ts'
import { FhirError, ResponseError } from '../errors.ts'
import { requireBaseUrl } from '../http/base-url.ts'
import { HttpClient } from '../http/http-client.ts'
import {
  isRecord,
  requireBoolean,
  requireFunction,
  requireObject,
  requireOneOf,
  requirePositive,
  requireSignal,
  requireText,
} from '../lib/arguments.ts'
import type { CallOptions, HttpOptions, SearchMethod } from '../types.ts'
import { fhirErrorOf, resourceOf } from './outcome.ts'
import { searchPairs, type PatientSearchParameters } from './search-parameters.ts'
import { searchPages } from './search-pages.ts'
import { searchResults, type SearchResults } from './search-results.ts'
import { SearchMemory, sendSearch } from './search-transport.ts'
import { FhirSession } from './session.ts'
import type { Patient } from './types.ts'

/** One FHIR server, and how it is spoken to. */
export interface FhirPatientClientOptions extends HttpOptions {
  /** With or without a trailing slash. */
  baseUrl: string
  /** Without it no Authorization header is sent (open servers). */
  authorize?: Authorize | undefined
  /** Default `post-then-get`. */
  searchMethod?: SearchMethod | undefined
  /** `same-origin` lets next links leave the base path. */
  nextLinks?: 'same-origin' | undefined
}

/** Options of a search. */
export interface SearchOptions extends CallOptions {
  /** Default 1,000; more pages end the search with `ERR_CQ_PAGE_LIMIT`. */
  maxPages?: number | undefined
  /** Permits a search without parameters. */
  all?: boolean | undefined
}

/** Options of a read. */
export interface ReadOptions extends CallOptions {
  /** Takes another patient than asked for, as servers give after a merge. Default false. */
  followReplacement?: boolean | undefined
}

/** @internal What the client knows about a server beside its address. */
export interface ServerDetails {
  readonly http: HttpClient
  readonly memory: SearchMemory
  readonly organization?: string | undefined
  readonly accept?: string | undefined
  readonly searchParameters?: Readonly<Record<string, string>> | undefined
  readonly implementationUrl?: string | undefined
  readonly searchModes?: readonly string[] | undefined
  /** A purpose of use is required and none was named. */
  readonly lacksPurpose?: boolean | undefined
}

/**
 * Reads and searches Patients at one FHIR server.
 *
 * @example
 * ```ts
 * const patients = new FhirPatientClient({ baseUrl: 'https://fhir.example.org/r4', authorize })
 * for await (const patient of patients.search({ family: 'Peters' })) console.log(patient.id)
 * ```
 *
 * @see [FHIR R4, RESTful API](https://hl7.org/fhir/R4/http.html)
 */
export class FhirPatientClient {
  readonly #session: FhirSession
  readonly #method: SearchMethod
  readonly #nextLinks: 'same-origin' | undefined
  readonly #memory: SearchMemory
  readonly #details: Partial<ServerDetails>

  /** Throws `TypeError` for a wrong option. */
  constructor(options: FhirPatientClientOptions)
  /** @internal */
  constructor(options: FhirPatientClientOptions, details: ServerDetails)
  constructor(options: FhirPatientClientOptions, details: Partial<ServerDetails> = {}) {
    requireObject(options, 'options')
    requireFunction(options.authorize, 'authorize')
    this.#method =
      requireOneOf(options.searchMethod, ['post-then-get', 'post-only', 'get'], 'searchMethod') ??
      'post-then-get'
    this.#nextLinks = requireOneOf(options.nextLinks, ['same-origin'], 'nextLinks')
    this.#details = details
    this.#memory = details.memory ?? new SearchMemory()
    this.#session = new FhirSession({
      http: details.http ?? new HttpClient(options),
      baseUrl: requireBaseUrl(options.baseUrl, 'baseUrl'),
      authorize: options.authorize,
      accept: details.accept,
      organization: details.organization,
    })
  }

  /**
   * Reads a patient by id. Throws `ERR_CQ_NOT_FOUND`, `ERR_CQ_GONE`, and `ERR_CQ_OTHER_PATIENT` where
   * the server gives another patient than asked for.
   */
  async read(id: string, options?: ReadOptions): Promise<Patient> {
    this.#requirePurpose()
    const wanted = requireId(id)
    requireBoolean(options?.followReplacement, 'followReplacement')
    return this.#session.http.call('patients.read', options, async (call) => {
      const answer = await this.#session.send(
        { path: `Patient/${wanted}`, pathTemplate: '/Patient/:id', interaction: 'r' },
        call,
      )
      if (answer.status !== 200) throw fhirErrorOf(answer, this.#session.accept)
      const resource: unknown = resourceOf(answer, 'Patient')
      if (!isPatient(resource)) {
        throw new ResponseError(
          'ERR_CQ_INVALID_RESPONSE',
          'the Patient has no id',
          answer.context,
          ['id'],
        )
      }
      if (resource.id !== wanted && options?.followReplacement !== true) {
        throw new FhirError(
          'ERR_CQ_OTHER_PATIENT',
          'the FHIR server gave another patient than asked for',
          answer.context,
        )
      }
      if (isReplaced(resource))
        this.#session.http.emit('patient.replaced', { baseUrl: this.#session.shownBase })
      return resource
    })
  }

  /** As {@link read}, but gives undefined where there is no such patient, or no longer. */
  async find(id: string, options?: ReadOptions): Promise<Patient | undefined> {
    try {
      return await this.read(id, options)
    } catch (error) {
      if (
        error instanceof FhirError &&
        (error.code === 'ERR_CQ_NOT_FOUND' || error.code === 'ERR_CQ_GONE')
      )
        return undefined
      throw error
    }
  }

  /**
   * Searches lazily: nothing is asked before the result is used, and each use is a new search.
   * Throws `TypeError` for wrong parameters, at once.
   */
  search(parameters: PatientSearchParameters, options: SearchOptions = {}): SearchResults<Patient> {
    this.#requirePurpose()
    requireObject(options, 'options')
    requireSignal(options.signal, 'signal')
    requirePositive(options.timeoutMs, 'timeoutMs')
    requireBoolean(options.all, 'all')
    const maxPages = requirePositive(options.maxPages, 'maxPages') ?? 1_000
    const given = searchPairs(parameters)
    if (options.all !== true && !given.some(([name]) => /^(_id$|_has:|[^_])/.test(name))) {
      throw new TypeError(
        '"parameters" must name someone; pass { all: true } to search for all patients',
      )
    }
    const pairs = this.#withDefaults(given)
    const search = {
      type: 'Patient',
      method: this.#method,
      pairs,
      announced: this.#details.searchModes ?? [],
    }
    return searchResults(
      () =>
        searchPages({
          session: this.#session,
          type: 'Patient',
          links: { implementationUrl: this.#details.implementationUrl, nextLinks: this.#nextLinks },
          maxPages,
          sent: pairs.map(([name]) => name),
          options,
          first: (call) => sendSearch(this.#session, this.#memory, search, call),
        }),
      isPatient,
    )
  }

  #requirePurpose(): void {
    if (this.#details.lacksPurpose !== true) return
    throw new TypeError(
      '"purposeOfUse" is needed, since "requirePurpose" is set: name it in the options, or by as()',
    )
  }

  #withDefaults(
    pairs: readonly (readonly [string, string])[],
  ): readonly (readonly [string, string])[] {
    const given = new Set(pairs.map(([name]) => name))
    return [
      ...pairs,
      ...Object.entries(this.#details.searchParameters ?? {}).filter(([name]) => !given.has(name)),
    ]
  }
}

/** FHIR's id pattern lets `.` and `..` through, and a URL would make steps of them. */
function requireId(value: unknown): string {
  const id = requireText(value, 'id')
  if (!/^[A-Za-z0-9\-.]{1,64}$/.test(id) || id === '.' || id === '..') {
    throw new TypeError('"id" must be a FHIR id: up to 64 letters, digits, hyphens and dots')
  }
  return id
}

/** Type and id are checked; the rest is what the server says. */
function isPatient(value: unknown): value is Patient {
  return isRecord(value) && value.resourceType === 'Patient' && typeof value.id === 'string'
}

function isReplaced({ link }: Patient): boolean {
  const links: readonly unknown[] = Array.isArray(link) ? link : []
  return links.some((one) => isRecord(one) && one.type === 'replaced-by')
}
