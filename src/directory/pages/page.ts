import type { BodyBuffer } from '../../http/body/buffer.ts'
import type { HttpResponse } from '../../http/messages.ts'
import { issueCodesOf, reportsIncompleteResults } from '../../hl7/operation-outcome.ts'
import { LONGEST_URL } from '../../http/policies/parse-url.ts'
import { Yielder } from '../../lib/turn.ts'
import { TOO_LONG, type Refusal } from '../../paging/judge-link.ts'
import { unwrap } from '../api/responses.ts'
import { readEndpoint } from '../model/endpoint.ts'
import { endpointReferences, withReferenced } from '../model/entry.ts'
import type { DirectoryEndpoint, DirectoryEntry } from '../model/model.ts'
import { publishedNextLink, withoutKeyIn } from './next-link.ts'
import type { DirectorySession } from '../api/session.ts'
import { NOT_JSON, NOT_YET, TOO_LARGE } from '../api/split-bundle.ts'
import { endpointKeys } from '../model/references.ts'
import { member, text } from '../../hl7/tree.ts'

/** An entry of a page that could not be read. */
export interface UnreadableEntry {
  /** Its place in the page, from 0. */
  readonly index: number
  /** In words, without values. */
  readonly reason: string
}

/** One page of a directory search. */
export interface DirectoryPage {
  readonly entries: readonly DirectoryEntry[]
  /** As the server states; not every directory does. */
  readonly total?: number
  /** Link to the next page without the API key. */
  readonly next?: string
  /** What was on the page and is not a readable entry; empty if everything was. */
  readonly unreadable: readonly UnreadableEntry[]
  /** Issue codes of the server's remarks about the search, for example `not-supported`. */
  readonly outcomes: readonly string[]
  /**
   * Why the page may not be everything that the directory has, in words; empty where nothing
   * suggests that.
   */
  readonly warnings: readonly string[]
}

/** An open page: its entries are parsed as they are consumed. */
export interface OpenPage {
  readonly total: number | undefined
  /** Without the API key; or why it is not followed. */
  readonly next: string | undefined | Refusal
  readonly items: () => Generator<PageItem, void, void>
}

/** An OperationOutcome among the entries. */
interface OutcomeSummary {
  readonly codes: readonly string[]
  /** There are other entries, which the page lacks. */
  readonly incomplete: boolean
}

/** One thing on a page. */
export type PageItem =
  | { readonly entry: DirectoryEntry }
  | { readonly unreadable: UnreadableEntry }
  | { readonly outcome: OutcomeSummary }
  /** Nothing yet: the caller may yield. */
  | undefined

/** Reads a search response: every good entry, and a report of the others. */
export async function readPage(
  session: DirectorySession,
  answer: HttpResponse,
  buffer: BodyBuffer,
  key: string,
): Promise<DirectoryPage> {
  const { total, next, items } = await openPage(session, answer, buffer, key)
  const entries: DirectoryEntry[] = []
  const unreadable: UnreadableEntry[] = []
  const outcomes = new Set<string>()
  const warnings: string[] = []
  const others = new Yielder()
  for (const item of items()) {
    if (others.shouldYield) await others.turn()
    if (item === undefined) continue
    if ('entry' in item) entries.push(item.entry)
    else if ('unreadable' in item) unreadable.push(item.unreadable)
    else {
      for (const code of item.outcome.codes) outcomes.add(code)
      if (item.outcome.incomplete && warnings.length === 0) warnings.push(REPORTS_ERROR)
    }
  }
  const refused = typeof next === 'object'
  if (refused) warnings.push(`there is a next page, whose link cannot be followed: ${next.refused}`)
  return {
    entries,
    ...(total === undefined ? {} : { total }),
    ...(next === undefined || refused ? {} : { next }),
    unreadable,
    outcomes: [...outcomes],
    warnings,
  }
}

/** What an OperationOutcome of that kind means among entries. */
export const REPORTS_ERROR = 'the directory reports an error beside the entries'

