import type { CallOptions } from '../../types.ts'
import type { DirectorySearchParameters } from '../api/search-parameters.ts'
import type { DirectoryEntry } from '../model/model.ts'
import type { DirectoryAccount } from '../pages/account.ts'
import type { DirectoryListing } from '../pages/listing.ts'
import { compact } from './snapshot-entry.ts'

/** What a copy is made from: a `DirectoryClient`. */
export interface DirectorySource {
  readonly network: string
  readonly environment: string
  readonly release: string
  readonly knowsLastUpdated: boolean
  entries(parameters?: DirectorySearchParameters, options?: CallOptions): DirectoryListing
}

/** How a copy is brought up to date. */
export interface RefreshOptions extends CallOptions {
  /** Read the whole directory, which finds deletions as well. Default: where it must. */
  full?: boolean | undefined
  /** Milliseconds after which a refresh reads the whole directory by itself. Default 24 h. */
  fullAfterMs?: number | undefined
  /** Entries a page. Default: the release's. */
  count?: number | undefined
}

/** One pass over a directory, or over what changed in it. */
export async function readAll(
  directory: DirectorySource,
  parameters: DirectorySearchParameters,
  { signal, timeoutMs, count }: RefreshOptions,
): Promise<{ entries: Map<string, DirectoryEntry>; account: DirectoryAccount }> {
  const entries = new Map<string, DirectoryEntry>()
  const listing = directory.entries({ ...parameters, count }, { signal, timeoutMs })
  for await (const entry of listing) {
    const kept = compact(entry)
    entries.set(kept.id, kept)
  }
  return { entries, account: listing.account }
}

/** Throws `TypeError` unless both are of one network and environment. */
export function requireSame(
  a: Pick<DirectorySource, 'network' | 'environment'>,
  b: Pick<DirectorySource, 'network' | 'environment'>,
  option: string,
): void {
  if (a.network !== b.network || a.environment !== b.environment)
    throw new TypeError(`"${option}" is of another directory or environment`)
}
