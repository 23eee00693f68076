import { isRecord } from '../../lib/arguments.ts'
import type { DirectoryEntry, DirectoryProblem } from './model.ts'

/** Items of a list; the largest real entries have some hundreds. */
export const MAX_ITEMS = 1_000
/** Characters of a text, a code or an address. */
export const MAX_TEXT = 4_096
/** Characters of an id: an OID may be longer than the 64 of a FHIR id. */
export const MAX_ID = 512

const TEXT = 'longer than 4,096 characters, left out'
const LIST = 'a list of more than 1,000, the others left out'
const ITEM = 'too large, left out'

/**
 * The entry without what exceeds the limits, which `unreadable` then names: a text, the end of a
 * list, or a whole item of one (an Endpoint with half of its codes would be another Endpoint).
 */
export function withinLimits(entry: DirectoryEntry): DirectoryEntry {
  const tooLarge = membersTooLarge(entry)
  if (tooLarge === undefined) return entry
  const problems: DirectoryProblem[] = [...(entry.unreadable ?? [])]
  const limited: Record<string, unknown> = {}
  for (const [name, value] of tooLarge) {
    limited[name] = Array.isArray(value) ? shortened(name, value, problems) : undefined
    if (!Array.isArray(value)) problems.push({ path: name, reason: TEXT, leftOut: true })
  }
  return { ...entry, ...limited, name: fits(entry.name) ? entry.name : '', unreadable: problems }
}

/** Whether something of the entry was omitted for its size. */
export function isShortened({ unreadable = [] }: DirectoryEntry): boolean {
  return unreadable.some(({ leftOut }) => leftOut === true)
}

/** Undefined for nearly all entries; the loop allocates nothing, since every entry passes here. */
function membersTooLarge(entry: DirectoryEntry): (readonly [string, unknown])[] | undefined {
  let found: (readonly [string, unknown])[] | undefined
  let name: keyof DirectoryEntry
  for (name in entry) {
    if (name === 'resource' || name === 'unreadable' || fits(entry[name])) continue
    if (!Object.hasOwn(entry, name)) continue
    found = [...(found ?? []), [name, entry[name]]]
  }
  return found
}

function shortened(
  name: string,
  list: readonly unknown[],
  problems: DirectoryProblem[],
): readonly unknown[] {
  if (list.length > MAX_ITEMS) problems.push({ path: name, reason: LIST, leftOut: true })
  return list.slice(0, MAX_ITEMS).filter((item, index) => {
    if (fits(item)) return true
    problems.push({ path: `${name}.${index}`, reason: ITEM, leftOut: true })
    return false
  })
}

function fits(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= MAX_TEXT
  if (Array.isArray(value)) return value.length <= MAX_ITEMS && value.every(fits)
  if (!isRecord(value)) return true
  // What others put on `Object.prototype` is not the entry's.
  for (const name in value) if (!fits(value[name]) && Object.hasOwn(value, name)) return false
  return true
}
