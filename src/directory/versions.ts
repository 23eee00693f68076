/** Major and minor of a FHIR version in any of its spellings (`4.0.1`, `R4`, `STU3`); undefined where it is none. */
export function majorMinor(version: string | undefined): string | undefined {
  const named = /^R?(4B|4|5)$|^(?:STU|R)(3)$|^DSTU(2)$/i.exec(version?.trim() ?? '')
  if (named !== null)
    return named[1]?.toUpperCase() === '4B' ? '4.3' : `${named[1] ?? named[2] ?? '1'}.0`
  return /^\d{1,4}\.\d{1,4}(?!\d)/.exec(version?.trim() ?? '')?.[0]
}

/** Sorts by version, the lowest first; what is no version comes before all. */
export function compareVersions(a: string | undefined, b: string | undefined): number {
  const [left, right] = [numbersOf(a), numbersOf(b)]
  for (let at = 0; at < 3; at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function numbersOf(version: string | undefined): readonly number[] {
  const known = majorMinor(version)
  if (known === undefined) return []
  const whole = version?.trim() ?? ''
  const shown = whole.startsWith(known) ? whole : known
  return shown.split('.').map((part) => Number.parseInt(part, 10) || 0)
}
