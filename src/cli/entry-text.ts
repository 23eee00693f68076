/** Directory entries for people. */
import type {
  DirectoryAddress,
  DirectoryContact,
  DirectoryEntry,
} from '../directory/model/model.ts'
import type { EndpointSelection } from '../directory/select/select-endpoint.ts'
import type { Output } from './output.ts'
import type { Column } from './table.ts'

/** Columns of a list of entries. */
export const entryColumns: readonly Column[] = [
  { title: 'OID' },
  { title: 'NAME', flexible: true },
  { title: 'ACTIVE' },
  { title: 'ENDPOINTS', right: true },
  { title: 'PLACE', flexible: true },
]

/** One row of the list. */
export function entryRow(entry: DirectoryEntry): readonly string[] {
  const { oid, id, name, active, endpoints, addresses } = entry
  return [oid ?? id, name, activeText(active), String(endpoints.length), placeText(addresses?.[0])]
}

/** Without the resource as it came, which is many times the size. */
export function entryJson(entry: DirectoryEntry): object {
  return Object.fromEntries(Object.entries(entry).filter(([name]) => name !== 'resource'))
}

/** An entry in full. */
export function showEntry(entry: DirectoryEntry, out: Output): void {
  const { oid, id, name, active, types, partOf, managingOrganization, lastUpdated } = entry
  out.title(name)
  out.facts([
    ['OID', oid ?? id],
    ['active', activeText(active)],
    ['types', types?.join(', ')],
    ['part of', partOf],
    ['managed by', managingOrganization],
    ['changed', lastUpdated],
    ...(entry.addresses ?? []).map((address) => ['address', placeText(address)] as const),
    ...(entry.contacts ?? []).map((contact) => ['contact', contactText(contact)] as const),
    ['copy of', entry.snapshot && new Date(entry.snapshot.asOf).toISOString()],
  ])
  for (const { path, reason } of entry.unreadable ?? []) {
    out.text(`not readable: ${path}, ${reason}`, 'bad')
  }
}

/** Each endpoint that was looked at, with why it was selected or skipped. */
export function showSelection({ candidates, endpoint }: EndpointSelection, out: Output): void {
  out.table(
    [{ title: 'ENDPOINT' }, { title: 'ADDRESS' }, { title: 'WHY' }],
    candidates.map((one) => [
      one.endpoint === undefined ? 'note' : one.selected ? 'selected' : 'skipped',
      one.endpoint?.address ?? `entry ${one.entry}`,
      one.why,
    ]),
  )
  if (endpoint === undefined) out.text('no endpoint can be used', 'bad')
}

function activeText(active: boolean | undefined): string {
  return active === undefined ? 'not said' : active ? 'yes' : 'no'
}

function placeText(address: DirectoryAddress | undefined): string {
  if (address === undefined) return ''
  const { lines = [], city, state, postalCode, country } = address
  return [...lines, city, state, postalCode, country]
    .filter((part) => part !== undefined && part !== '')
    .join(', ')
}

function contactText({ purpose, name, telecom }: DirectoryContact): string {
  return [purpose, name, ...telecom.map(({ value }) => value)]
    .filter((part) => part !== undefined)
    .join(', ')
}
