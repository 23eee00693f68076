import type { BodyBuffer } from '../http/body.ts'
import type { Answer } from '../http/exchange.ts'
import { LongWork } from '../lib/turn.ts'
import { issueCodesOf, nextLink, unwrap } from './answers.ts'
import { readEndpoint } from './endpoint.ts'
import { endpointReferences, withReferenced } from './entry.ts'
import type { DirectoryEndpoint, DirectoryEntry } from './model.ts'
import type { DirectorySession } from './session.ts'
import { NOT_JSON } from './split-bundle.ts'
import { member, text } from './tree.ts'

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
  /** As the server says; not every directory does. */
  readonly total?: number
  /** Link to the next page without the API key. */
  readonly next?: string
  /** What was on the page and is no entry that can be read; empty where all was good. */
  readonly unreadable: readonly UnreadableEntry[]
  /** Issue codes of what the server has to say about the search, for example `not-supported`. */
  readonly outcomes: readonly string[]
}

/** A page that is open: its entries are read as they are taken. */
export interface OpenPage {
  readonly total: number | undefined
  readonly next: string | undefined
  readonly items: () => Generator<PageItem, void, void>
}

/** One thing on a page. */
export type PageItem =
  | { readonly entry: DirectoryEntry }
  | { readonly unreadable: UnreadableEntry }
  | { readonly outcomes: readonly string[] }

/** Reads a search answer: every good entry, and an account of the others. */
export async function readPage(
  session: DirectorySession,
  answer: Answer,
  buffer: BodyBuffer,
  key: string,
): Promise<DirectoryPage> {
  const { total, next, items } = await openPage(session, answer, buffer, key)
  const entries: DirectoryEntry[] = []
  const unreadable: UnreadableEntry[] = []
  const outcomes: string[] = []
  const others = new LongWork()
  for (const item of items()) {
    if (others.haveWaited) await others.turn()
    if ('entry' in item) entries.push(item.entry)
    else if ('unreadable' in item) unreadable.push(item.unreadable)
    else outcomes.push(...item.outcomes)
  }
  return {
    entries,
    ...(total === undefined ? {} : { total }),
    ...(next === undefined ? {} : { next }),
    unreadable,
    outcomes,
  }
}

/** Opens a search answer. A page is large and its entries are not: each is read when its turn comes. */
export async function openPage(
  session: DirectorySession,
  answer: Answer,
  buffer: BodyBuffer,
  key: string,
): Promise<OpenPage> {
  const { bundle, entries } = await session.bundle(answer, buffer)
  const total = Number(text(member(bundle, 'total')) ?? Number.NaN)
  return {
    total: Number.isSafeInteger(total) && total >= 0 ? total : undefined,
    next: nextLink(bundle, session.release, key),
    items: () => readItems(session, entries),
  }
}

function* readItems(
  session: DirectorySession,
  entries: () => Iterable<unknown>,
): Generator<PageItem, void, void> {
  // Most pages need none, and looking through all of a page takes time.
  let included: ReadonlyMap<string, DirectoryEndpoint> | undefined
  const complete = (entry: DirectoryEntry, organization: unknown): DirectoryEntry => {
    if (entry.unreadable === undefined || entry.unreadable.length === 0) return entry
    included ??= includedEndpoints(entries())
    return withIncluded(entry, organization, included)
  }
  let index = 0
  for (const item of entries()) {
    const resource = member(item, 'resource')
    const organization = unwrap(resource, 'Organization')
    const entry = organization === undefined ? undefined : session.entry(organization)
    if (entry !== undefined) yield { entry: complete(entry, organization) }
    else if (organization !== undefined)
      yield { unreadable: { index, reason: 'an Organization without an id' } }
    else if (unwrap(resource, 'OperationOutcome') !== undefined)
      yield { outcomes: issueCodesOf(unwrap(resource, 'OperationOutcome')) ?? [] }
    else if (!comesAlong(item)) yield { unreadable: { index, reason: reasonOf(item, resource) } }
    index += 1
  }
}

/** Endpoints that came along with the organizations, by what a reference may call them. */
function includedEndpoints(items: Iterable<unknown>): ReadonlyMap<string, DirectoryEndpoint> {
  const found = new Map<string, DirectoryEndpoint>()
  for (const item of items) {
    const resource = unwrap(member(item, 'resource'), 'Endpoint')
    if (resource === undefined) continue
    const endpoint = readEndpoint(resource, 'referenced')
    if (endpoint === undefined) continue
    const id = text(member(resource, 'id'))
    const url = text(member(item, 'fullUrl'))
    if (id !== undefined) found.set(`Endpoint/${id}`, endpoint)
    if (url !== undefined) found.set(url, endpoint)
  }
  return found
}

function withIncluded(
  entry: DirectoryEntry,
  organization: unknown,
  included: ReadonlyMap<string, DirectoryEndpoint>,
): DirectoryEntry {
  if (included.size === 0) return entry
  const read = new Map<string, DirectoryEndpoint>()
  for (const { path, to } of endpointReferences(organization)) {
    const endpoint = included.get(to)
    if (endpoint !== undefined) read.set(path, endpoint)
  }
  return read.size === 0 ? entry : withReferenced(entry, read, [])
}

/** What a server adds to the hits is no entry, and no fault. */
function comesAlong(item: unknown): boolean {
  const mode = text(member(member(item, 'search'), 'mode'))
  const resource = member(item, 'resource')
  return mode === 'include' || unwrap(resource, 'Endpoint') !== undefined
}

function reasonOf(item: unknown, resource: unknown): string {
  if (item === NOT_JSON) return 'no JSON'
  return resource === undefined || resource === null ? 'no resource' : 'no Organization'
}
