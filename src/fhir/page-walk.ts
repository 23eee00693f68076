import { FhirError, PolicyError, type CarequalityError, type ServerOutcome } from '../errors.ts'
import type { Call } from '../http/call.ts'
import type { Answer } from '../http/exchange.ts'
import { parseUrl } from '../http/url-policy.ts'
import { copyWith } from '../lib/error-copy.ts'
import { turn } from '../lib/turn.ts'
import { readBundle, type BundleEntry, type HeldResource } from './bundle.ts'
import { judgeNextLink, type LinkScope } from './next-link.ts'
import { fhirErrorOf, readOutcome } from './outcome.ts'
import { refuseInvalid, textFor, type Reading } from './reading.ts'
import type { FhirSession, Permission } from './session.ts'
import type { AnyResource, BundleOf, FhirVersion } from './types.ts'

/** How often in a row a page may be empty and have a next link all the same. */
const EMPTY_PAGES = 10
/** Bytes of a page that takes a while to be parsed. */
const LARGE = 1e6

/** The answer to the first request, and the URL that relative links of it start from. */
export interface FirstPage {
  readonly answer: Answer
  readonly url: string
}

/** What the entries of a page hold. */
export interface Picked<T, V extends FhirVersion> {
  /** What was asked for. The key tells whether it was given before; without one it is always new. */
  readonly items: readonly { readonly key: string | undefined; readonly item: T }[]
  /** Keys of the entries that came along. */
  readonly others: readonly string[]
  /** What came along. */
  readonly included: readonly AnyResource<V>[]
  /** What the server has to say about the request. */
  readonly outcomes: readonly HeldResource[]
  /** How many entries are none of these. */
  readonly odd: number
}

/** What all walks of one call have in common. */
export interface WalkSettings {
  readonly session: FhirSession
  readonly operation: string
  readonly links: Omit<LinkScope, 'policy' | 'baseUrl'>
  readonly maxPages: number
  readonly reading: Reading
  /** What all pages are part of. Without it each is a call of its own, under its own deadline. */
  readonly whole?: Call | undefined
}

/** What a walk through pages needs. */
export interface Walk<T, V extends FhirVersion> extends WalkSettings {
  readonly nextTemplate: string
  readonly needs: Permission | undefined
  first(call: Call): Promise<FirstPage>
  pick(entries: readonly BundleEntry[], answer: Answer): Picked<T, V>
  /** The resource that the caller's own schema judges. */
  resourceOf(item: T): unknown
  /** What an answer other than 200 means. */
  failure?(answer: Answer, call: Call): Promise<Error>
}

/** One page, read. */
export interface Page<T, V extends FhirVersion> {
  readonly items: readonly T[]
  readonly included: readonly AnyResource<V>[]
  readonly outcomes: readonly ServerOutcome[]
  readonly bundle: BundleOf<V>
  readonly total: number | undefined
  /** Of the first page: those of later ones may say anything, a cursor as a rule. */
  readonly firstSelfLink: string | undefined
}

type Next = { readonly url: string } | { readonly error: CarequalityError } | undefined

/**
 * Walks the pages of a search or history, each under a deadline of its own. It ends without a throw
 * only when the server has no more; every other end is an error that says how far it came.
 */
export class PageWalk<T, V extends FhirVersion> {
  readonly #walk: Walk<T, V>
  readonly #seen = new Set<string>()
  readonly #followed = new Set<string>()
  #next: Next | 'first' = 'first'
  #received = 0
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
    const so = { received: this.#received, pages: this.#pages }
    if (next !== 'first' && 'error' in next) throw copyWith(next.error, so)
    if (this.#pages >= this.#walk.maxPages) throw copyWith(this.#pageLimit(), so)
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
      throw copyWith(error, so)
    }
  }

  /** Ends what is under way: nobody wants more. */
  stop(): void {
    this.#stopped = true
    this.#call?.abort(new DOMException('no more pages are wanted', 'AbortError'))
  }

