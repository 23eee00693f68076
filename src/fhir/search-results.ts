import { requireObject, requirePositive } from '../lib/arguments.ts'
import type { Page } from './search-pages.ts'
import type { Bundle, FhirResource } from './types.ts'

/** One page of a search. */
export interface SearchPage<T> {
  /** Hits of the type that was asked for, without those that were on earlier pages. */
  readonly resources: readonly T[]
  /** As the server sent it. */
  readonly bundle: Bundle<FhirResource>
  /** As the server says; many do not, and it may be an estimate. */
  readonly total?: number | undefined
  /** Names of parameters that the server's `self` link does not list: it may have ignored them. */
  readonly ignoredParameters: readonly string[]
}

/**
 * The hits of a search, fetched page by page as they are used. Each iteration is a new search. A
 * page that fails, a refused next link, a loop and `maxPages` throw after all earlier hits were
 * given (`received`, `pages` on the error): a loop that ends without a throw is complete.
 */
export interface SearchResults<T> extends AsyncIterable<T> {
  /** The pages themselves, with their totals. */
  pages(): AsyncIterable<SearchPage<T>>
  /** The first hit; asks for no more pages than it takes. */
  first(): Promise<T | undefined>
  /** Up to `max` hits; `complete` is false only where `max` cut them. */
  toArray(options: { max: number }): Promise<{ resources: T[]; complete: boolean }>
}

/** Results over a walk that can be started any number of times. */
export function searchResults<T>(
  walk: () => AsyncGenerator<Page, void, void>,
  isWanted: (resource: unknown) => resource is T,
): SearchResults<T> {
  const pages = async function* (): AsyncGenerator<SearchPage<T>, void, void> {
    for await (const { resources, bundle, total, ignoredParameters } of walk()) {
      const page = { resources: resources.filter(isWanted), bundle, ignoredParameters }
      yield total === undefined ? page : { ...page, total }
    }
  }
  const each = async function* (): AsyncGenerator<T, void, void> {
    for await (const { resources } of pages()) yield* resources
  }
  return {
    pages,
    [Symbol.asyncIterator]: each,
    first: async () => {
      for await (const resource of each()) return resource
      return undefined
    },
    toArray: async (options) => {
      requireObject(options, 'options')
      const max = requirePositive(options.max, 'max')
      if (max === undefined) throw new TypeError('"max" is needed')
      const resources: T[] = []
      for await (const resource of each()) {
        if (resources.length >= max) return { resources, complete: false }
        resources.push(resource)
      }
      return { resources, complete: true }
    },
  }
}
