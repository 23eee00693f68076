import { isRecord, requireObject } from '../../lib/arguments.ts'
import type { CallOptions } from '../../types.ts'
import type { DirectoryEntry } from '../model/model.ts'

/** Anything that finds a directory entry: a `DirectoryClient`, a `DirectorySnapshot`, a fake. */
export interface EntryReader {
  read(id: string, options?: CallOptions): Promise<DirectoryEntry>
}

/** Throws unless `value` has a `read`. */
export function requireReader(value: unknown, option: string): void {
  requireObject(value, option)
  if (!isRecord(value) || typeof value.read !== 'function')
    throw new TypeError(`"${option}" must have a function "read"`)
}
