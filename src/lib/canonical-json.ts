import type { JsonValue } from '../types.ts'

/**
 * JSON with sorted members: equal values have equal text, and so do values that are sent alike.
 * Values that JSON lacks (dates, undefined members) count as `JSON.stringify` writes them.
 */
export function canonicalJson(value: JsonValue | undefined): string {
  return value === undefined ? '' : sorted(JSON.parse(JSON.stringify(value)) as JsonValue)
}

function sorted(value: JsonValue | undefined): string {
  if (value === undefined || value === null || typeof value !== 'object')
    return JSON.stringify(value)
  if (isList(value)) return `[${value.map(sorted).join(',')}]`
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${sorted(value[name])}`)
  return `{${members.join(',')}}`
}

function isList(value: object): value is readonly JsonValue[] {
  return Array.isArray(value)
}
