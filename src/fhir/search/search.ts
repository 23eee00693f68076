import { ResponseError } from '../../errors.ts'
import type { HttpResponse } from '../../http/messages.ts'
import { isRecord, requireBoolean, requireWhole } from '../../lib/arguments.ts'
import { ownOptions } from '../../lib/own.ts'
import { isResource, type BundleEntry, type HeldResource, type Validation } from '../bundle.ts'
import { requirePurpose, type FhirParts } from '../fhir-parts.ts'
import { PageWalk } from './page-walk.ts'
import type { Picked, WalkSettings } from './pages.ts'
import { isOfType } from '../interactions/read.ts'
import { requireReading, type ReadingOptions } from '../reading.ts'
import {
  searchPairs,
  type PatientSearchParameters,
  type SearchParameters,
} from './search-parameters.ts'
import { pagedResults, searchPage, type SearchResults } from './search-results.ts'
import { sendSearch } from './search-transport.ts'
import type { Pair } from './search-values.ts'
import { requireType } from '../values.ts'
import type { AnyResource, FhirVersion, ResourceOf, ResourceType } from '../types.ts'

/** Options of what comes in pages. */
export interface PagingOptions extends ReadingOptions {
  /** Default 1,000; more pages end it with `ERR_CQ_PAGE_LIMIT`. */
  maxPages?: number | undefined
}

/** Options of a search. */
export interface SearchOptions extends PagingOptions {
  /** Permits a search without parameters. */
  all?: boolean | undefined
  /** Names and values that are sent as they are, after the others: what the typed parameters cannot say. */
  raw?: readonly (readonly [name: string, value: string])[] | undefined
}

/** The hits of a search by type ([FHIR R4, search](https://hl7.org/fhir/R4/search.html)). Throws `TypeError` for what cannot be sent. */
export function searchResources<T extends ResourceType<V>, V extends FhirVersion>(
  parts: FhirParts,
  operation: string,
  type: T,
  parameters: PatientSearchParameters | SearchParameters,
  givenOptions: SearchOptions = {},
): SearchResults<ResourceOf<T, V>, V> {
  requirePurpose(parts)
  requireType(type)
  const options = ownOptions(givenOptions)
  const settings = walkOf(parts, operation, options)
  requireBoolean(options.all, 'all')
  const given = searchPairs(type, parameters, options.raw)
  if (options.all !== true && !given.some(([name]) => /^(_id$|_has:|[^_])/.test(name))) {
    throw new TypeError(
      type === 'Patient'
        ? '"parameters" must name someone; pass { all: true } to search for all patients'
        : '"parameters" must narrow the search; pass { all: true } to search for all',
    )
  }
  const pairs = type === 'Patient' ? withDefaults(parts, given) : given
  const { session, memory, method, details } = parts
  const search = { type, method, pairs, announced: details.searchModes?.get(type) ?? [] }
  const sent = [...new Set(pairs.map(([name]) => name))]
  return pagedResults(
    () =>
      new PageWalk<ResourceOf<T, V>, V>({
        ...settings,
        nextTemplate: `/${type} (next page)`,
        needs: { type, interaction: 's' },
        hasTotal: !wantsCountAlone(pairs),
        first: (call) => sendSearch(session, memory, search, call),
        pick: (entries, answer) => pickHits<T, V>(parts, type, entries, answer),
        resourceOf: (hit) => hit,
      }),
    (page) => searchPage(page, sent),
  )
}

/** Whether no hits are wanted, but their number. */
function wantsCountAlone(pairs: readonly Pair[]): boolean {
  return pairs.some(
    ([name, value]) =>
      (name === '_summary' && value === 'count') || (name === '_count' && value === '0'),
  )
}

/** What all walks of these parts have in common. Throws `TypeError` for a wrong option. */
export function walkOf(
  { session, nextLinks, details }: FhirParts,
  operation: string,
  options: PagingOptions,
): WalkSettings {
  requireReading(options)
  return {
    ...{ session, operation },
    reading: { options },
    links: { implementationUrl: details.implementationUrl, nextLinks },
    maxPages: requireWhole(options.maxPages, 'maxPages') ?? 1_000,
  }
}

/** The hits among the entries, what came along, and what the server remarks. */
function pickHits<T extends ResourceType<V>, V extends FhirVersion>(
  { validation }: FhirParts,
  type: T,
  entries: readonly BundleEntry[],
  answer: HttpResponse,
): Picked<ResourceOf<T, V>, V> {
  const items: { key: string | undefined; item: ResourceOf<T, V> }[] = []
  const others: string[] = []
  const included: AnyResource<V>[] = []
  const outcomes: HeldResource[] = []
  let odd = 0
  for (const { resource, search } of entries) {
    const mode = isRecord(search) ? search.mode : undefined
    if (resource === undefined) odd += 1
    else if (resource.resourceType === 'OperationOutcome' && type !== 'OperationOutcome') {
      outcomes.push(resource)
    } else if (resource.resourceType === type && mode !== 'include' && mode !== 'outcome') {
      if (!isHit<T, V>(resource, type, validation)) throw withoutId(type, answer)
      items.push({ key: keyOf('hit', resource), item: resource })
    } else if (isResource<V>(resource)) {
      // One that came along with another hit may still become a hit of its own.
      others.push(keyOf('other', resource) ?? 'other')
      included.push(resource)
    }
  }
  return { items, others, included, outcomes, odd }
}

function isHit<T extends ResourceType<V>, V extends FhirVersion>(
  resource: HeldResource,
  type: T,
  validation: Validation,
): resource is ResourceOf<T, V> & HeldResource {
  return validation === 'off' || isOfType<T, V>(resource, type)
}

/** A hit that cannot be named. */
export function withoutId(type: string, { context }: HttpResponse): ResponseError {
  const what = `a ${type} in the search answer has no id`
  return new ResponseError('ERR_CQ_INVALID_RESPONSE', what, context, ['entry.resource.id'])
}

/** Names a resource of a page; undefined for one without an id. */
export function keyOf(what: string, { resourceType, id }: HeldResource): string | undefined {
  return typeof id === 'string' ? `${what} ${resourceType}/${id}` : undefined
}

function withDefaults({ details }: FhirParts, pairs: readonly Pair[]): readonly Pair[] {
  const given = new Set(pairs.map(([name]) => name))
  const defaults = Object.entries(details.searchParameters ?? {})
  return [...pairs, ...defaults.filter(([name]) => !given.has(name))]
}
