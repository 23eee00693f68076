import { ByLink } from './by-link.ts'
import { ByOffset, type Offset } from './by-offset.ts'
import type { LinkScope, LinkVerdict } from './judge-link.ts'
import { Progress, type CountedPage } from './progress.ts'

/** What to request next, or why that is refused; undefined at the end. */
export type NextRequest = LinkVerdict | Offset | undefined

/**
 * Decides from page to page what to request next: by the server's next links, or by offset where it
 * publishes none. It ends only where the server has no more; loops, links that lead elsewhere and
 * pages without new entries are refused with a reason.
 */
export class Pager {
  readonly progress: Progress = new Progress()
  readonly #byLink: ByLink
  readonly #byOffset: ByOffset
  #hasLinks = false
  #resumed = false

  /** `count`: entries requested at once. */
  constructor(scope: LinkScope, count: number) {
    this.#byLink = new ByLink(scope, this.progress)
    this.#byOffset = new ByOffset(count, this.progress)
  }

  /** Adds a page, once all its entries are counted. */
  next(page: CountedPage): NextRequest {
    this.progress.add(page)
    if (page.links.length > 0) {
      this.#hasLinks = true
      return this.#byLink.next(page)
    }
    return this.#hasLinks ? undefined : this.#byOffset.next(page)
  }

  /** Continues from the offset after a next link expired; undefined the second time. */
  resume(): Offset | undefined {
    if (this.#resumed) return undefined
    this.#resumed = true
    this.#hasLinks = false
    return { offset: this.progress.entries }
  }
}
