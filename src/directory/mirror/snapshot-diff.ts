import type { DirectoryEndpoint, DirectoryEntry } from '../model/model.ts'

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
  /** Including those of added entries. */
  readonly endpointsAdded: readonly ListedEndpoint[]
  /** Of the same entry and kind, at another address. */
  readonly endpointsMoved: readonly (ListedEndpoint & { readonly from: string })[]
  /** Including those of removed entries. */
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
    for (const endpoint of added) diff.endpointsAdded.push({ entry: id, endpoint })
    for (const one of moved) diff.endpointsMoved.push({ entry: id, ...one })
    for (const endpoint of removed) diff.endpointsRemoved.push({ entry: id, endpoint })
  }
  for (const [id, entry] of earlier) {
    if (later.has(id)) continue
    diff.entriesGone.push(id)
    for (const endpoint of entry.endpoints) diff.endpointsRemoved.push({ entry: id, endpoint })
  }
  return diff
}

/** An endpoint with its kind, which is computed once. */
interface OfKind {
  readonly endpoint: DirectoryEndpoint
  readonly kind: string
}

/**
 * Endpoints have no identity: one is the same if address and kind are, and moved if only its kind
 * is.
 */
function compare(
  before: readonly DirectoryEndpoint[],
  after: readonly DirectoryEndpoint[],
): {
  added: readonly DirectoryEndpoint[]
  moved: readonly { endpoint: DirectoryEndpoint; from: string }[]
  removed: readonly DirectoryEndpoint[]
} {
  const [old, now] = [before.map(ofKind), after.map(ofKind)]
  const unmatched = new Set(without(old, now))
  const waiting = new Map<string, OfKind[]>()
  // In reverse, so that `pop` returns the first in document order.
  for (const one of [...unmatched].reverse()) {
    const queue = waiting.get(one.kind)
    if (queue === undefined) waiting.set(one.kind, [one])
    else queue.push(one)
  }
  const moved: { endpoint: DirectoryEndpoint; from: string }[] = []
  const added: DirectoryEndpoint[] = []
  for (const { endpoint, kind } of without(now, old)) {
    const origin = waiting.get(kind)?.pop()
    if (origin === undefined) added.push(endpoint)
    else {
      unmatched.delete(origin)
      moved.push({ endpoint, from: origin.endpoint.address })
    }
  }
  return { added, moved, removed: [...unmatched].map(({ endpoint }) => endpoint) }
}

/** The items of `all` that have no counterpart among `others`; each counterpart counts once. */
function without(all: readonly OfKind[], others: readonly OfKind[]): OfKind[] {
  const partners = new Map<string, number>()
  for (const other of others) partners.set(keyOf(other), (partners.get(keyOf(other)) ?? 0) + 1)
  return all.filter((one) => {
    const key = keyOf(one)
    const free = partners.get(key) ?? 0
    partners.set(key, free - 1)
    return free <= 0
  })
}

function keyOf({ kind, endpoint }: OfKind): string {
  return `${kind} ${endpoint.address}`
}

function ofKind(endpoint: DirectoryEndpoint): OfKind {
  const { transactions, connectionTypes, fhirVersion } = endpoint
  return {
    endpoint,
    kind: JSON.stringify([transactions ?? [], connectionTypes ?? [], fhirVersion]),
  }
}
