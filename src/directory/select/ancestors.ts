import { isCarequalityError } from '../../errors.ts'
import { isRecord } from '../../lib/arguments.ts'
import type { CallOptions } from '../../types.ts'
import type { DirectoryEntry } from '../model/model.ts'
import { entryIdOf } from '../model/oid.ts'
import type { EntryReader } from './entry-reader.ts'

/** Deeper than any real hierarchy. */
const MAX_DEPTH = 10

/** The way up from the requested entry. */
export interface Climb {
  readonly parents: EntryReader | undefined
  /** Ids and OIDs of the entries on the way. */
  readonly visited: ReadonlySet<string>
  /** Steps from the requested entry. */
  readonly depth: number
  readonly remark: (why: string) => void
}

/** The parent of an entry; undefined where none can be read, which a remark explains. */
export async function parentOf(
  { id, partOf }: DirectoryEntry,
  { parents, visited, depth, remark }: Climb,
  options: CallOptions | undefined,
): Promise<DirectoryEntry | undefined> {
  // The root of the directory may be part of itself.
  if (typeof partOf !== 'string' || partOf === id) return undefined
  // Directories also write names here, and anything else.
  const parent = entryIdOf(partOf)?.id
  const reason = reasonNotToRead(parent, { visited, depth })
  if (parent === undefined || parents === undefined || reason !== undefined) {
    remark(`its ancestor ${parent ?? 'without a readable id'} ${reason ?? 'was not read'}`)
    return undefined
  }
  try {
    const read = await parents.read(parent, options)
    if (isRecord(read)) return read
    remark(`its ancestor ${parent} could not be read`)
    return undefined
  } catch (error) {
    if (!isCarequalityError(error) || error.code !== 'ERR_CQ_ENTRY_NOT_FOUND') throw error
    remark(`its ancestor ${parent} is not in the directory`)
    return undefined
  }
}

function reasonNotToRead(
  parent: string | undefined,
  { visited, depth }: Pick<Climb, 'visited' | 'depth'>,
): string | undefined {
  if (parent === undefined) return 'cannot be looked up'
  if (visited.has(parent)) return 'was met before: "partOf" leads in a circle'
  return depth >= MAX_DEPTH ? `is more than ${MAX_DEPTH} steps away` : undefined
}
