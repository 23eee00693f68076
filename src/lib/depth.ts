/** More than any FHIR datatype or claim needs, and far less than a stack holds. */
export const DEEPEST = 100

/** Whether a value can be walked down: what servers nest 200,000 deep parses well, and overflows in whatever recurses. */
export function isShallow(value: unknown, levels: number = DEEPEST): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((member) => isShallow(member, levels - 1))
}
