import { publishedUrl, urlBelow } from '../../http/policies/base-url.ts'
import { parseUrl, type UrlPolicy } from '../../http/policies/egress.ts'
import { Fingerprints } from '../../lib/fingerprints.ts'
import { MAX_LINK } from './next-link.ts'
import type { DirectoryPlace } from '../api/options.ts'
import type { DirectoryRequest } from '../api/session.ts'

/** A total that changes with every page is told so often. */
const MAX_DOUBTS = 10
/** Pages without a new entry that are followed in a row. */
const BARREN_PAGES = 10

/** The list that is walked through. */
export interface ListedPages {
  readonly place: DirectoryPlace
  readonly policy: UrlPolicy
  readonly query: readonly (readonly [string, string])[]
  /** Entries asked for at once. */
  readonly count: number
  /** The list before, of the same directory; a server that does not tell them apart gives it again. */
  readonly before: PageWalk | undefined
  /** For fingerprints: any 32 bits. */
  readonly seed: number
}

/** A page after all its entries were taken. */
export interface TakenPage {
  readonly next: string | undefined | { readonly refused: string }
  /** Entries that were new. */
  readonly fresh: number
  /** Entries that had been given before. */
  readonly known: number
  readonly unreadable: number
}

/**
 * Finds from page to page what to ask next: the server's next link, or the next offset where it
 * gives none. Knows when a list is at its end, and what suggests that an entry slipped through.
 */
export class PageWalk {
  /** Why an entry may be missing. */
  readonly doubts: string[] = []
  readonly #list: ListedPages
  readonly #followed: Fingerprints
  #pages = 0
  #pageSize: number
  /** Entries of this list so far, whatever became of them: the next offset. */
  #held = 0
  /** Those of them that the total counts. */
  #counted = 0
  #barren = 0
  /** The list shares entries with the one before. */
  #overlaps = false
  /** The list is the one before. */
  #same = false
  #total: number | undefined
  #linked = false
  #resumed = false

  constructor(list: ListedPages) {
    this.#list = list
    this.#followed = new Fingerprints(list.seed)
    this.#pageSize = list.count
  }

  /** How many entries the list adds, as the server last said. */
  get total(): number | undefined {
    return this.#same ? 0 : this.#total
  }

  first(): DirectoryRequest {
    return { at: { path: 'Organization' }, pathTemplate: '/Organization', query: this.#list.query }
  }

  /** The request that goes on from the offset after a next link expired; once. */
  resume(): DirectoryRequest | undefined {
    if (this.#resumed) return undefined
    this.#resumed = true
    this.#linked = false
    return this.#fromOffset()
  }

  /** Takes in what a page says of the whole list. */
  open(total: number | undefined): void {
    if (total === undefined) return
    const fell = this.#total !== undefined && total < this.#total
    if (fell && this.doubts.length < MAX_DOUBTS)
      this.doubts.push(
        `the total fell from ${this.#total ?? 0} to ${total} while the pages were read`,
      )
    this.#total = total
  }

  /** Takes a page in and tells what to ask next: undefined at the end. */
  next(
    asked: DirectoryRequest,
    page: TakenPage,
  ): DirectoryRequest | { readonly refused: string } | undefined {
    const here = page.fresh + page.known + page.unreadable
    const { before } = this.#list
    this.#pages += 1
    const repeated = page.fresh === 0 && page.known > 0
    if (this.#pages === 1) this.#overlaps = before !== undefined && page.known > 0
    this.#held += here
    this.#counted += page.fresh + page.unreadable + (this.#overlaps ? page.known : 0)
    // Where two lists overlap, the second may go through all of the first.
    const going = this.#overlaps && page.known > 0 && this.#held <= (this.#total ?? 0)
    this.#barren = page.fresh === 0 && !going ? this.#barren + 1 : 0
    if (repeated && this.#overlaps && (this.#total ?? before?.total) === before?.total) {
      this.#same = true
      return undefined
    }
    if (typeof page.next === 'object') return page.next
    const known = repeated && !this.#overlaps
    const found =
      page.next === undefined ? this.#byOffset(here, known) : this.#byLink(page.next, asked, known)
    if (found === undefined) this.#checkCount()
    return found
  }

  #byLink(
    link: string,
    asked: DirectoryRequest,
    known: boolean,
  ): DirectoryRequest | { readonly refused: string } {
    this.#linked = true
    const verdict = this.#judge(link, asked)
    if ('refused' in verdict) return verdict
    if (!this.#followed.add(verdict.url)) return { refused: 'it was followed before' }
    if (known) return { refused: 'its page holds only entries that were given before' }
    if (this.#barren > BARREN_PAGES) return barren
    return { at: { url: verdict.url }, pathTemplate: '/Organization (next page)' }
  }

  #byOffset(
    here: number,
    known: boolean,
  ): DirectoryRequest | { readonly refused: string } | undefined {
    if (here === 0 || this.#linked) return undefined
    if (known) {
      // What comes after the last page of a list that moved may be its end once more.
      const full = here >= this.#list.count
      const stuck =
        this.#total === undefined
          ? full
          : this.#held < this.#total || (full && this.#counted < this.#total)
      return stuck ? ignored : undefined
    }
    if (this.#barren > BARREN_PAGES) return barren
    const full = here >= this.#pageSize
    // A server may give fewer than asked for on every page: one more request shows it.
    const capped = this.#pages === 1 && this.#total === undefined
    if (this.#pages === 1) this.#pageSize = Math.min(this.#pageSize, here)
    const more = this.#total !== undefined && this.#held < this.#total
    return more || full || capped ? this.#fromOffset() : undefined
  }

  #fromOffset(): DirectoryRequest {
    const start = this.#list.place.release.paging?.start ?? '_start'
    return { ...this.first(), query: [...this.#list.query, [start, String(this.#held)]] }
  }

  /** The API key goes along, so it must stay on the directory's origin. */
  #judge(link: string, asked: DirectoryRequest): { url: string } | { refused: string } {
    const { place, policy } = this.#list
    if (/[\s\\\p{Cc}]/u.test(link))
      return { refused: 'it holds white space, control characters or a backslash' }
    const from = 'url' in asked.at ? asked.at.url : urlBelow(place.baseUrl, asked.at.path)
    // `?page=2` belongs to the request, other relative links to the base.
    const url = link.startsWith('?')
      ? parseUrl(link, from)
      : parseUrl(publishedUrl(link, place.baseUrl))
    if (url === undefined) return { refused: 'it is not a web address' }
    if (url.origin !== parseUrl(place.baseUrl)?.origin)
      return { refused: 'it leads to another origin' }
    // Resolved, it may be longer than it was.
    if (url.href.length > MAX_LINK) return { refused: 'it is too long' }
    const objection = policy.reasonToReject(url.href)
    return objection === undefined ? { url: url.href } : { refused: objection }
  }

  #checkCount(): void {
    const missing = (this.#total ?? 0) - this.#counted
    if (missing > 0)
      this.doubts.push(
        `${missing} fewer than the ${this.#total ?? 0} entries that the directory counts`,
      )
  }
}

const barren = { refused: `${BARREN_PAGES} pages in a row brought nothing new` }
const ignored = {
  refused: 'the offset changes nothing, its page holds only entries that were given before',
}
