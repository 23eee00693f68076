import { jsonText } from '../lib/arguments.ts'

/**
 * A resource as JSON. Throws `TypeError` for what JSON would silently convert: a `Date` has a time
 * that FHIR's dates lack, and a `Map` or `URLSearchParams` becomes `{}`.
 */
export function resourceText(option: string, resource: unknown): string {
  refuseOtherThanData(option, resource)
  return jsonText(option, resource)
}

function refuseOtherThanData(option: string, resource: unknown): void {
  const seen = new Set<object>()
  const pending: unknown[] = [resource]
  while (pending.length > 0) {
    const value = pending.pop()
    if (typeof value !== 'object' || value === null || seen.has(value)) continue
    seen.add(value)
    if (value instanceof Date) {
      throw new TypeError(`"${option}" must hold dates as text such as '1946-04-05', and no Date`)
    }
    if (KINDS.has(Object.prototype.toString.call(value))) {
      throw new TypeError(`"${option}" must hold plain objects, lists and values`)
    }
    for (const member of Object.values(value)) pending.push(member)
  }
}

/** By tag, so that those of another realm are known. */
const KINDS: ReadonlySet<string> = new Set(
  ['Date', 'Map', 'Set', 'URLSearchParams', 'FormData', 'Headers', 'RegExp', 'Promise'].map(
    (name) => `[object ${name}]`,
  ),
)
