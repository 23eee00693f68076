/** Whether a URL stays at or below a base, compared by decoded path segments; origins are not compared. */
export function isAtOrBelow(url: URL, base: URL): boolean {
  const wanted = segmentsOf(base)
  const given = segmentsOf(url)
  return (
    wanted !== undefined &&
    given !== undefined &&
    wanted.every((segment, at) => segment === given[at]) &&
    !given.slice(wanted.length).some(mayClimb)
  )
}

/** A segment that some servers take for a step up: `..%2fother`, `..;/other`, `%252e%252e`. */
function mayClimb(segment: string): boolean {
  return /[/\\]|%(2e|2f|5c|25)/i.test(segment) || /^\.{1,2}(;|$)/.test(segment)
}

/**
 * Decoded, so that different spellings of a path are equal: servers write `/fhir//r4`, and in lower
 * case what is published in capitals.
 */
function segmentsOf(url: URL): readonly string[] | undefined {
  try {
    return url.pathname
      .split('/')
      .filter((segment) => segment !== '')
      .map((segment) => lowerCaseAscii(decodeURIComponent(segment)))
  } catch {
    return undefined
  }
}

/** Unicode folds other letters that no server treats as equal. */
function lowerCaseAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
