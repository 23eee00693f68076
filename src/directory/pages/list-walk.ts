import { urlBelow } from '../../http/policies/base-url.ts'
import type { UrlPolicy } from '../../http/policies/egress.ts'
import type { Refusal } from '../../paging/judge-link.ts'
import { Pager, type NextRequest } from '../../paging/pager.ts'
import type { DirectoryPlace } from '../api/options.ts'
import type { DirectoryRequest } from '../api/session.ts'

/** A total that changes with every page is reported so many times. */
const MAX_REASONS = 10

/** A list of entries to request. */
export interface EntryList {
  readonly place: DirectoryPlace
  readonly policy: UrlPolicy
  readonly query: readonly (readonly [string, string])[]
  /** Entries requested at once. */
  readonly count: number
  /**
   * The previous list of the same directory; a server that does not distinguish them returns it
   * again.
   */
  readonly before: ListWalk | undefined
}

/** A page once all its entries are counted. */
export interface PageCounts {
  /** The published next link without the API key, or why it was not looked at. */
  readonly next: string | undefined | Refusal
  /** Entries that were new. */
  readonly fresh: number
  /** Entries that had been returned before. */
  readonly known: number
  readonly unreadable: number
}

/** Reads one list of a directory, and notices what suggests that an entry is missing. */
export class ListWalk {
  /** Why an entry may be missing. */
  readonly reasons: string[] = []
  readonly #list: EntryList
  readonly #pager: Pager
  /** The list shares entries with the one before. */
  #overlaps = false
  /** The list is the one before. */
  #same = false

  constructor(list: EntryList) {
    this.#list = list
    this.#pager = new Pager({ policy: list.policy, baseUrl: list.place.baseUrl }, list.count)
  }

  /** How many entries the list adds, as the server last said. */
  get total(): number | undefined {
    return this.#same ? 0 : this.#pager.progress.total
  }

  first(): DirectoryRequest {
    return { at: { path: 'Organization' }, pathTemplate: '/Organization', query: this.#list.query }
  }

  /** The request that continues from the offset after a next link expired; once. */
  resume(): DirectoryRequest | undefined {
    return this.#requestFor(this.#pager.resume())
  }

  /** Adds what a page says of the whole list. */
  open(total: number | undefined): void {
    const { progress } = this.#pager
    const before = progress.total ?? 0
    if (total !== undefined && total < before && this.reasons.length < MAX_REASONS)
      this.reasons.push(`the total fell from ${before} to ${total} while the pages were read`)
    progress.noteTotal(total)
  }

  /** Adds a page; undefined at the end of the list. */
  next(request: DirectoryRequest, page: PageCounts): DirectoryRequest | Refusal | undefined {
    const { fresh, known, unreadable, next } = page
    const { progress } = this.#pager
    const { before } = this.#list
    if (progress.pages === 0) this.#overlaps = before !== undefined && known > 0
    const overlaps = this.#overlaps
    if (overlaps && fresh === 0 && known > 0) {
      this.#same = (progress.total ?? before?.total) === before?.total
      if (this.#same) return undefined
    }
    if (typeof next === 'object') return next
    // Where two lists overlap, the second may repeat all of the first: those entries count as progress.
    const entries = progress.entries + fresh + known + unreadable
    const leadsOn = overlaps && entries <= (progress.total ?? 0)
    const found = this.#pager.next({
      links: next === undefined ? [] : [next],
      requestUrl: this.#urlOf(request),
      fresh: leadsOn ? fresh + known : fresh,
      known: overlaps ? 0 : known,
      others: overlaps && !leadsOn ? unreadable + known : unreadable,
      counted: fresh + unreadable + (overlaps ? known : 0),
    })
    if (found === undefined) this.#checkCount()
    return found !== undefined && 'refused' in found ? found : this.#requestFor(found)
  }

  #requestFor(next: Exclude<NextRequest, Refusal>): DirectoryRequest | undefined {
    if (next === undefined) return undefined
    if ('url' in next) return { at: next, pathTemplate: '/Organization (next page)' }
    const start = this.#list.place.release.paging?.start ?? '_start'
    return { ...this.first(), query: [...this.#list.query, [start, String(next.offset)]] }
  }

  #urlOf({ at, query = [] }: DirectoryRequest): string {
    if ('url' in at) return at.url
    const text = new URLSearchParams(query.map(([name, value]) => [name, value])).toString()
    return urlBelow(this.#list.place.baseUrl, at.path, text)
  }

  #checkCount(): void {
    const { missing, total = 0 } = this.#pager.progress
    if (missing > 0)
      this.reasons.push(`${missing} fewer than the ${total} entries that the directory counts`)
  }
}
