import type { HttpResponse } from '../../http/messages.ts'
import { isRecord, requireBoolean } from '../../lib/arguments.ts'
import { ownOptions } from '../../lib/own.ts'
import {
  isOfType,
  isResource,
  type BundleEntry,
  type UntypedResource,
  type Validation,
} from '../bundle.ts'
import { requirePurpose, type FhirParts } from '../fhir-parts.ts'
import { PageWalk, type FirstPage } from '../pages/page-walk.ts'
import { keyOf, withoutId, type PageContent } from '../pages/page.ts'
import { walkSettings, type PagingOptions } from '../pages/walk-settings.ts'
import {
  searchPairs,
  type PatientSearchParameters,
  type SearchParameters,
} from './search-parameters.ts'
import { pagedResults, searchPage, type SearchResults } from '../pages/results.ts'
import { searchFacts, sendSearch } from './search-transport.ts'
import type { Pair } from './search-values.ts'
import { requireType } from '../values.ts'
import type { AnyResource, FhirVersion, ResourceOf, ResourceType } from '../types.ts'

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
  options: SearchOptions = {},
): SearchResults<ResourceOf<T, V>, V> {
  const { start, sent } = searchOf<T, V>(parts, operation, type, parameters, options)
  return pagedResults(start, (page) => searchPage(page, sent))
}

/** As {@link searchResources}, with one page: the first. */
export async function firstHits<T extends ResourceType<V>, V extends FhirVersion>(
  parts: FhirParts,
  operation: string,
  type: T,
  parameters: PatientSearchParameters | SearchParameters,
  options: SearchOptions = {},
): Promise<FirstPage<ResourceOf<T, V>>> {
  return searchOf<T, V>(parts, operation, type, parameters, options).start().first()
}

/** A search that can be sent any number of times, and the names of its parameters. */
function searchOf<T extends ResourceType<V>, V extends FhirVersion>(
  parts: FhirParts,
  operation: string,
  type: T,
  parameters: PatientSearchParameters | SearchParameters,
  givenOptions: SearchOptions,
): { readonly start: () => PageWalk<ResourceOf<T, V>, V>; readonly sent: readonly string[] } {
  requirePurpose(parts)
  requireType(type)
  const options = ownOptions(givenOptions)
  const settings = walkSettings(parts, operation, options)
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
  return {
    sent,
    start: () =>
      new PageWalk<ResourceOf<T, V>, V>({
        ...settings,
        nextTemplate: `/${type} (next page)`,
        needs: { type, interaction: 's' },
        facts: () => searchFacts(session, search),
        hasTotal: !wantsCountAlone(pairs),
        first: (call) => sendSearch<V>(session, memory, search, call),
        contentOf: (entries, answer) => hitsIn<T, V>(parts, type, entries, answer),
        resourceOf: (hit) => hit,
      }),
  }
}

/** Whether only the number of hits is requested. */
function wantsCountAlone(pairs: readonly Pair[]): boolean {
  return pairs.some(
    ([name, value]) =>
      (name === '_summary' && value === 'count') || (name === '_count' && value === '0'),
  )
}

/** The hits among the entries, the included resources, and the server's remarks. */
function hitsIn<T extends ResourceType<V>, V extends FhirVersion>(
  { validation }: FhirParts,
  type: T,
  entries: readonly BundleEntry[],
  answer: HttpResponse,
): PageContent<ResourceOf<T, V>, V> {
  const items: { key: string | undefined; item: ResourceOf<T, V> }[] = []
  const includedKeys: string[] = []
  const included: AnyResource<V>[] = []
  const outcomes: UntypedResource[] = []
  let malformed = 0
  for (const { resource, search } of entries) {
    const mode = isRecord(search) ? search.mode : undefined
    if (resource === undefined) malformed += 1
    else if (resource.resourceType === 'OperationOutcome' && type !== 'OperationOutcome') {
      outcomes.push(resource)
    } else if (resource.resourceType === type && mode !== 'include' && mode !== 'outcome') {
      if (!isHit<T, V>(resource, type, validation)) throw withoutId(type, answer)
      items.push({ key: keyOf('hit', resource), item: resource })
    } else if (isResource<V>(resource)) {
      // A resource that was included with another hit may still be a hit itself.
      includedKeys.push(keyOf('other', resource) ?? 'other')
      included.push(resource)
    }
  }
  return { items, includedKeys, included, outcomes, malformed }
}

function isHit<T extends ResourceType<V>, V extends FhirVersion>(
  resource: UntypedResource,
  type: T,
  validation: Validation,
): resource is ResourceOf<T, V> & UntypedResource {
  return validation === 'off' || isOfType<T, V>(resource, type)
}

function withDefaults({ details }: FhirParts, pairs: readonly Pair[]): readonly Pair[] {
  const given = new Set(pairs.map(([name]) => name))
  const defaults = Object.entries(details.searchParameters ?? {})
  return [...pairs, ...defaults.filter(([name]) => !given.has(name))]
}
