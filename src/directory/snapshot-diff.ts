import type { DirectoryEndpoint, DirectoryEntry } from './model.ts'

/** An endpoint and the id of the entry that lists it. */
export interface ListedEndpoint {
  readonly entry: string
  readonly endpoint: DirectoryEndpoint
}

/** What changed between two copies of one directory. */
export interface DirectoryDiff {
  /** Ids of entries that are only in the later copy. */
  readonly entriesAdded: readonly string[]
  /** Ids of entries that are only in the earlier copy. */
  readonly entriesGone: readonly string[]
  /** With those of added entries. */
  readonly endpointsAdded: readonly ListedEndpoint[]
  /** Of the same entry and kind, at another address. */
  readonly endpointsMoved: readonly (ListedEndpoint & { readonly from: string })[]
  /** With those of entries that are gone. */
  readonly endpointsRemoved: readonly ListedEndpoint[]
}

/** Compares two copies, entry by entry. */
export function diffEntries(
  earlier: ReadonlyMap<string, DirectoryEntry>,
  later: ReadonlyMap<string, DirectoryEntry>,
): DirectoryDiff {
  const diff = {
    entriesAdded: [] as string[],
    entriesGone: [] as string[],
    endpointsAdded: [] as ListedEndpoint[],
    endpointsMoved: [] as (ListedEndpoint & { from: string })[],
    endpointsRemoved: [] as ListedEndpoint[],
  }
  for (const [id, entry] of later) {
    const before = earlier.get(id)
    if (before === undefined) diff.entriesAdded.push(id)
    if (before === entry) continue
    const { added, moved, removed } = compare(before?.endpoints ?? [], entry.endpoints)
    diff.endpointsAdded.push(...added.map((endpoint) => ({ entry: id, endpoint })))
    diff.endpointsMoved.push(...moved.map((one) => ({ entry: id, ...one })))
    diff.endpointsRemoved.push(...removed.map((endpoint) => ({ entry: id, endpoint })))
  }
  for (const [id, entry] of earlier) {
    if (later.has(id)) continue
    diff.entriesGone.push(id)
    diff.endpointsRemoved.push(...entry.endpoints.map((endpoint) => ({ entry: id, endpoint })))
  }
  return diff
}

/** Endpoints have no identity of their own: one is the same where address and kind are, and moved where only its kind is. */
function compare(
  before: readonly DirectoryEndpoint[],
  after: readonly DirectoryEndpoint[],
): {
  added: readonly DirectoryEndpoint[]
  moved: readonly { endpoint: DirectoryEndpoint; from: string }[]
  removed: readonly DirectoryEndpoint[]
} {
  const same = (one: DirectoryEndpoint): string => `${kindOf(one)} ${one.address}`
  const fresh = without(after, before, same)
  const left = without(before, after, same)
  const moved: { endpoint: DirectoryEndpoint; from: string }[] = []
  const added: DirectoryEndpoint[] = []
  for (const endpoint of fresh) {
    const at = left.findIndex((one) => kindOf(one) === kindOf(endpoint))
    const [old] = at < 0 ? [] : left.splice(at, 1)
    if (old === undefined) added.push(endpoint)
    else moved.push({ endpoint, from: old.address })
  }
  return { added, moved, removed: left }
}

/** The items of `all` that have no partner among `others`; each partner counts once. */
function without(
  all: readonly DirectoryEndpoint[],
  others: readonly DirectoryEndpoint[],
  keyOf: (one: DirectoryEndpoint) => string,
): DirectoryEndpoint[] {
  const partners = new Map<string, number>()
  for (const other of others) partners.set(keyOf(other), (partners.get(keyOf(other)) ?? 0) + 1)
  return all.filter((one) => {
    const free = partners.get(keyOf(one)) ?? 0
    partners.set(keyOf(one), free - 1)
    return free <= 0
  })
}

function kindOf({ transactions, connectionTypes, fhirVersion }: DirectoryEndpoint): string {
  return JSON.stringify([transactions ?? [], connectionTypes ?? [], fhirVersion])
}
