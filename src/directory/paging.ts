import { publishedUrl } from '../http/base-url.ts'
import { parseUrl, type UrlPolicy } from '../http/url-policy.ts'
import type { DirectoryPlace } from './options.ts'
import type { DirectoryRequest } from './session.ts'

/** Pages without entries that are followed in a row. */
const EMPTY_PAGES = 10

/** The list that is walked through. */
export interface ListedPages {
  readonly place: DirectoryPlace
  readonly policy: UrlPolicy
  readonly query: readonly (readonly [string, string])[]
  /** Entries asked for at once. */
  readonly count: number
  /** A further list of the same directory; a server that does not tell them apart gives the first again. */
  readonly further: boolean
}

/** A page after all its entries were taken. */
export interface TakenPage {
  readonly total: number | undefined
  readonly next: string | undefined
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
  readonly #followed = new Set<string>()
  #pages = 0
  #pageSize: number
  /** Entries of this list so far, whatever became of them: the next offset. */
  #held = 0
  #counted = 0
  #empty = 0
  #total: number | undefined
  #linked = false
  #resumed = false
  /** Whether the next page was asked for only to see if there is one. */
  #probing = false

  constructor(list: ListedPages) {
    this.#list = list
    this.#pageSize = list.count
  }

  /** How many entries the list has, as the server last said. */
  get total(): number | undefined {
    return this.#total
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

  /** Takes a page in and tells what to ask next: undefined at the end. */
  next(
    asked: DirectoryRequest,
    page: TakenPage,
  ): DirectoryRequest | { readonly refused: string } | undefined {
    const here = page.fresh + page.known + page.unreadable
    const known = here > 0 && page.known === here
    this.#pages += 1
    if (known && this.#list.further && this.#pages === 1) return undefined
    this.#held += here
    // What a further list shares with the first was counted there.
    this.#counted += page.fresh + page.unreadable + (this.#list.further ? page.known : 0)
    this.#empty = here === 0 ? this.#empty + 1 : 0
    this.#takeTotal(page.total)
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
    if (this.#followed.has(verdict.url)) return { refused: 'it was followed before' }
    if (known) return { refused: 'its page holds only entries that were given before' }
    if (this.#empty > EMPTY_PAGES) return { refused: `${EMPTY_PAGES} empty pages in a row` }
    this.#followed.add(verdict.url)
    return { at: { url: verdict.url }, pathTemplate: '/Organization (next page)' }
  }

  #byOffset(
    here: number,
    known: boolean,
  ): DirectoryRequest | { readonly refused: string } | undefined {
    if (here === 0 || this.#linked) return undefined
    const missing = this.#total !== undefined && this.#held < this.#total
    const full = here >= this.#pageSize
    // A server may give fewer than asked for on every page: one more request shows it.
    const capped = this.#pages === 1 && this.#total === undefined
    if (this.#pages === 1) this.#pageSize = Math.min(this.#pageSize, here)
    if (known) {
      return full && !this.#probing
        ? {
            refused:
              'the offset changes nothing, its page holds only entries that were given before',
          }
        : undefined
    }
    this.#probing = capped && !full
    return missing || full || capped ? this.#fromOffset() : undefined
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
    const from = 'url' in asked.at ? asked.at.url : place.baseUrl
    const url = parseUrl(publishedUrl(link, link.startsWith('?') ? from : place.baseUrl))
    if (url === undefined) return { refused: 'it is no web address' }
    if (url.origin !== parseUrl(place.baseUrl)?.origin)
      return { refused: `it leads to another origin, ${url.origin}` }
    const objection = policy.objection(url.href)
    return objection === undefined ? { url: url.href } : { refused: objection }
  }

  #takeTotal(total: number | undefined): void {
    if (total === undefined) return
    if (this.#total !== undefined && total < this.#total)
      this.doubts.push(`the total fell from ${this.#total} to ${total} while the pages were read`)
    this.#total = total
  }

  #checkCount(): void {
    const missing = (this.#total ?? 0) - this.#counted
    if (missing > 0)
      this.doubts.push(
        `${missing} fewer than the ${this.#total ?? 0} entries that the directory counts`,
      )
  }
}
