/** More than any FHIR datatype or claim needs, and far less than a stack can hold. */
export const DEEPEST = 100

/**
 * Whether a value is safe to recurse into: servers may nest 200,000 deep, which parses, and then
 * overflows the stack.
 */
export function isShallow(value: unknown, levels: number = DEEPEST): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((member) => isShallow(member, levels - 1))
}
