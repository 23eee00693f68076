/** What RFC 5280 demands of every certificate beside its path ([RFC 5280, sections 4.1.2 and 4.2.1](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1)). */
import { extensionIds, keyUsages } from './4.2-extensions.ts'
import type { X509Certificate } from './4.1-certificate.ts'
import { failure, type TrustFailure } from './failure.ts'

/** Octets of the longest serial number (section 4.1.2.2). */
const LONGEST_SERIAL = 20
const ANY_EXTENDED_KEY_USAGE = '551d2500'
const CLIENT_OR_SERVER: readonly string[] = [
  '2b06010505070301', // serverAuth
  '2b06010505070302', // clientAuth
]

/** What a certificate is used for in its path. */
export type CertificateRole = 'anchor' | 'intermediate' | 'leaf' | 'crl-signer'

/** Why a certificate in this role is refused before its path is looked at. */
export function profileFailure(
  certificate: X509Certificate,
  role: CertificateRole,
  position: number,
): TrustFailure | undefined {
  const reason = commonReason(certificate) ?? reasonByRole[role](certificate)
  if (reason === undefined) return undefined
  const [name, text] = reason
  return failure('constraints', name, text, position)
}

type Reason = readonly [reason: string, text: string]

const reasonByRole: Readonly<
  Record<CertificateRole, (certificate: X509Certificate) => Reason | undefined>
> = {
  anchor: anchorReason,
  intermediate: authorityReason,
  leaf: leafReason,
  'crl-signer': signerReason,
}

function commonReason({
  serial,
  issuer,
  subject,
  extensions,
  selfIssued,
}: X509Certificate): Reason | undefined {
  const { critical, unknownCritical } = extensions
  if (unknownCritical.length > 0) {
    return ['unknown-critical-extension', 'it has a critical extension that is not processed']
  }
  const first = Number.parseInt(serial.slice(0, 2), 16)
  if (first >= 0x80 || /^0+$/.test(serial) || serial.length > 2 * LONGEST_SERIAL) {
    return [
      'serial-number-invalid',
      'its serial number is not positive or is longer than 20 octets',
    ]
  }
  if (issuer.parts.length === 0) return ['issuer-empty', 'its issuer has no name']
  const mustNotBeCritical = [
    extensionIds.authorityKeyId,
    extensionIds.subjectKeyId,
    extensionIds.authorityInfoAccess,
    extensionIds.freshestCrl,
  ]
  if (mustNotBeCritical.some((id) => critical.has(id))) {
    return ['extension-critical', 'an extension is marked critical that must not be']
  }
  const { authorityKeyId } = extensions
  if (!selfIssued && authorityKeyId?.keyId === undefined) {
    return ['authority-key-id-missing', "it has no identifier of its issuer's key"]
  }
  const { alternativeNames } = extensions
  if (subject.parts.length === 0 && alternativeNames === undefined) {
    return ['subject-empty', 'it names no subject']
  }
  return undefined
}

function authorityReason({ version, subject, extensions }: X509Certificate): Reason | undefined {
  const { basicConstraints, critical, keyUsage } = extensions
  if (version !== 3) return ['not-an-authority', 'it issues certificates and is not of version 3']
  if (basicConstraints?.ca !== true)
    return ['not-an-authority', 'it issues certificates and is not marked as an authority']
  if (subject.parts.length === 0) return ['subject-empty', 'it names no subject']
  if (!allows(keyUsage, keyUsages.keyCertSign)) {
    return ['key-usage', 'its key usage does not allow signing certificates']
  }
  if (extensions.subjectKeyId === undefined) {
    return ['subject-key-id-missing', 'it issues certificates and has no identifier of its own key']
  }
  // Policy constraints should be critical, too; they are processed either way.
  if (extensions.nameConstraints !== undefined && !critical.has(extensionIds.nameConstraints)) {
    return ['extension-not-critical', 'its name constraints are not marked critical']
  }
  return undefined
}

/** The profile wants it critical in authorities; only of anchors, which their owners can replace, is it demanded. */
function anchorReason(anchor: X509Certificate): Reason | undefined {
  if (!anchor.extensions.critical.has(extensionIds.basicConstraints)) {
    return ['extension-not-critical', 'its basic constraints are not marked critical']
  }
  return authorityReason(anchor)
}

function signerReason({ extensions: { keyUsage } }: X509Certificate): Reason | undefined {
  return allows(keyUsage, keyUsages.cRLSign)
    ? undefined
    : ['key-usage', 'its key usage does not allow signing revocation lists']
}

function leafReason({ extensions }: X509Certificate): Reason | undefined {
  const { basicConstraints, keyUsage, nameConstraints } = extensions
  if (!allows(keyUsage, keyUsages.digitalSignature)) {
    return ['key-usage', 'its key usage does not allow digital signatures']
  }
  if (basicConstraints?.ca === true) return undefined
  if (nameConstraints !== undefined)
    return ['extension-misplaced', 'it constrains names and issues none']
  if (keyUsage !== undefined && (keyUsage & (1 << keyUsages.keyCertSign)) !== 0) {
    return ['key-usage', 'its key usage allows signing certificates, and it is not an authority']
  }
  if (basicConstraints?.pathLength !== undefined) {
    return ['extension-misplaced', 'it limits the length of paths and is not an authority']
  }
  return undefined
}

/** Why the leaf's key may not be used for this ([RFC 5280, section 4.2.1.12](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12)). */
export function extendedKeyUsageFailure(
  { extensions: { basicConstraints, extendedKeyUsages } }: X509Certificate,
  wanted: string | undefined,
): TrustFailure | undefined {
  if (basicConstraints?.ca === true || extendedKeyUsages === undefined) return undefined
  const fitting = [ANY_EXTENDED_KEY_USAGE, ...(wanted === undefined ? CLIENT_OR_SERVER : [wanted])]
  if (extendedKeyUsages.some((usage) => fitting.includes(usage))) return undefined
  const text = 'its extended key usage does not allow what it is used for'
  return failure('constraints', 'extended-key-usage', text, 0)
}

/** Without the extension a key may be used for anything (section 4.2.1.3). */
function allows(keyUsage: number | undefined, bit: number): boolean {
  return keyUsage === undefined || (keyUsage & (1 << bit)) !== 0
}
