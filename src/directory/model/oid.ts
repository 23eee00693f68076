import { requireText } from '../../lib/arguments.ts'
import { MAX_ID } from './limits.ts'

const OID = /^[0-2](\.(0|[1-9]\d*))+$/
/** Any spelling of an id, with the longest OID that is read. */
const MAX_GIVEN = MAX_ID + 'Organization/urn:oid:'.length
const FHIR_ID = /^[A-Za-z0-9\-.]{1,64}$/

/** An id in the form that a directory is requested with. */
export interface EntryId {
  readonly id: string
  /** Undefined where the id is not an OID. */
  readonly oid: string | undefined
}

/** A dotted OID without `urn:oid:`; undefined for anything else. */
export function oidOf(text: string | undefined): string | undefined {
  const bare = text?.trim().replace(/^urn:oid:/i, '')
  return bare !== undefined && bare.length <= MAX_ID && OID.test(bare) ? bare : undefined
}

/** An OID in any of its spellings, or another FHIR id; undefined where the text is neither. */
export function entryIdOf(text: string): EntryId | undefined {
  const given = text.trim().replace(/^Organization\//, '')
  if (given.length > MAX_GIVEN) return undefined
  const oid = oidOf(given)
  if (oid !== undefined) return { id: oid, oid }
  const looksLikeOid = /^urn:|^\d*\.[\d.]*$/i.test(given)
  if (looksLikeOid || !FHIR_ID.test(given) || given === '.' || given === '..') return undefined
  return { id: given, oid: undefined }
}

/** What `read` accepts; throws for anything else. */
export function requireEntryId(value: unknown): EntryId {
  const found = entryIdOf(requireText(value, 'id'))
  if (found === undefined)
    throw new TypeError('"id" must be an OID such as 2.16.840.1.113883.3.13.1, or a FHIR id')
  return found
}
