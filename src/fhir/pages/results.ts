import type { ServerOutcome } from '../../errors.ts'
import { parseUrl } from '../../http/policies/egress.ts'
import { requireObject, requirePositive } from '../../lib/arguments.ts'
import { Yielder } from '../../lib/turn.ts'
import type { PageWalk } from './page-walk.ts'
import type { Page } from './page.ts'
import type { AnyResource, BundleOf, FhirVersion } from '../types.ts'

/** One page of a search. */
export interface SearchPage<T, V extends FhirVersion = 'R4'> {
  /** Hits of the requested type, without those that were on earlier pages. */
  readonly resources: readonly T[]
  /** What `_include` and `_revinclude` brought along. */
  readonly included: readonly AnyResource<V>[]
  /** As the server sent it. */
  readonly bundle: BundleOf<V>
  /** As the server states; many do not, and it may be an estimate. */
  readonly total?: number | undefined
  /** Names of parameters that the `self` link of the first page does not list: the server may have ignored them. */
  readonly ignoredParameters: readonly string[]
  /** The server's remarks about the search; they may contain patient data. */
  readonly outcomes: readonly ServerOutcome[]
}

/**
 * The results of a search or history, fetched page by page as they are used. Each iteration is a
 * new request. A page that fails, a refused next link, a loop and `maxPages` throw after all
 * earlier items were returned (`received`, `pages` on the error): a loop that ends without throwing
 * is complete.
 */
export interface PagedResults<T, P> extends AsyncIterable<T> {
  /**
   * The items themselves. The next page is requested while the items of this one are used, at most
   * one page ahead and not before the second item is wanted.
   */
  [Symbol.asyncIterator](): AsyncIterator<T, void, void>
  /** The pages, each requested when it is wanted. */
  pages(): AsyncIterable<P>
  /** The first item; requests no more pages than it needs. */
  first(): Promise<T | undefined>
  /** Up to `max` items; `complete` is false only if `max` cut them off. */
  toArray(options: { max: number }): Promise<{ resources: T[]; complete: boolean }>
}

/** The hits of a search. */
export type SearchResults<T, V extends FhirVersion = 'R4'> = PagedResults<T, SearchPage<T, V>>

/** Results over a walk that can be started any number of times. */
export function pagedResults<T, P, V extends FhirVersion>(
  start: () => PageWalk<T, V>,
  shown: (page: Page<T, V>) => P,
): PagedResults<T, P> {
  return {
    [Symbol.asyncIterator]: () => items(start(), true),
    pages: async function* () {
      const walk = start()
      try {
        for (let page = await walk.next(); page; page = await walk.next()) yield shown(page)
      } finally {
        walk.stop()
      }
    },
    first: async () => {
      for await (const item of items(start(), false)) return item
      return undefined
    },
    toArray: async (options) => {
      requireObject(options, 'options')
      const max = requirePositive(options.max, 'max')
      if (max === undefined) throw new TypeError('"max" is needed')
      const resources: T[] = []
      for await (const item of items(start(), false)) {
        if (resources.length >= max) return { resources, complete: false }
        resources.push(item)
      }
      return { resources, complete: true }
    },
  }
}

/** A consumer that takes longer for its first items computes; others are done with a page in that time. */
const BUSY_MS = 2

/** The items of a walk; with `ahead` the next page is under way while those of this one are used. */
async function* items<T, V extends FhirVersion>(
  walk: PageWalk<T, V>,
  ahead: boolean,
): AsyncGenerator<T, void, void> {
  try {
    let next = nextItems(walk)
    for (let left = await next; left !== undefined; left = await next) {
      const count = left.length
      let started: typeof next | undefined
      let consumer: Yielder | undefined
      for (let item = left.pop(); item !== undefined; item = left.pop()) {
        if (ahead && started === undefined && left.length === count - 2) {
          started = nextItems(walk)
          started.catch(() => undefined) // it is thrown when its turn comes, or not at all
          consumer = new Yielder(BUSY_MS)
        }
        // The request goes out on another turn of the event loop, and a busy consumer gives it none.
        if (consumer?.shouldYield === true) {
          await consumer.turn()
          consumer = undefined
        }
        yield item
      }
      next = started ?? nextItems(walk)
    }
  } finally {
    walk.stop()
  }
}

/**
 * The items alone, in reverse: each is removed as it is returned, so that no page stays in memory
 * while the next is parsed.
 */
async function nextItems<T, V extends FhirVersion>(walk: PageWalk<T, V>): Promise<T[] | undefined> {
  const page = await walk.next()
  return page && [...page.items].reverse()
}

/** A page of a search as the caller sees it. */
export function searchPage<T, V extends FhirVersion>(
  { items, included, outcomes, bundle, total, firstSelfLink }: Page<T, V>,
  sent: readonly string[],
): SearchPage<T, V> {
  return {
    resources: items,
    ...{ included, bundle, outcomes },
    ignoredParameters: ignoredParameters(sent, firstSelfLink),
    ...(total === undefined ? {} : { total }),
  }
}

/** Names of sent parameters that the self link lacks: a server that ignores one leaves it out ([FHIR R4, handling errors](https://hl7.org/fhir/R4/search.html#errors)). */
function ignoredParameters(
  sent: readonly string[],
  selfLink: string | undefined,
): readonly string[] {
  const url = parseUrl(selfLink ?? '', 'https://relative.invalid')
  if (selfLink === undefined || url === undefined) return []
  const used = new Set([...url.searchParams.keys()])
  return sent.filter((name) => !used.has(name))
}
