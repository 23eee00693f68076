/** Who reads directory entries: the directory, or a copy of it. */
import { DirectoryClient } from '../index.ts'
import type { EntryReader } from '../directory/select/entry-reader.ts'
import { hasMember } from '../lib/own.ts'
import type { Network } from './network.ts'

/** Throws a `TypeError` where the settings name neither. */
export async function readerOf(network: Network): Promise<EntryReader> {
  const entries = await network.entries()
  if (entries === undefined) return network.directory()
  return isReader(entries) ? entries : new DirectoryClient(entries)
}

function isReader(entries: object): entries is EntryReader {
  return hasMember(entries, 'read')
}
