/**
 * Reads FHIR JSON and FHIR XML alike. In XML, and in its naive conversion to JSON, a primitive is
 * `{ value: … }` and a list of one is not a list; these accessors hide the difference.
 */
import { isRecord } from '../lib/arguments.ts'

/** For what is absent: most lists of most entries are, and a directory has many entries. */
export const NONE: readonly never[] = Object.freeze([])

/** A value as a list: none, one or many. */
export function list(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return NONE
  return Array.isArray(value) ? value : [value]
}

/**
 * A member of an object; undefined where there is none. `name` is one of FHIR's, none of which
 * `Object.prototype` has: checking whether it is the object's own would cost more than reading it.
 */
export function member(node: unknown, name: string): unknown {
  return isRecord(node) ? node[name] : undefined
}

/** A primitive as trimmed text; undefined where it is absent, empty or not a primitive. */
export function text(node: unknown): string | undefined {
  const value = isRecord(node) ? node.value : node
  if (typeof value === 'string') {
    const trimmed = value.trim()
    return trimmed === '' ? undefined : trimmed
  }
  // A number too large for JavaScript has already lost digits.
  return Number.isFinite(value) || typeof value === 'boolean' ? String(value) : undefined
}
