import type { DirectoryEntry } from './model.ts'

/**
 * An entry as a copy keeps it: without the resource and what is empty, and as new strings, because
 * those of a parsed page hold on to the whole page.
 */
export function compact(entry: DirectoryEntry): DirectoryEntry {
  const kept: DirectoryEntry = { ...entry, resource: undefined, snapshot: undefined }
  return JSON.parse(JSON.stringify(kept, withoutEmpty)) as DirectoryEntry
}

function withoutEmpty(name: string, value: unknown): unknown {
  // The model says that there is a list of endpoints, and of telecoms, even if there is none.
  const needed = name === 'endpoints' || name === 'telecom' || name === ''
  return !needed && Array.isArray(value) && value.length === 0 ? undefined : value
}

/**
 * What two spellings of one address have in common: no white space at the ends, the host in lower
 * case, no default port, no slash at the end. By hand, since `URL` costs as much as the look-up.
 */
export function addressKey(address: string): string {
  const text = address.trim()
  const host = text.indexOf('://') + 3
  if (host < 3) return text
  const slash = text.indexOf('/', host)
  const end = slash < 0 ? text.length : slash
  const origin = text.slice(0, end).toLowerCase()
  const path = text.slice(end).replace(/\/$/, '')
  const port = origin.startsWith('https:') ? ':443' : ':80'
  return (origin.endsWith(port) ? origin.slice(0, -port.length) : origin) + path
}
