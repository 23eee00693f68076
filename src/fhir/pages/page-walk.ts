import { FhirError, type CarequalityError, type ServerOutcome } from '../../errors.ts'
import { readOutcome } from '../../hl7/operation-outcome.ts'
import type { Call } from '../../http/call.ts'
import type { HttpResponse } from '../../http/messages.ts'
import { copyWith } from '../../lib/error-copy.ts'
import { turn } from '../../lib/turn.ts'
import { expiredPage, nextLinkRefused } from '../../paging/errors.ts'
import { ByLink } from '../../paging/by-link.ts'
import { Progress } from '../../paging/progress.ts'
import { seedFrom } from '../../paging/fingerprints.ts'
import { SeenKeys } from '../../paging/seen-keys.ts'
import type { AccessFacts } from '../auditor.ts'
import { incompleteResults } from '../outcome.ts'
import { refuseInvalid, textFor } from '../reading.ts'
import { fhirErrorOf, rejectsRequest } from '../status-errors.ts'
import type { FhirVersion } from '../types.ts'
import { tidyLink, withoutSearchSegment } from './next-link.ts'
import { PageResponse, type Page, type PageContent, type Walk } from './page.ts'

/** How many OperationOutcomes a page returns. */
const MAX_OUTCOMES = 100
/** Bytes of a page that takes long to parse. */
export const LARGE_PAGE = 1e6

type Next = { readonly url: string } | { readonly error: CarequalityError } | undefined

/** What a first page says. */
export interface FirstPage<T> {
  readonly items: readonly T[]
  /** As the server says. */
  readonly total: number | undefined
  readonly hasMore: boolean
}

/**
 * Walks through the pages of a search or history, each under its own deadline. It ends without
 * throwing only when the server has no more; every other end is an error that says how far it came.
 */
export class PageWalk<T, V extends FhirVersion> {
  readonly #walk: Walk<T, V>
  readonly #progress = new Progress()
  readonly #links: ByLink
  #seen: SeenKeys | undefined
  #next: Next | 'first' = 'first'
  /** Items returned so far. */
  #received = 0
  /** Why the results so far are incomplete, as the server says; thrown at the end. */
  #incomplete: CarequalityError | undefined
  #rejectsGetOnSearch = false
  #firstSelfLink: string | undefined
  #call: Call | undefined
  #stopped = false

  constructor(walk: Walk<T, V>) {
    this.#walk = walk
    this.#links = new ByLink(walk.scope, this.#progress)
  }

