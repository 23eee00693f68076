import { parseUrl } from '../http/policies/egress.ts'
import { Fingerprints } from './fingerprints.ts'
import { judgeLink, type LinkScope, type LinkVerdict } from './judge-link.ts'
import { REPEATED, STALLED, type CountedPage, type Progress } from './progress.ts'

/** Whether a link leads nowhere: some servers write `null` or an empty text for "no more". */
function isEmptyLink(link: unknown): boolean {
  return link === null || (typeof link === 'string' && !/\S/.test(link))
}

/** The strategy "next link": follows what the server publishes, as long as it makes progress. */
export class ByLink {
  readonly #scope: LinkScope
  readonly #progress: Progress
  /** Made with the first link: most searches have one page. */
  #requested: Fingerprints | undefined

  constructor(scope: LinkScope, progress: Progress) {
    this.#scope = scope
    this.#progress = progress
  }

  /** The URL of the latest page's next link; undefined at the end. */
  next(page: CountedPage): LinkVerdict | undefined {
    const links = page.links.filter((link) => !isEmptyLink(link))
    if (links.length === 0) {
      const hasMore = page.links.length > 0 && this.#progress.missing > 0
      return hasMore ? { refused: 'it is empty, and the total is larger' } : undefined
    }
    if (links.length > 1) return { refused: 'the page has two' }
    const verdict = judgeLink(links[0], page.requestUrl, this.#scope)
    if ('refused' in verdict) return verdict
    this.#requested ??= new Fingerprints(0)
    this.#requested.add(parseUrl(page.requestUrl)?.href ?? page.requestUrl)
    if (!this.#requested.add(verdict.url)) return { refused: 'it was followed before' }
    if (this.#progress.repeats) return { refused: REPEATED }
    if (this.#progress.isStalled) return STALLED
    return verdict
  }
}