/** Opens a search response. A page is large and its entries are not: each is read on demand. */
export async function openPage(
  session: DirectorySession,
  answer: HttpResponse,
  buffer: BodyBuffer,
  key: string,
): Promise<OpenPage> {
  const { bundle, entries } = await session.bundle(answer, buffer)
  const total = Number(text(member(bundle, 'total')) ?? Number.NaN)
  return {
    total: Number.isSafeInteger(total) && total >= 0 ? total : undefined,
    next: nextLinkOf(bundle, session, key),
    items: () => readItems(session, entries),
  }
}

function nextLinkOf(
  bundle: unknown,
  { release }: DirectorySession,
  key: string,
): string | undefined | Refusal {
  const link = publishedNextLink(bundle)
  if (link === undefined) return undefined
  if (link.length > LONGEST_URL) return TOO_LONG
  const next = withoutKeyIn(link, release, key)
  return next === '' ? { refused: 'without the API key nothing is left of it' } : next
}

function* readItems(
  session: DirectorySession,
  entries: () => Iterable<unknown>,
): Generator<PageItem, void, void> {
  // Most pages need none, and searching all of a page takes time.
  let included: ReadonlyMap<string, DirectoryEndpoint> | undefined
  let index = 0
  for (const item of entries()) {
    if (item === NOT_YET) {
      yield undefined
      continue
    }
    const resource = member(item, 'resource')
    const organization = unwrap(resource, 'Organization')
    const entry = organization === undefined ? undefined : session.entry(organization)
    if (entry !== undefined) {
      const lacks = entry.unreadable !== undefined && entry.unreadable.length > 0
      if (lacks) included ??= yield* includedEndpoints(entries(), session.place.baseUrl)
      yield {
        entry:
          lacks && included !== undefined && included.size > 0
            ? withIncluded(entry, organization, included, session.place.baseUrl)
            : entry,
      }
    } else if (organization !== undefined)
      yield { unreadable: { index, reason: 'an Organization without an id that can be read' } }
    else yield readOther(item, resource, index)
    index += 1
  }
}

/** What is on a page and is not an Organization. */
function readOther(item: unknown, resource: unknown, index: number): PageItem {
  const outcome = unwrap(resource, 'OperationOutcome')
  if (outcome !== undefined) {
    const incomplete = reportsIncompleteResults(outcome)
    return { outcome: { codes: issueCodesOf(outcome), incomplete } }
  }
  return comesAlong(item) ? undefined : { unreadable: { index, reason: reasonOf(item, resource) } }
}

/** Endpoints that came along with the organizations, by the references to them. */
function* includedEndpoints(
  items: Iterable<unknown>,
  baseUrl: string,
): Generator<undefined, ReadonlyMap<string, DirectoryEndpoint>, void> {
  const found = new Map<string, DirectoryEndpoint>()
  for (const item of items) {
    yield undefined
    const resource = unwrap(member(item, 'resource'), 'Endpoint')
    if (resource === undefined) continue
    const endpoint = readEndpoint(resource, 'referenced')
    if (endpoint === undefined) continue
    const id = text(member(resource, 'id'))
    const url = text(member(item, 'fullUrl'))
    if (id !== undefined) found.set(`Endpoint/${id}`, endpoint)
    if (url !== undefined) for (const key of endpointKeys(url, baseUrl)) found.set(key, endpoint)
  }
  return found
}

function withIncluded(
  entry: DirectoryEntry,
  organization: unknown,
  included: ReadonlyMap<string, DirectoryEndpoint>,
  baseUrl: string,
): DirectoryEntry {
  const read = new Map<string, DirectoryEndpoint>()
  for (const { path, to } of endpointReferences(organization)) {
    const key = endpointKeys(to, baseUrl).find((one) => included.has(one))
    const endpoint = key === undefined ? undefined : included.get(key)
    if (endpoint !== undefined) read.set(path, endpoint)
  }
  return read.size === 0 ? entry : withReferenced(entry, read, [])
}

/** Resources that a server adds to the hits are neither entries nor faults. */
function comesAlong(item: unknown): boolean {
  const mode = text(member(member(item, 'search'), 'mode'))
  const resource = member(item, 'resource')
  return mode === 'include' || unwrap(resource, 'Endpoint') !== undefined
}

function reasonOf(item: unknown, resource: unknown): string {
  if (item === NOT_JSON) return 'no JSON'
  if (item === TOO_LARGE) return 'larger than 1 MB'
  return resource === undefined || resource === null ? 'no resource' : 'no Organization'
}
