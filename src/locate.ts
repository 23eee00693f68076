import { DirectoryClient, type EntryReader } from './directory/directory-client.ts'
import type { DirectoryEntry } from './directory/entry.ts'
import { oidOf } from './directory/oid.ts'
import { chooseEndpoint, describeVerdict } from './directory/select-endpoint.ts'
import type { Step } from './discovery/decide.ts'
import { DirectoryError } from './errors.ts'
import type { Call } from './http/call.ts'
import { parseUrl, type UrlPolicy } from './http/url-policy.ts'
import { isRecord, requireList, requireObject } from './lib/arguments.ts'

/** How many verdicts a message holds: real entries list a handful. */
const SHOWN = 10

/** Where an organization's FHIR server is, and how that was found. */
export interface Location {
  readonly entry: DirectoryEntry
  readonly oid: string | undefined
  readonly baseUrl: string
  readonly steps: readonly Step[]
}

/** From an organization's id to the address of its FHIR server. */
export async function locate(
  directory: EntryReader,
  id: string,
  policy: UrlPolicy,
  call: Call,
): Promise<Location> {
  const entry = await readEntry(directory, id, call)
  const { oid, active } = entry
  const where = { operation: call.operation, organization: oid }
  if (active === false) {
    throw new DirectoryError('ERR_CQ_ENTRY_INACTIVE', 'the directory entry is inactive', where)
  }
  const { endpoint, verdicts } = chooseEndpoint(entry, policy)
  const words = verdicts.map((verdict) => describeVerdict(verdict))
  if (endpoint === undefined) {
    const shown = verdicts.slice(0, SHOWN).map((verdict) => describeVerdict(verdict, originOf))
    const why = shown.length === 0 ? 'it lists none' : shown.join('; ')
    throw new DirectoryError(
      'ERR_CQ_NO_USABLE_ENDPOINT',
      `the directory entry has no usable FHIR endpoint: ${why}`,
      where,
    )
  }
  const why =
    active === true
      ? 'it is active'
      : 'it does not say whether it is active, which is no reason to leave it'
  const read = { what: `directory entry ${oid ?? entry.id} read`, why }
  return {
    entry,
    oid,
    baseUrl: endpoint.address.trim(),
    steps: [read, ...words.map((what) => ({ what }))],
  }
}

async function readEntry(directory: EntryReader, id: string, call: Call): Promise<DirectoryEntry> {
  const options = { signal: call.signal, timeoutMs: Math.max(1, call.remainingMs) }
  const entry =
    directory instanceof DirectoryClient
      ? await directory.readKept(id, options)
      : await directory.read(id, options)
  // A user's own reader may give anything.
  requireObject(entry, 'directory.read()')
  requireList(entry.endpoints, 'directory.read().endpoints')
  const endpoints: readonly unknown[] = entry.endpoints
  if (!endpoints.every((one) => isRecord(one) && typeof one.address === 'string')) {
    throw new TypeError('"directory.read().endpoints" must hold endpoints with an address')
  }
  return { ...entry, oid: oidOf(entry.oid) ?? oidOf(entry.id) }
}

/** Messages go into logs, and a path may say more than a log should hold. */
function originOf(address: string): string {
  return parseUrl(address.trim())?.origin ?? '(no web address)'
}
