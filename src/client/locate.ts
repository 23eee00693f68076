import { DirectoryClient } from '../directory/directory-client.ts'
import type { DirectoryEntry } from '../directory/model/model.ts'
import { oidOf } from '../directory/model/oid.ts'
import { describeCandidate } from '../directory/select/candidates.ts'
import type { EntryReader } from '../directory/select/entry-reader.ts'
import { climb } from '../directory/select/select-endpoint.ts'
import { DirectoryError } from '../errors.ts'
import { remainderOf, type Call } from '../http/call.ts'
import { parseUrl, type UrlPolicy } from '../http/policies/egress.ts'
import { isRecord, requireList, requireObject } from '../lib/arguments.ts'
import type { Step } from '../lib/steps.ts'

/** How many skipped endpoints a message lists: real entries have a handful. */
const SHOWN = 10

/** Where an organization's FHIR server is, and how that was found. */
export interface Location {
  readonly entry: DirectoryEntry
  /** The entry that lists the endpoint: the same, or an ancestor. */
  readonly servedBy: DirectoryEntry
  readonly oid: string | undefined
  readonly baseUrl: string
  readonly steps: readonly Step[]
}

/** The wanted endpoint, and the clock that decides on downtimes. */
export interface Search {
  /** Major and minor, for example `4.0`. */
  readonly fhirVersion: string
  readonly policy: UrlPolicy
  readonly purposes: readonly string[]
  readonly now: () => number
}

/** From an organization's id to the address of its FHIR server. */
export async function locate(
  directory: EntryReader,
  id: string,
  { fhirVersion, policy, purposes, now }: Search,
  call: Call,
): Promise<Location> {
  const entry = await readEntry(directory, id, call)
  const { oid, active } = entry
  const where = { operation: call.operation, organization: oid }
  if (active === false) {
    throw new DirectoryError('ERR_CQ_ENTRY_INACTIVE', 'the directory entry is inactive', where)
  }
  const criteria = { policy, purposes, now: now(), fhirVersion, test: false }
  const parents: EntryReader = { read: (parent) => readEntry(directory, parent, call) }
  const { endpoint, servedBy, candidates } = await climb(entry, criteria, parents)
  if (endpoint === undefined || servedBy === undefined) {
    const shown = candidates.slice(0, SHOWN).map((one) => describeCandidate(one, originOf))
    const why = shown.length === 0 ? 'it lists none' : shown.join('; ')
    throw new DirectoryError(
      'ERR_CQ_NO_USABLE_ENDPOINT',
      `the directory entry has no usable FHIR endpoint: ${why}`,
      where,
      candidates.map((one) => ({ entry: one.entry, address: one.endpoint?.address, why: one.why })),
    )
  }
  return {
    entry,
    servedBy,
    oid,
    baseUrl: endpoint.address.trim(),
    steps: [
      readStep(entry),
      ...candidates.map((one) => ({ what: describeCandidate(one) })),
      ...servedStep(entry, servedBy),
    ],
  }
}

function readStep({ oid, id, active, snapshot }: DirectoryEntry): Step {
  const copy =
    snapshot === undefined
      ? ''
      : ` from a local copy of ${new Date(snapshot.asOf).toISOString()}, ${ageOf(snapshot.ageMs)} old`
  return {
    what: `directory entry ${oid ?? id} read${copy}`,
    why:
      active === true ? 'it is active' : 'it does not say whether it is active; used all the same',
  }
}

function servedStep(entry: DirectoryEntry, servedBy: DirectoryEntry): readonly Step[] {
  if (servedBy === entry) return []
  return [
    {
      what: `served by its ancestor ${servedBy.oid ?? servedBy.id}`,
      why: 'it has no endpoint of its own that can be used',
    },
  ]
}

function ageOf(ms: number): string {
  const hours = Math.floor(ms / 3_600_000)
  if (hours >= 48) return `${Math.floor(hours / 24)} days`
  return hours >= 2 ? `${hours} hours` : `${Math.max(0, Math.floor(ms / 60_000))} minutes`
}

async function readEntry(directory: EntryReader, id: string, call: Call): Promise<DirectoryEntry> {
  const options = remainderOf(call, {})
  const entry =
    directory instanceof DirectoryClient
      ? await directory.readCached(id, options)
      : await directory.read(id, options)
  // A user's own reader may return anything.
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