  /** The next page; undefined after the last one. Not to be called concurrently. */
  async next(): Promise<Page<T, V> | undefined> {
    const next = this.#next
    if (next === undefined || this.#stopped) return undefined
    this.#next = undefined
    const { pages } = this.#progress
    const soFar = { received: this.#received, pages }
    if (next !== 'first' && 'error' in next) throw copyWith(next.error, soFar)
    if (pages >= this.#walk.maxPages) throw copyWith(this.#pageLimit(), soFar)
    const { session, operation, reading, call: whole } = this.#walk
    const request = async (call: Call): Promise<Page<T, V>> => {
      this.#call = call
      call.page = pages + 1
      const response =
        next === 'first' ? await this.#walk.first(call) : await this.#follow(next.url, call)
      return this.#read(response, call)
    }
    try {
      return await (whole === undefined
        ? session.access(
            operation,
            reading.options,
            () => this.#factsOf(next),
            request,
            (page) => [...page.items.map((item) => this.#walk.resourceOf(item)), ...page.included],
          )
        : request(whole))
    } catch (error) {
      throw copyWith(error, soFar)
    }
  }

  /** The first page alone. */
  async first(): Promise<FirstPage<T>> {
    const page = await this.next()
    const next = this.#next
    // What says that the page is incomplete counts; a link that is not followed may lead anywhere.
    const hasMore =
      typeof next === 'object' && ('url' in next || next.error.code === 'ERR_CQ_NEXT_LINK_REFUSED')
    if (typeof next === 'object' && 'error' in next && !hasMore) throw next.error
    return { items: page?.items ?? [], total: page?.total, hasMore }
  }

  /** What the audit records: of a later page its link, which may hold patient data as well. */
  #factsOf(next: { readonly url: string } | 'first'): AccessFacts {
    const facts = this.#walk.facts()
    if (next === 'first') return facts
    const page = this.#progress.pages + 1
    return { ...facts, page, request: { method: 'GET', url: next.url } }
  }

  /** Aborts what is under way: no more pages are wanted. */
  stop(): void {
    this.#stopped = true
    this.#call?.deadline.abort(new DOMException('no more pages are wanted', 'AbortError'))
  }

  async #read(response: PageResponse<V>, call: Call): Promise<Page<T, V>> {
    const { session, reading, hasTotal } = this.#walk
    const { answer, url } = response
    if (answer.status !== 200) {
      throw (
        (await this.#walk.errorOf?.(answer, call)) ?? fhirErrorOf(answer, session.accept, 'search')
      )
    }
    const text = await textFor(reading, answer)
    const bundle = await response.bundle(text)
    if (answer.bytes.length > LARGE_PAGE) await turn()
    const content = this.#walk.contentOf(bundle.entries, answer)
    const outcomes = content.outcomes.slice(0, MAX_OUTCOMES).map(readOutcome)
    this.#report(outcomes, bundle.malformedEntries + content.malformed)
    for (const outcome of content.outcomes) this.#incomplete ??= incompleteResults(outcome, answer)
    const { items, fresh, known } = this.#newItems(content)
    // Without a schema there is nothing to await, and each await costs a turn.
    for (const item of reading.options.validate === undefined ? [] : items) {
      await refuseInvalid(reading, this.#walk.resourceOf(item), answer, ['entry', 'resource'])
    }
    this.#received += items.length
    const { total } = bundle
    if (hasTotal) this.#progress.noteTotal(Number.isSafeInteger(total) ? total : undefined)
    if (this.#progress.pages === 0) this.#firstSelfLink = bundle.selfLink
    const links = bundle.nextLinks.map(tidyLink)
    const counted = content.items.length
    const page = { links, requestUrl: url, fresh, known, others: 0, counted }
    this.#progress.add(page)
    const next = this.#links.next(page)
    if (next === undefined) this.#next = this.#endOf(answer)
    else if ('url' in next) this.#next = next
    else this.#next = { error: nextLinkRefused(next.refused, answer.context) }
    return {
      items,
      included: content.included,
      outcomes,
      bundle: bundle.bundle,
      total,
      firstSelfLink: this.#firstSelfLink,
    }
  }

  /** The items that were on no earlier page, and how many entries are new and known. */
  #newItems({ items, includedKeys }: PageContent<T, V>): {
    items: T[]
    fresh: number
    known: number
  } {
    const seen = (this.#seen ??= new SeenKeys(seedFrom(this.#walk.session.http.randomUUID())))
    const found: T[] = []
    for (const { key, item } of items) {
      if (key === undefined || seen.add(key)) found.push(item)
    }
    let fresh = found.length
    for (const key of includedKeys) if (seen.add(key)) fresh += 1
    return { items: found, fresh, known: items.length + includedKeys.length - fresh }
  }

  async #follow(link: string, call: Call): Promise<PageResponse<V>> {
    const below = withoutSearchSegment(link)
    const asGiven = below === undefined || !this.#rejectsGetOnSearch
    let page = await this.#request(asGiven ? link : below, call)
    if (asGiven && below !== undefined && rejectsRequest(page.answer)) {
      // Some servers mistake the `_search` of their own link for an id.
      const other = await this.#request(below, call)
      this.#rejectsGetOnSearch = other.answer.status === 200
      if (this.#rejectsGetOnSearch) page = other
    }
    const expired = expiredPage(page.answer)
    if (expired !== undefined) throw expired
    return page
  }

  async #request(url: string, call: Call): Promise<PageResponse<V>> {
    const { session, nextTemplate: pathTemplate, needs } = this.#walk
    return new PageResponse(await session.send({ url, pathTemplate, needs }, call), url)
  }

  /** Reports the server's remarks about the request, without its words. */
  #report(outcomes: readonly ServerOutcome[], count: number): void {
    const { http, shownBase: baseUrl } = this.#walk.session
    const codes = outcomes.flatMap(({ issue }) => issue.flatMap(({ code }) => code ?? []))
    const issueCodes = [...new Set(codes)]
    if (outcomes.length > 0) http.emit({ type: 'search.outcome', baseUrl, issueCodes })
    if (count > 0) http.emit({ type: 'search.odd-entries', baseUrl, count })
  }

  /** The server has no more. An end without an error means that this was all. */
  #endOf(answer: HttpResponse): Next {
    const error = this.#incomplete ?? this.#walk.missing?.(answer)
    if (error !== undefined) return { error }
    const { total, counted: received, missing } = this.#progress
    if (missing > 0 && total !== undefined) {
      const { http, shownBase: baseUrl } = this.#walk.session
      http.emit({ type: 'search.fewer-than-total', baseUrl, total, received })
    }
    return undefined
  }

  #pageLimit(): FhirError {
    const { session, operation, maxPages } = this.#walk
    const what = `there are more than ${maxPages} pages`
    return new FhirError('ERR_CQ_PAGE_LIMIT', what, session.where(operation))
  }
}
