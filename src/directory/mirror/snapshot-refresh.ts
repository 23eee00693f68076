import { requirePositive } from '../../lib/arguments.ts'
import type { CallOptions } from '../../types.ts'
import type { DirectorySearchParameters } from '../api/search-parameters.ts'
import type { DirectoryEntry } from '../model/model.ts'
import type { DirectoryListing } from '../pages/listing.ts'
import type { ListingReport } from '../pages/report.ts'
import { compact } from './snapshot-entry.ts'
import type { SnapshotHeader } from './snapshot-file.ts'

/** What a copy is made from: a `DirectoryClient`. */
export interface DirectorySource {
  readonly network: string
  readonly environment: string
  readonly release: string
  readonly knowsLastUpdated: boolean
  entries(parameters?: DirectorySearchParameters, options?: CallOptions): DirectoryListing
}

/** How a copy is refreshed. */
export interface RefreshOptions extends CallOptions {
  /** Read the whole directory, which finds deletions as well. Default: only if needed. */
  full?: boolean | undefined
  /** Milliseconds after which a refresh reads the whole directory by itself. Default 24 h. */
  fullAfterMs?: number | undefined
  /** Entries a page. Default: the release's. */
  count?: number | undefined
}

const HOUR_MS = 3_600_000
/** Clocks differ, and directories write the date before the entry becomes visible. */
const OVERLAP_MS = 600_000

/** What one pass over the directory found. */
interface Pass {
  readonly header: SnapshotHeader
  readonly entries: ReadonlyMap<string, DirectoryEntry>
  /** Entries that the pass did not find are gone. */
  readonly isWhole: boolean
}

/** Reads the whole directory for a new copy. */
export async function readWhole(
  directory: DirectorySource,
  now: () => number,
  options: RefreshOptions,
): Promise<Pass> {
  const { entries, report } = await readAll(directory, {}, options)
  const { network, environment, release } = directory
  const asOf = report.startedAt ?? now()
  return {
    header: { network, environment, release, asOf, lastFullPass: report },
    entries,
    isWhole: true,
  }
}

/** Reads what changed since the copy was made, or everything if that is due. */
export async function readChanges(
  directory: DirectorySource,
  copy: SnapshotHeader,
  now: () => number,
  options: RefreshOptions,
): Promise<Pass> {
  const fullAfterMs = requirePositive(options.fullAfterMs, 'fullAfterMs') ?? 24 * HOUR_MS
  const { lastFullPass, asOf } = copy
  const fullAge = now() - (lastFullPass.startedAt ?? 0)
  const full =
    (options.full ?? false) ||
    !directory.knowsLastUpdated ||
    !lastFullPass.complete ||
    fullAge >= fullAfterMs
  const since = new Date(Math.max(0, asOf - OVERLAP_MS)).toISOString()
  const parameters = full ? {} : { lastUpdated: `ge${since}` }
  const { entries, report } = await readAll(directory, parameters, options)
  const header = {
    ...copy,
    release: directory.release,
    // An incomplete pass may have missed a change: the next one starts from the same instant again.
    asOf: report.complete ? (report.startedAt ?? now()) : asOf,
    lastFullPass: full ? report : lastFullPass,
  }
  return { header, entries, isWhole: full && report.complete }
}

async function readAll(
  directory: DirectorySource,
  parameters: DirectorySearchParameters,
  { signal, timeoutMs, count }: RefreshOptions,
): Promise<{ entries: Map<string, DirectoryEntry>; report: ListingReport }> {
  const entries = new Map<string, DirectoryEntry>()
  const listing = directory.entries({ ...parameters, count }, { signal, timeoutMs })
  for await (const entry of listing) {
    const compacted = compact(entry)
    entries.set(compacted.id, compacted)
  }
  return { entries, report: listing.account }
}

/** Throws where the two are of different networks or environments. */
export function requireSame(
  a: Pick<DirectorySource, 'network' | 'environment'>,
  b: Pick<DirectorySource, 'network' | 'environment'>,
  option: string,
): void {
  if (a.network !== b.network || a.environment !== b.environment)
    throw new TypeError(`"${option}" is of another directory or environment`)
}
