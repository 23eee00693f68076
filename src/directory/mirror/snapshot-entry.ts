import type { DirectoryEntry, SnapshotAge } from '../model/model.ts'

/**
 * An entry as a copy stores it: without the resource and empty members, and as new strings, because
 * those of a parsed page keep the whole page alive.
 */
export function compact(entry: DirectoryEntry): DirectoryEntry {
  const kept: DirectoryEntry = { ...entry, resource: undefined, snapshot: undefined }
  return JSON.parse(JSON.stringify(kept, withoutEmpty)) as DirectoryEntry
}

/**
 * A copy that says how old it is. Member by member: a spread with one more member takes eight times
 * as long.
 */
export function withAge(entry: DirectoryEntry, snapshot: SnapshotAge): DirectoryEntry {
  const copy: { [Member in keyof Required<DirectoryEntry>]: DirectoryEntry[Member] } = {
    id: entry.id,
    oid: entry.oid,
    name: entry.name,
    aliases: entry.aliases,
    active: entry.active,
    types: entry.types,
    contacts: entry.contacts,
    addresses: entry.addresses,
    position: entry.position,
    partOf: entry.partOf,
    managingOrganization: entry.managingOrganization,
    domains: entry.domains,
    purposesOfUse: entry.purposesOfUse,
    lastUpdated: entry.lastUpdated,
    endpoints: entry.endpoints,
    unreadable: entry.unreadable,
    snapshot,
    resource: undefined,
  }
  return copy
}

function withoutEmpty(name: string, value: unknown): unknown {
  // The model says that there is a list of endpoints, and of telecoms, even if there is none.
  const needed = name === 'endpoints' || name === 'telecom' || name === ''
  return !needed && Array.isArray(value) && value.length === 0 ? undefined : value
}

/**
 * The common form of the spellings of one address: no white space at the ends, the host in lower
 * case, no default port, no slash at the end. By hand, since `URL` costs as much as the look-up.
 */
export function addressKey(address: string): string {
  const text = address.trim()
  const host = text.indexOf('://') + 3
  if (host < 3) return text
  const slash = text.indexOf('/', host)
  const end = slash < 0 ? text.length : slash
  const origin = text.slice(0, end).toLowerCase()
  const port = origin.startsWith('https:') ? ':443' : ':80'
  const shortest = origin.endsWith(port) ? origin.slice(0, -port.length) : origin
  const path = text.slice(end, text.endsWith('/') ? Math.max(end, text.length - 1) : undefined)
  // Most are spelled so already: a string that was looked up before has its hash.
  const same = shortest.length + path.length === text.length && text.startsWith(shortest)
  return same ? text : shortest + path
}

/** The entries by the addresses of their endpoints. */
export function indexByAddress(
  entries: ReadonlyMap<string, DirectoryEntry>,
): ReadonlyMap<string, readonly DirectoryEntry[]> {
  const index = new Map<string, DirectoryEntry[]>()
  for (const entry of entries.values()) {
    for (const key of new Set(entry.endpoints.map(({ address }) => addressKey(address)))) {
      const present = index.get(key)
      if (present === undefined) index.set(key, [entry])
      else present.push(entry)
    }
  }
  return index
}
