/** FHIR versions as servers and directories write them: `4.0.1`, `R4`, `FHIR STU3`, `HL7 FHIR Release 4`. */

/** The releases that servers use; drafts between them have none. */
export type FhirRelease = 'DSTU2' | 'STU3' | 'R4' | 'R5'

/** By major and minor number ([FHIR, publication history](https://hl7.org/fhir/directory.html)). R4B is R4 except for a few resources that are not used here. */
const RELEASES: ReadonlyMap<string, FhirRelease> = new Map([
  ['1.0', 'DSTU2'],
  ['3.0', 'STU3'],
  ['4.0', 'R4'],
  ['4.1', 'R4'],
  ['4.3', 'R4'],
  ['5.0', 'R5'],
])

/** Major and minor number by name. A bare 1 or 3 may be the version of something else. */
const NAMED: Readonly<Record<string, string>> = {
  r4: '4.0',
  '4': '4.0',
  r4b: '4.3',
  '4b': '4.3',
  r5: '5.0',
  '5': '5.0',
  stu3: '3.0',
  r3: '3.0',
  dstu2: '1.0',
}

/** Words that may precede a version. */
const LEADING: ReadonlySet<string> = new Set(['hl7', 'fhir', 'version', 'release', 'v'])

/**
 * Major and minor number of a FHIR version in any of its spellings; undefined for anything else.
 * Directories also publish versions of other things: FHIR has no release 2, and none above 9 yet.
 */
export function majorMinor(version: string | undefined): string | undefined {
  const bare = bareVersion(version)
  return Object.hasOwn(NAMED, bare) ? NAMED[bare] : /^[013-9]\.\d{1,2}(?!\d)/.exec(bare)?.[0]
}

/** The release of a server's `fhirVersion`, where a bare major number counts, too. Undefined for drafts and anything else. */
export function releaseOf(version: string): FhirRelease | undefined {
  return RELEASES.get(majorMinor(version) ?? `${bareVersion(version)}.0`)
}

/** A version as messages show it; a text that is not a version is not quoted. */
export function describeVersion(version: string): string {
  const shown = version.trim()
  if (!/^v?\d[\w.-]{0,19}$/i.test(shown) && !Object.hasOwn(NAMED, shown.toLowerCase()))
    return 'FHIR of an unknown version'
  const release = releaseOf(shown)
  return release === undefined || release === shown ? `FHIR ${shown}` : `FHIR ${shown} (${release})`
}

/** Compares by version, lowest first; a text that is not a version comes before all others. */
export function compareVersions(a: string | undefined, b: string | undefined): number {
  const [left, right] = [numbersOf(a), numbersOf(b)]
  for (let at = 0; at < 3; at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** The version that a media type names: `application/fhir+json; fhirVersion=4.0`. */
export function mediaTypeVersion(type: string): string | undefined {
  return /;\s*fhirVersion\s*=\s*"?([\d.]{1,12})/i.exec(type)?.[1]
}

function numbersOf(version: string | undefined): readonly number[] {
  const known = majorMinor(version)
  if (known === undefined) return []
  const bare = bareVersion(version)
  const shown = bare.startsWith(known) ? bare : known
  return shown.split('.').map((part) => Number.parseInt(part, 10) || 0)
}

/** The first word that is not a leading one, in lower case; longer texts are not versions. */
function bareVersion(version: string | undefined): string {
  if (version === undefined || version.length > 100) return ''
  const words = version
    .trim()
    .toLowerCase()
    .split(/[\s:_-]+/)
  const first = words.findIndex((word) => !LEADING.has(word))
  const [word = '', after = ''] = first < 0 ? [] : words.slice(first)
  if (word === 'stu' || word === 'dstu' || word === 'r') return word + after
  return word.replace(/^v(?=\d)/, '')
}
