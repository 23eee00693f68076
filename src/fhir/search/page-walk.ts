import { FhirError, PolicyError, type CarequalityError, type ServerOutcome } from '../../errors.ts'
import type { Call } from '../../http/call.ts'
import type { HttpResponse } from '../../http/messages.ts'
import { parseUrl } from '../../http/policies/egress.ts'
import { copyWith } from '../../lib/error-copy.ts'
import { turn } from '../../lib/turn.ts'
import { readBundle } from '../bundle.ts'
import { isEmptyLink, judgeNextLink, withoutSearchSegment } from './next-link.ts'
import { fhirErrorOf, gapsError, readOutcome, refusesRequest, tellsOfGaps } from '../outcome.ts'
import type { FirstPage, Page, Walk } from './pages.ts'
import { refuseInvalid, textFor } from '../reading.ts'
import { SeenKeys } from './seen-keys.ts'
import type { FhirVersion } from '../types.ts'

/** How often in a row a page may be empty and have a next link all the same. */
const EMPTY_PAGES = 10
/** How many remarks of the server a page shows. */
const OUTCOMES = 100
/** Bytes of a page that takes a while to be parsed. */
const LARGE = 1e6

type Next = { readonly url: string } | { readonly error: CarequalityError } | undefined

/**
 * Walks the pages of a search or history, each under a deadline of its own. It ends without a throw
 * only when the server has no more; every other end is an error that says how far it came.
 */
export class PageWalk<T, V extends FhirVersion> {
  readonly #walk: Walk<T, V>
  readonly #seen = new SeenKeys()
  readonly #followed = new Set<string>()
  #next: Next | 'first' = 'first'
  #received = 0
  /** Items that the server gave, those that it gave twice included. */
  #counted = 0
  #total = 0
  #gap: CarequalityError | undefined
  #refusesGetOnSearch = false
  #pages = 0
  #empty = 0
  #firstSelfLink: string | undefined
  #call: Call | undefined
  #stopped = false

  constructor(walk: Walk<T, V>) {
    this.#walk = walk
  }

