/** Milliseconds since the epoch of an IMF-fixdate; undefined for anything else. */
export function imfDate(header: string | null): number | undefined {
  const text = header?.trim() ?? ''
  // Not `Date.parse` alone, which reads '-5' as a year.
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text))
    return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}
