import { FhirError, PolicyError, ResponseError, type CarequalityError } from '../errors.ts'
import type { Call } from '../http/call.ts'
import type { Answer } from '../http/exchange.ts'
import { parseUrl } from '../http/url-policy.ts'
import { isRecord } from '../lib/arguments.ts'
import { copyWith } from '../lib/error-copy.ts'
import type { CallOptions } from '../types.ts'
import { readSearchBundle, type SearchBundle, type SearchEntry } from './bundle.ts'
import { judgeNextLink, type LinkScope } from './next-link.ts'
import { fhirErrorOf, readOutcome } from './outcome.ts'
import type { FirstPage } from './search-transport.ts'
import type { FhirSession } from './session.ts'

/** How often in a row a page may be empty and have a next link all the same. */
const EMPTY_PAGES = 10

/** What a walk through pages needs. */
export interface Walk {
  readonly session: FhirSession
  readonly type: string
  readonly links: Omit<LinkScope, 'policy' | 'baseUrl'>
  readonly maxPages: number
  readonly sent: readonly string[]
  readonly options: CallOptions
  first(call: Call): Promise<FirstPage>
}

/** One page of resources of the type that was asked for. */
export interface Page {
  readonly resources: readonly unknown[]
  readonly bundle: SearchBundle['bundle']
  readonly total: number | undefined
  /** Names of parameters that the server's `self` link does not list. */
  readonly ignoredParameters: readonly string[]
}

/**
 * Walks the pages of a search, each under a deadline of its own. It ends without a throw only when
 * the server has no more; every other end is an error that says how far it came.
 */
export async function* searchPages(walk: Walk): AsyncGenerator<Page, void, void> {
  const { session, options } = walk
  const seen = new Set<string>()
  const followed = new Set<string>()
  let received = 0
  let empty = 0
  let url: string | undefined
  for (let number = 1; ; number += 1) {
    const at: string | undefined = url
    const { page, next } = await session.http
      .call('patients.search', options, async (call) => {
        const from =
          at === undefined
            ? await walk.first(call)
            : { url: at, answer: await follow(walk, at, call) }
        const found = readPage(walk, from.answer, seen)
        empty = found.empty ? empty + 1 : 0
        followed.add(hrefOf(from.url))
        return { page: found, next: nextUrl(walk, found, from, { followed, empty }) }
      })
      .catch((error: unknown) => {
        throw copyWith(error, { received, pages: number - 1 })
      })
    received += page.resources.length
    yield shown(walk, page)
    if (next === undefined) return
    if ('error' in next) throw copyWith(next.error, { received, pages: number })
    if (number >= walk.maxPages) throw copyWith(pageLimit(walk), { received, pages: number })
    url = next.url
  }
}

interface Found {
  readonly bundle: SearchBundle
  readonly resources: readonly SearchEntry['resource'][]
  readonly answer: Answer
  /** What the server has to say about the search does not count. */
  readonly empty: boolean
  /** The page has entries, and all of them were on earlier pages. */
  readonly repeated: boolean
}

async function follow({ session, type }: Walk, url: string, call: Call): Promise<Answer> {
  const answer = await session.send({ url, pathTemplate: `/${type} (next page)` }, call)
  if (answer.status === 404 || answer.status === 410) {
    throw new FhirError(
      'ERR_CQ_PAGE_EXPIRED',
      `the next page is no longer there (${answer.status})`,
      answer.context,
    )
  }
  return answer
}