  /** The next page; undefined after the last one. Not to be asked for two at a time. */
  async next(): Promise<Page<T, V> | undefined> {
    const next = this.#next
    if (next === undefined || this.#stopped) return undefined
    this.#next = undefined
    const progress = { received: this.#received, pages: this.#pages }
    if (next !== 'first' && 'error' in next) throw copyWith(next.error, progress)
    if (this.#pages >= this.#walk.maxPages) throw copyWith(this.#pageLimit(), progress)
    const { session, operation, reading, whole } = this.#walk
    const ask = async (call: Call): Promise<Page<T, V>> => {
      this.#call = call
      const from =
        next === 'first' ? await this.#walk.first(call) : await this.#follow(next.url, call)
      return this.#read(from, call)
    }
    try {
      return await (whole === undefined
        ? session.http.call(operation, reading.options, ask)
        : ask(whole))
    } catch (error) {
      throw copyWith(error, progress)
    }
  }

  /** Ends what is under way: nobody wants more. */
  stop(): void {
    this.#stopped = true
    this.#call?.deadline.abort(new DOMException('no more pages are wanted', 'AbortError'))
  }

  async #read(from: FirstPage, call: Call): Promise<Page<T, V>> {
    const { session, reading } = this.#walk
    const { answer } = from
    if (answer.status !== 200) {
      throw (
        (await this.#walk.failure?.(answer, call)) ?? fhirErrorOf(answer, session.accept, 'search')
      )
    }
    const text = await textFor(reading, answer)
    const bundle = await readBundle<V>(answer, text)
    if (answer.bytes.length > LARGE) await turn()
    const picked = this.#walk.pick(bundle.entries, answer)
    const outcomes = picked.outcomes
      .slice(0, OUTCOMES)
      .flatMap((resource) => readOutcome(resource) ?? [])
    this.#report(outcomes, bundle.oddEntries + picked.odd)
    const gap = picked.outcomes.find(tellsOfGaps)
    if (gap !== undefined) this.#gap ??= gapsError(gap, answer)
    const keys = [...picked.items.map(({ key }) => key), ...picked.others]
    const repeated =
      keys.length > 0 && keys.every((key) => key !== undefined && this.#seen.has(key))
    const items = picked.items
      .filter(({ key }) => key === undefined || this.#seen.add(key))
      .map(({ item }) => item)
    for (const key of picked.others) this.#seen.add(key)
    // Without a schema there is nothing to wait for, and each wait is a turn.
    for (const item of reading.options.validate === undefined ? [] : items) {
      await refuseInvalid(reading, this.#walk.resourceOf(item), answer, ['entry', 'resource'])
    }
    this.#empty = keys.length === 0 ? this.#empty + 1 : 0
    this.#followed.add(parseUrl(from.url)?.href ?? from.url)
    this.#received += items.length
    this.#counted += picked.items.length
    if (Number.isSafeInteger(bundle.total)) this.#total = bundle.total ?? 0
    this.#next = this.#nextOf(bundle.nextLinks, from, repeated) ?? this.#endOf(answer)
    if (this.#pages === 0) this.#firstSelfLink = bundle.selfLink
    this.#pages += 1
    return {
      items,
      included: picked.included,
      outcomes,
      bundle: bundle.bundle,
      total: bundle.total,
      firstSelfLink: this.#firstSelfLink,
    }
  }

  async #follow(link: string, call: Call): Promise<FirstPage> {
    this.#followed.add(link)
    const below = withoutSearchSegment(link)
    const asGiven = below === undefined || !this.#refusesGetOnSearch
    let page = await this.#ask(asGiven ? link : below, call)
    if (asGiven && below !== undefined && refusesRequest(page.answer)) {
      // Some servers take the `_search` of their own link for an id.
      const other = await this.#ask(below, call)
      this.#refusesGetOnSearch = other.answer.status === 200
      if (this.#refusesGetOnSearch) page = other
    }
    const { status, context } = page.answer
    if (status !== 404 && status !== 410) return page
    throw new FhirError(
      'ERR_CQ_PAGE_EXPIRED',
      `the next page is no longer there (${status})`,
      context,
    )
  }

  async #ask(url: string, call: Call): Promise<FirstPage> {
    const { session, nextTemplate: pathTemplate, needs } = this.#walk
    return { url, answer: await session.send({ url, pathTemplate, needs }, call) }
  }

  /** What the server has to say about the request, without its words. */
  #report(outcomes: readonly ServerOutcome[], count: number): void {
    const { http, shownBase: baseUrl } = this.#walk.session
    const codes = outcomes.flatMap(({ issue }) => issue.flatMap(({ code }) => code ?? []))
    const issueCodes = [...new Set(codes)]
    if (outcomes.length > 0) http.emit('search.outcome', { baseUrl, issueCodes })
    if (count > 0) http.emit('search.odd-entries', { baseUrl, count })
  }

  #nextOf(nextLinks: readonly unknown[], { url, answer }: FirstPage, repeated: boolean): Next {
    const { session, links } = this.#walk
    const given = nextLinks.filter((one) => !isEmptyLink(one))
    const [link] = given
    const refuse = (why: string): Next => {
      const what = `a next link was refused: ${why}`
      return { error: new PolicyError('ERR_CQ_NEXT_LINK_REFUSED', what, answer.context) }
    }
    if (given.length === 0) {
      const hasMore = nextLinks.length > 0 && this.#isShort
      return hasMore ? refuse('it is empty, and the total is larger') : undefined
    }
    if (given.length > 1) return refuse('the page has two')
    const scope = { ...links, policy: session.http.policy, baseUrl: session.baseUrl }
    const verdict = judgeNextLink(link, url, scope)
    if ('refused' in verdict) return refuse(verdict.refused)
    if (this.#followed.has(verdict.url)) return refuse('it was followed before')
    if (repeated) return refuse('its page holds only entries that were given before')
    if (this.#empty > EMPTY_PAGES) return refuse(`${EMPTY_PAGES} empty pages in a row`)
    return verdict
  }

  /** Whether the server counts more than it gave. Its total may be an estimate. */
  get #isShort(): boolean {
    return this.#walk.hasTotal && this.#total > this.#counted
  }

  /** The server has no more. An end without an error says that this was all. */
  #endOf(answer: HttpResponse): Next {
    const error = this.#gap ?? this.#walk.gaps?.(answer)
    if (error !== undefined) return { error }
    if (this.#isShort) {
      const { http, shownBase: baseUrl } = this.#walk.session
      const [total, received] = [this.#total, this.#counted]
      http.emit('search.fewer-than-total', { baseUrl, total, received })
    }
    return undefined
  }

  #pageLimit(): FhirError {
    const { session, operation, maxPages } = this.#walk
    const what = `there are more than ${maxPages} pages`
    return new FhirError('ERR_CQ_PAGE_LIMIT', what, session.where(operation))
  }
}
