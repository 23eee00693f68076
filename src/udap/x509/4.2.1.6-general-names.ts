/** General names and distribution points ([RFC 5280, sections 4.2.1.6 and 4.2.1.13](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6)). */
import { DerError, tags, type DerElement } from '../../signers/der.ts'
import type { Bytes } from '../../types.ts'
import { nameOf, relativeNameOf, type DistinguishedName } from './7.1-names.ts'
import { constructed, context, DerFields, ia5, namedBitsOf, onlyField } from './der-values.ts'

/** One of the forms a name can have. Forms that are only counted keep their number. */
export type GeneralName =
  | { readonly form: 'email' | 'dns' | 'uri'; readonly value: string }
  | { readonly form: 'ip'; readonly value: Bytes }
  | { readonly form: 'directory'; readonly value: DistinguishedName }
  | { readonly form: 'other'; readonly value: number }

/** More than any real certificate holds. */
const MAX_NAMES = 2_000
const MAX_POINTS = 100

/** The names inside an element with this tag, at least one. */
export function generalNamesOf(element: DerElement, tag: number = tags.sequence): GeneralName[] {
  const fields = new DerFields(element, tag)
  const names: GeneralName[] = []
  while (!fields.ended) {
    names.push(generalNameOf(fields.any()))
    if (names.length > MAX_NAMES) throw new DerError('too many names')
  }
  if (names.length === 0) throw new DerError('no names')
  return names
}

/** One name by its tag. */
export function generalNameOf(element: DerElement): GeneralName {
  const { tag, content } = element
  switch (tag) {
    case context(1):
      return { form: 'email', value: ia5(content) }
    case context(2):
      return { form: 'dns', value: ia5(content) }
    case constructed(4):
      return { form: 'directory', value: nameOf(onlyField(element)) }
    case context(6):
      return { form: 'uri', value: ia5(content) }
    case context(7):
      return { form: 'ip', value: content }
    case constructed(0): // otherName
    case constructed(3): // x400Address
    case constructed(5): // ediPartyName
    case context(8): // registeredID
      return { form: 'other', value: tag }
    default:
      throw new DerError('general name')
  }
}

/** Where a CRL is published, and for what it is. */
export interface DistributionPoint {
  readonly names: readonly GeneralName[] | undefined
  /** A name below the CRL issuer's, as it is compared; such points are never fetched. */
  readonly relative: string | undefined
  /** Named bits of the reasons; undefined for all. */
  readonly reasons: number | undefined
  readonly crlIssuer: readonly GeneralName[] | undefined
}

/** Reads CRLDistributionPoints. */
export function distributionPointsOf(element: DerElement): DistributionPoint[] {
  const points = new DerFields(element, tags.sequence).rest(tags.sequence, MAX_POINTS)
  return points.map((point) => {
    const fields = new DerFields(point, tags.sequence)
    const name = distributionPointNameOf(fields.optional(constructed(0)))
    const reasons = fields.optional(context(1))
    const crlIssuer = fields.optional(constructed(2))
    fields.end()
    return {
      ...name,
      reasons: reasons && namedBitsOf(reasons),
      crlIssuer: crlIssuer && generalNamesOf(crlIssuer, constructed(2)),
    }
  })
}

/** Reads a DistributionPointName inside its explicit tag. */
export function distributionPointNameOf(
  element: DerElement | undefined,
): Pick<DistributionPoint, 'names' | 'relative'> {
  if (element === undefined) return { names: undefined, relative: undefined }
  const name = onlyField(element)
  if (name.tag === constructed(0)) {
    return { names: generalNamesOf(name, constructed(0)), relative: undefined }
  }
  if (name.tag !== constructed(1)) throw new DerError('distribution point')
  return { names: undefined, relative: relativeNameOf(name) }
}
