/** Which certificates a CRL speaks about ([RFC 5280, sections 5.2.5 and 6.3.3 (b)](https://www.rfc-editor.org/rfc/rfc5280#section-5.2.5)). */
import { DerError, tags, type DerElement } from '../../signers/der.ts'
import type { X509Certificate } from './4.1-certificate.ts'
import {
  distributionPointNameOf,
  type DistributionPoint,
  type GeneralName,
} from './4.2.1.6-general-names.ts'
import { keyBelow, type DistinguishedName } from './7.1-names.ts'
import { constructed, context, DerFields, isTrue, namedBitsOf } from './der-values.ts'

/** The extension issuingDistributionPoint. */
export interface IssuingDistributionPoint {
  readonly names: readonly GeneralName[] | undefined
  readonly relative: string | undefined
  readonly onlyUsers: boolean
  readonly onlyAuthorities: boolean
  readonly onlyAttributes: boolean
  readonly reasons: number | undefined
  readonly indirect: boolean
}

/** All bits that a reason can have: 1 to 8; bit 0 is not used. */
export const ALL_REASONS = 0b1_1111_1110

/** Reads the extension. */
export function issuingDistributionPointOf(element: DerElement): IssuingDistributionPoint {
  const fields = new DerFields(element, tags.sequence)
  const name = distributionPointNameOf(fields.optional(constructed(0)))
  const flag = (number: number): boolean => {
    const found = fields.optional(context(number))
    return isTrue(found)
  }
  const onlyUsers = flag(1)
  const onlyAuthorities = flag(2)
  const some = fields.optional(context(3))
  const indirect = flag(4)
  const onlyAttributes = flag(5)
  fields.end()
  if ([onlyUsers, onlyAuthorities, onlyAttributes].filter(Boolean).length > 1) {
    throw new DerError('CRL scope')
  }
  const reasons = some && namedBitsOf(some)
  return { ...name, onlyUsers, onlyAuthorities, onlyAttributes, reasons, indirect }
}

/** The points a certificate names; without any, its issuer's own list (section 6.3.3). */
export function pointsOf({ issuer, extensions }: X509Certificate): readonly DistributionPoint[] {
  if (extensions.crlDistributionPoints !== undefined) return extensions.crlDistributionPoints
  const names: readonly GeneralName[] = [{ form: 'directory', value: issuer }]
  return [{ names, relative: undefined, reasons: undefined, crlIssuer: undefined }]
}

/** For which reasons of revocation a list with this scope speaks for a certificate under one of its points; 0 for none. */
export function reasonsCovered(
  certificate: X509Certificate,
  point: DistributionPoint,
  scope: IssuingDistributionPoint | undefined,
): number {
  // Lists signed by another than the certificate's issuer are not used.
  if (point.crlIssuer !== undefined || scope?.indirect === true) return 0
  const ofPoint = (point.reasons ?? ALL_REASONS) & ALL_REASONS
  if (scope === undefined) return ofPoint
  const isAuthority = certificate.extensions.basicConstraints?.ca === true
  if (scope.onlyAttributes || (isAuthority ? scope.onlyUsers : scope.onlyAuthorities)) return 0
  if (!isSamePoint(point, scope, certificate.issuer)) return 0
  return ofPoint & (scope.reasons ?? ALL_REASONS)
}

/** Whether two lists of one issuer speak about the same certificates, as a delta and its complete list must. */
export function sameScope(
  one: { readonly issuer: DistinguishedName; readonly scope: IssuingDistributionPoint | undefined },
  other: {
    readonly issuer: DistinguishedName
    readonly scope: IssuingDistributionPoint | undefined
  },
): boolean {
  const text = ({ issuer, scope }: typeof one): string =>
    JSON.stringify(
      scope === undefined
        ? null
        : { ...scope, names: comparedNames(scope, issuer), relative: undefined },
    )
  return text(one) === text(other)
}

function isSamePoint(
  point: DistributionPoint,
  scope: IssuingDistributionPoint,
  issuer: DistinguishedName,
): boolean {
  if (scope.names === undefined && scope.relative === undefined) return true
  const ofScope = new Set(comparedNames(scope, issuer))
  return comparedNames(point, issuer).some((name) => ofScope.has(name))
}

/** Names as texts: equal texts are equal names. */
function comparedNames(
  { names = [], relative }: Pick<DistributionPoint, 'names' | 'relative'>,
  issuer: DistinguishedName,
): string[] {
  if (relative !== undefined) return [`directory ${keyBelow(issuer, relative)}`]
  return names.flatMap((name) => comparedName(name) ?? [])
}

function comparedName(name: GeneralName): string | undefined {
  switch (name.form) {
    case 'directory':
      return `directory ${name.value.key}`
    case 'uri':
    case 'dns':
    case 'email':
      return `${name.form} ${name.value}`
    default:
      return undefined
  }
}