  async #read(from: FirstPage, call: Call): Promise<Page<T, V>> {
    const { session, reading } = this.#walk
    const { answer } = from
    if (answer.status !== 200) {
      throw (await this.#walk.failure?.(answer, call)) ?? fhirErrorOf(answer, session.accept)
    }
    const text = await textFor(reading, answer)
    const bundle = await readBundle<V>(answer, text)
    if (answer.bytes.length > LARGE) await turn()
    const picked = this.#walk.pick(bundle.entries, answer)
    const outcomes = picked.outcomes.flatMap((resource) => readOutcome(resource) ?? [])
    this.#report(outcomes, bundle.oddEntries + picked.odd)
    const keys = [...picked.items.map(({ key }) => key), ...picked.others]
    const repeated =
      keys.length > 0 && keys.every((key) => key !== undefined && this.#seen.has(key))
    const items = picked.items.filter(({ key }) => this.#isNew(key)).map(({ item }) => item)
    for (const key of picked.others) this.#seen.add(key)
    // Without a schema there is nothing to wait for, and each wait is a turn.
    for (const item of reading.options.validate === undefined ? [] : items) {
      await refuseInvalid(reading, this.#walk.resourceOf(item), answer, ['entry', 'resource'])
    }
    this.#empty = keys.length === 0 ? this.#empty + 1 : 0
    this.#followed.add(parseUrl(from.url)?.href ?? from.url)
    this.#next = this.#nextOf(bundle.nextLinks, from, repeated)
    this.#received += items.length
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

  #isNew(key: string | undefined): boolean {
    if (key === undefined) return true
    const before = this.#seen.size
    return this.#seen.add(key).size > before
  }

  async #follow(url: string, call: Call): Promise<FirstPage> {
    const { session, nextTemplate: pathTemplate, needs } = this.#walk
    const answer = await session.send({ url, pathTemplate, needs }, call)
    if (answer.status !== 404 && answer.status !== 410) return { url, answer }
    throw new FhirError(
      'ERR_CQ_PAGE_EXPIRED',
      `the next page is no longer there (${answer.status})`,
      answer.context,
    )
  }

  /** What the server has to say about the request, without its words. */
  #report(outcomes: readonly ServerOutcome[], count: number): void {
    const { http, shownBase: baseUrl } = this.#walk.session
    const issueCodes = outcomes.flatMap(({ issue }) => issue.flatMap(({ code }) => code ?? []))
    if (outcomes.length > 0) http.emit('search.outcome', { baseUrl, issueCodes })
    if (count > 0) http.emit('search.odd-entries', { baseUrl, count })
  }

  #nextOf(nextLinks: readonly unknown[], { url, answer }: FirstPage, repeated: boolean): Next {
    const { session, links } = this.#walk
    const [link, ...others] = nextLinks
    if (nextLinks.length === 0) return undefined
    const refuse = (why: string): Next => {
      const what = `a next link was refused: ${why}`
      return { error: new PolicyError('ERR_CQ_NEXT_LINK_REFUSED', what, answer.context) }
    }
    if (others.length > 0) return refuse('the page has two')
    const scope = { ...links, policy: session.http.policy, baseUrl: session.baseUrl }
    const verdict = judgeNextLink(link, url, scope)
    if ('refused' in verdict) return refuse(verdict.refused)
    if (this.#followed.has(verdict.url)) return refuse('it was followed before')
    if (repeated) return refuse('its page holds only entries that were given before')
    if (this.#empty > EMPTY_PAGES) return refuse(`${EMPTY_PAGES} empty pages in a row`)
    return verdict
  }

  #pageLimit(): FhirError {
    const { session, operation, maxPages } = this.#walk
    const what = `there are more than ${maxPages} pages`
    return new FhirError('ERR_CQ_PAGE_LIMIT', what, session.where(operation))
  }
}
