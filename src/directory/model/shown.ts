import { entryIdOf } from './oid.ts'

/** Words that directories use for kinds of endpoints; any other is not repeated in messages. */
const KIND_WORDS: ReadonlySet<string> = new Set(
  (
    'ihe iti xcpd xca xdr xds xdm mhd pix pixm pdq pdqm rad dicom wado rs qido stow uri ' +
    'hl7 v2 hl7v2 mllp fhir rest msg messaging non rest soap direct project secure email smtp ' +
    'cda ccd ccda cds hooks subscription push pull notify query retrieve initiating responding ' +
    'gateway patient discovery document documents submission of and the for'
  ).split(' '),
)
/** The word `b` of XDS.b, and numbers: `ITI-55`, `V3`. */
const KIND_NUMBER = /^(b|v?\d{1,4}|iti\d{1,3})$/
const MAX_KIND = 60

/**
 * A kind of endpoint as a message may show it: `XCPD ITI-55`; undefined where it contains an
 * unknown word.
 */
export function shownKind(kind: string | undefined): string | undefined {
  if (kind === undefined || kind.length > MAX_KIND || !/^[\w .:/-]+$/.test(kind)) return undefined
  const words = kind.toLowerCase().split(/[\s.:/_-]+/)
  const known = words.every((word) => KIND_WORDS.has(word) || KIND_NUMBER.test(word))
  return known ? kind : undefined
}

/** An id as a message may show it. */
export function shownId(id: unknown): string {
  const found = typeof id === 'string' ? entryIdOf(id)?.id : undefined
  return found ?? '(an id that is not shown)'
}
