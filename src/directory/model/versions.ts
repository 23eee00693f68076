/** What may stand before a version: `FHIR R4`, `HL7 FHIR Release 4`, `v4.0.1`. */
const LEADING: ReadonlySet<string> = new Set(['hl7', 'fhir', 'version', 'release', 'v'])
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

/**
 * Major and minor of a FHIR version in any of its spellings (`4.0.1`, `R4`, `FHIR STU3`); undefined
 * where it is none. Directories write the versions of other things, too: FHIR has no release 2, and
 * none above 9 yet.
 */
export function majorMinor(version: string | undefined): string | undefined {
  const bare = bareVersion(version)
  return Object.hasOwn(NAMED, bare) ? NAMED[bare] : /^[013-9]\.\d{1,2}(?!\d)/.exec(bare)?.[0]
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

/** The first word that is not a leading one, in lower case; longer texts are no versions. */
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