function readPage({ session, type }: Walk, answer: Answer, seen: Set<string>): Found {
  if (answer.status !== 200) throw fhirErrorOf(answer, session.accept)
  const bundle = readSearchBundle(answer)
  report(session, bundle)
  const held = bundle.entries.filter(({ resource }) => resource.resourceType !== 'OperationOutcome')
  const hits = held.filter((entry) => entry.resource.resourceType === type && isHit(entry))
  if (hits.some(({ resource }) => typeof resource.id !== 'string')) {
    throw new ResponseError(
      'ERR_CQ_INVALID_RESPONSE',
      `a ${type} in the search answer has no id`,
      answer.context,
      ['entry.resource.id'],
    )
  }
  const empty = held.length === 0
  const repeated = !empty && held.every((entry) => seen.has(keyOf(entry)))
  const fresh = new Map(
    hits.filter((entry) => !seen.has(keyOf(entry))).map((entry) => [keyOf(entry), entry.resource]),
  )
  for (const entry of held) seen.add(keyOf(entry))
  return { bundle, resources: [...fresh.values()], answer, empty, repeated }
}

/** Entries that say nothing, or something unknown, were asked for. */
function isHit({ search }: SearchEntry): boolean {
  return !isRecord(search) || (search.mode !== 'include' && search.mode !== 'outcome')
}

/** One that came along with another patient may still become a hit of its own. */
function keyOf(entry: SearchEntry): string {
  const { resourceType, id } = entry.resource
  return `${isHit(entry) ? 'hit' : 'other'} ${resourceType}/${typeof id === 'string' ? id : ''}`
}

/** What the server has to say about the search, without its words. */
function report(
  { http, shownBase: baseUrl }: FhirSession,
  { entries, oddEntries }: SearchBundle,
): void {
  const outcomes = entries.filter(({ resource }) => resource.resourceType === 'OperationOutcome')
  const codes = outcomes
    .flatMap(({ resource }) => readOutcome(resource)?.issue ?? [])
    .flatMap(({ code }) => code ?? [])
  if (outcomes.length > 0) http.emit('search.outcome', { baseUrl, issueCodes: codes })
  if (oddEntries > 0) http.emit('search.odd-entries', { baseUrl, count: oddEntries })
}

function nextUrl(
  { session, links }: Walk,
  { bundle, answer, repeated }: Found,
  from: FirstPage,
  { followed, empty }: { followed: ReadonlySet<string>; empty: number },
): { url: string } | { error: CarequalityError } | undefined {
  const [link, ...others] = bundle.nextLinks
  if (bundle.nextLinks.length === 0) return undefined
  const refuse = (why: string): { error: CarequalityError } => ({
    error: new PolicyError(
      'ERR_CQ_NEXT_LINK_REFUSED',
      `a next link was refused: ${why}`,
      answer.context,
    ),
  })
  if (others.length > 0) return refuse('the page has two')
  const verdict = judgeNextLink(link, from.url, {
    ...links,
    policy: session.http.policy,
    baseUrl: session.baseUrl,
  })
  if ('refused' in verdict) return refuse(verdict.refused)
  if (followed.has(verdict.url)) return refuse('it was followed before')
  if (repeated) return refuse('its page holds only entries that were given before')
  if (empty > EMPTY_PAGES) return refuse(`${EMPTY_PAGES} empty pages in a row`)
  return verdict
}

function hrefOf(url: string): string {
  return parseUrl(url)?.href ?? url
}

function pageLimit({ session, maxPages }: Walk): FhirError {
  const what = `the search has more than ${maxPages} pages`
  return new FhirError('ERR_CQ_PAGE_LIMIT', what, session.where('patients.search'))
}

function shown({ sent }: Walk, { bundle, resources }: Found): Page {
  return {
    resources,
    bundle: bundle.bundle,
    total: bundle.total,
    ignoredParameters: ignored(sent, bundle.selfLink),
  }
}

/** A server that ignores a parameter leaves it out of the self link ([FHIR R4, handling errors](https://hl7.org/fhir/R4/search.html#errors)). */
function ignored(sent: readonly string[], selfLink: string | undefined): readonly string[] {
  const url = parseUrl(selfLink ?? '', 'https://relative.invalid')
  if (selfLink === undefined || url === undefined) return []
  const used = new Set([...url.searchParams.keys()])
  return sent.filter((name) => !used.has(name))
}
