/** The releases that servers speak; drafts between them are none. */
export type FhirRelease = 'DSTU2' | 'STU3' | 'R4' | 'R5'

/** Major and minor numbers of published versions ([FHIR, publication history](https://hl7.org/fhir/directory.html)). R4B is R4 but for a few resources that are not used here. */
const RELEASES: ReadonlyMap<string, FhirRelease> = new Map([
  ['1.0', 'DSTU2'],
  ['3.0', 'STU3'],
  ['4.0', 'R4'],
  ['4.1', 'R4'],
  ['4.3', 'R4'],
  ['5.0', 'R5'],
])
const NAMES: ReadonlyMap<string, FhirRelease> = new Map([
  ['DSTU2', 'DSTU2'],
  ['STU3', 'STU3'],
  ['R3', 'STU3'],
  ['R4', 'R4'],
  ['R4B', 'R4'],
  ['R5', 'R5'],
])

/** The release of a `fhirVersion` as servers write it: `4.0.1`, `4.0`, `4`, `R4`. Undefined for drafts and anything else. */
export function releaseOf(version: string): FhirRelease | undefined {
  const text = version.trim().slice(0, 40)
  const named = NAMES.get(text.toUpperCase())
  if (named !== undefined) return named
  const [, major, minor = '0'] = /^v?(\d{1,2})(?:\.(\d{1,2}))?(?![\da-z])/i.exec(text) ?? []
  return RELEASES.get(`${major ?? ''}.${minor}`)
}

/** A version in a message; one that is no version is not quoted. */
export function describeVersion(version: string): string {
  const shown = version.trim()
  if (!/^v?\d[\w.-]{0,19}$/i.test(shown) && !NAMES.has(shown.toUpperCase()))
    return 'FHIR of an unknown version'
  const release = releaseOf(shown)
  return release === undefined || release === shown ? `FHIR ${shown}` : `FHIR ${shown} (${release})`
}
