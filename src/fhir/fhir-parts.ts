import type { Authorize } from '../access-token.ts'
import { requireBaseUrl } from '../http/policies/base-url.ts'
import { HttpClient } from '../http/client.ts'
import { requireFunction, requireOneOf, requireWhole } from '../lib/arguments.ts'
import { ownOptions } from '../lib/own.ts'
import { PURPOSE_NEEDED } from '../lib/purposes.ts'
import type { HttpOptions, SearchMethod } from '../types.ts'
import type { AuditTrail } from '../audit-trail.ts'
import { requireAuditTrail } from './auditor.ts'
import type { Validation } from './bundle.ts'
import { SearchMemory } from './search/search-memory.ts'
import { FhirSession } from './session.ts'
import type { FhirVersion } from './types.ts'
import { EtagCache } from './etag-cache.ts'

/** How responses of FHIR servers are read and searches are sent. */
export interface FhirOptions {
  /** Default `post-then-get`. */
  searchMethod?: SearchMethod | undefined
  /**
   * `shell` (default): validates a Bundle's structure, and each resource's type and id. `off`: only
   * what the library itself relies on; a hit without an id is accepted.
   */
  validation?: Validation | undefined
  /**
   * Caches so many resources with their `ETag`, and requests them with `If-None-Match`. They stay
   * in memory, separately for each authorization context; `no-store` is respected. `maxBytes`
   * limits all of them together, 64 MB by default; a larger resource is not cached. Default: none
   * are cached.
   */
  validatorCache?: { maxEntries: number; maxBytes?: number | undefined } | undefined
  /**
   * Records every access to patient data: `balpAudit()` of `carequality-fhir/audit`, or your own.
   * Default: none.
   */
  audit?: AuditTrail | undefined
}

/** One FHIR server, and how requests to it are made. */
export interface FhirClientOptions<V extends FhirVersion = 'R4'> extends HttpOptions, FhirOptions {
  /** With or without a trailing slash. */
  baseUrl: string
  /** Without it no Authorization header is sent (open servers). */
  authorize?: Authorize | undefined
  /** The version whose types the resources have. Default `R4`; nothing is converted. */
  fhirVersion?: V | undefined
  /** `same-origin` lets next links leave the base path. */
  nextLinks?: 'same-origin' | undefined
}

/** What the combined client knows about a server besides its address. */
export interface ServerDetails {
  readonly http: HttpClient
  readonly memory: SearchMemory
  readonly validators?: EtagCache | undefined
  /** Separates resources in the shared cache by whose they are. */
  readonly contextKey?: string | undefined
  readonly organization?: string | undefined
  readonly servedBy?: string | undefined
  readonly accept?: string | undefined
  readonly searchParameters?: Readonly<Record<string, string>> | undefined
  readonly implementationUrl?: string | undefined
  readonly searchModes?: ReadonlyMap<string, readonly string[]> | undefined
  /** Whether a purpose of use is required and none was named. */
  readonly lacksPurpose?: boolean | undefined
  /** For the audit. */
  readonly clientId?: string | undefined
  readonly purposeOfUse?: readonly string[] | undefined
}

/** What every interaction works with. */
export interface FhirParts {
  readonly session: FhirSession
  readonly memory: SearchMemory
  readonly method: SearchMethod
  readonly validation: Validation
  readonly validators: EtagCache | undefined
  readonly nextLinks: 'same-origin' | undefined
  readonly details: Partial<ServerDetails>
}

/** Checks the options and makes the parts; makes no requests. */
export function fhirPartsOf<V extends FhirVersion>(
  given: FhirClientOptions<V>,
  details: Partial<ServerDetails>,
): FhirParts {
  const options = ownOptions(given)
  requireFunction(options.authorize, 'authorize')
  requireOneOf(options.fhirVersion, ['R4', 'STU3'], 'fhirVersion')
  const { searchMethod = 'post-then-get', validation = 'shell' } = requireFhirOptions(options)
  const { audit: trail } = options
  const { clientId, purposeOfUse = [] } = details
  return {
    session: new FhirSession({
      http: details.http ?? new HttpClient(options),
      baseUrl: requireBaseUrl(options.baseUrl, 'baseUrl'),
      authorize: options.authorize,
      accept: details.accept,
      organization: details.organization,
      servedBy: details.servedBy,
      ...(trail === undefined ? {} : { audit: { trail, clientId, purposeOfUse } }),
    }),
    memory: details.memory ?? new SearchMemory(),
    method: searchMethod,
    validation,
    validators: details.validators ?? validatorsOf(options),
    nextLinks: requireOneOf(options.nextLinks, ['same-origin'], 'nextLinks'),
    details,
  }
}

/** Throws `TypeError` for a wrong option. */
export function requireFhirOptions(options: FhirOptions): FhirOptions {
  requireOneOf(options.searchMethod, ['post-then-get', 'post-only', 'get'], 'searchMethod')
  requireOneOf(options.validation, ['off', 'shell'], 'validation')
  requireAuditTrail(options.audit)
  if (options.validatorCache !== undefined) {
    const { maxEntries, maxBytes } = ownOptions(options.validatorCache, 'validatorCache')
    if (requireWhole(maxEntries, 'validatorCache.maxEntries') === undefined) {
      throw new TypeError('"validatorCache.maxEntries" is needed')
    }
    requireWhole(maxBytes, 'validatorCache.maxBytes')
  }
  return options
}

/** The cache that the options specify, if any. */
export function validatorsOf({ validatorCache }: FhirOptions): EtagCache | undefined {
  return validatorCache && new EtagCache(ownOptions(validatorCache, 'validatorCache'))
}

/** Throws where a purpose of use is required and none was named. */
export function requirePurpose({ details }: FhirParts): void {
  if (details.lacksPurpose !== true) return
  throw new TypeError(PURPOSE_NEEDED)
}
