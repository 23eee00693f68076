import type { Answer } from '../http/exchange.ts'
import { issueCodesOf, nextLink, unwrap } from './answers.ts'
import { readEndpoint } from './endpoint.ts'
import { endpointReferences, withReferenced } from './entry.ts'
import type { DirectoryEndpoint, DirectoryEntry } from './model.ts'
import type { DirectorySession } from './session.ts'
import { list, member, text } from './tree.ts'

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

/** Reads a search answer: every good entry, and an account of the others. */
export async function readPage(
  session: DirectorySession,
  answer: Answer,
  key: string,
): Promise<DirectoryPage> {
  const bundle = await session.resource(answer, 'Bundle')
  const items = list(member(bundle, 'entry'))
  const entries: DirectoryEntry[] = []
  const unreadable: UnreadableEntry[] = []
  const outcomes: string[] = []
  const included = includedEndpoints(items)
  for (const [index, item] of items.entries()) {
    const resource = member(item, 'resource')
    const organization = unwrap(resource, 'Organization')
    const entry = organization === undefined ? undefined : session.entry(organization)
    if (entry !== undefined) entries.push(withIncluded(entry, organization, included))
    else if (organization !== undefined)
      unreadable.push({ index, reason: 'an Organization without an id' })
    else if (unwrap(resource, 'OperationOutcome') !== undefined)
      outcomes.push(...(issueCodesOf(unwrap(resource, 'OperationOutcome')) ?? []))
    else if (!comesAlong(item)) unreadable.push({ index, reason: reasonOf(resource) })
  }
  const total = Number(text(member(bundle, 'total')) ?? Number.NaN)
  const next = nextLink(bundle, session.release, key)
  return {
    entries,
    ...(Number.isSafeInteger(total) && total >= 0 ? { total } : {}),
    ...(next === undefined ? {} : { next }),
    unreadable,
    outcomes,
  }
}

/** Endpoints that came along with the organizations, by what a reference may call them. */
function includedEndpoints(items: readonly unknown[]): ReadonlyMap<string, DirectoryEndpoint> {
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

function reasonOf(resource: unknown): string {
  return resource === undefined || resource === null ? 'no resource' : 'no Organization'
}
