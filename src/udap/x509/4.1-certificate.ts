/** The fields of a certificate ([RFC 5280, section 4.1](https://www.rfc-editor.org/rfc/rfc5280#section-4.1)). */
import { toHex } from '../../signers/base64.ts'
import { DerError, tags, type DerElement } from '../../signers/der.ts'
import type { Bytes } from '../../types.ts'
import { extensionsOf, type CertificateExtensions } from './4.2-extensions.ts'
import { nameOf, type DistinguishedName } from './7.1-names.ts'
import {
  algorithmOf,
  constructed,
  countOf,
  DerFields,
  integerOf,
  octetsOf,
  onlyField,
  sameBytes,
  signatureOf,
  timeOf,
} from './der-values.ts'

/** Something signed: its bytes, and how. Certificates, CRLs and OCSP responses are. */
export interface Signed {
  readonly tbs: Bytes
  /** DER of the AlgorithmIdentifier, as hexadecimal. */
  readonly algorithm: string
  readonly signature: Bytes
}

/** A certificate, read in full; nothing about it is verified yet. */
export interface X509Certificate extends Signed {
  readonly der: Bytes
  /** 1 to 3. */
  readonly version: number
  /** Octets of the INTEGER, as hexadecimal. */
  readonly serial: string
  readonly issuer: DistinguishedName
  readonly subject: DistinguishedName
  /** Milliseconds since the epoch; the first instant of its life. */
  readonly notBefore: number
  /** Milliseconds since the epoch; its life includes this second. */
  readonly notAfter: number
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Bytes
  /** The key in it, without its algorithm. */
  readonly publicKey: Bytes
  readonly extensions: CertificateExtensions
  /** Whether issuer and subject are the same name ([RFC 5280, section 3.2](https://www.rfc-editor.org/rfc/rfc5280#section-3.2)). */
  readonly selfIssued: boolean
}

/** More than any certificate of a network has: a root with a long list of constraints is some 10 kB. */
export const MAX_CERTIFICATE_BYTES = 64_000

/** Reads a certificate; a {@link DerError} where the bytes are anything but one in strict DER. */
export function parseCertificate(der: Bytes): X509Certificate {
  if (der.length > MAX_CERTIFICATE_BYTES) throw new DerError('certificate too long')
  const { tbs: element, algorithm, signature } = signedOf(der)
  const tbs = new DerFields(element, tags.sequence)
  const version = versionOf(tbs)
  const serial = toHex(integerOf(tbs.next(tags.integer)))
  if (algorithmOf(tbs.next(tags.sequence)) !== algorithm)
    throw new DerError('two signature algorithms')
  const issuer = nameOf(tbs.any())
  const validity = tbs.sequence()
  const notBefore = timeOf(validity.any())
  const notAfter = timeOf(validity.any())
  validity.end()
  const subject = nameOf(tbs.any())
  const spki = tbs.next(tags.sequence)
  const uniqueIds = [tbs.optional(0x81), tbs.optional(0x82)]
  const extensions = tbs.optional(constructed(3))
  tbs.end()
  if (version < 2 && uniqueIds.some((id) => id !== undefined)) throw new DerError('version')
  if (version < 3 && extensions !== undefined) throw new DerError('version')
  return {
    tbs: element.raw,
    algorithm,
    signature,
    der,
    version,
    serial,
    issuer,
    subject,
    notBefore,
    notAfter,
    spki: spki.raw,
    publicKey: publicKeyOf(spki),
    extensions: extensionsOf(extensions && onlyField(extensions)),
    selfIssued: issuer.key === subject.key,
  }
}

/** The three parts of a signed structure. */
export function signedOf(der: Bytes): Omit<Signed, 'tbs'> & { tbs: ReturnType<DerFields['next']> } {
  const fields = DerFields.of(der)
  const tbs = fields.next(tags.sequence)
  const algorithm = algorithmOf(fields.next(tags.sequence))
  const signature = signatureOf(fields.next(tags.bitString))
  fields.end()
  return { tbs, algorithm, signature }
}

/** The key that a SubjectPublicKeyInfo holds; which kind it is, and whether it is fit, is asked when it is used. */
function publicKeyOf(spki: DerElement): Bytes {
  const fields = new DerFields(spki, tags.sequence)
  fields.next(tags.sequence)
  const key = octetsOf(fields.next(tags.bitString))
  fields.end()
  return key
}

/** Whether two are the same certificate. */
export function sameCertificate(one: X509Certificate, other: X509Certificate): boolean {
  return one === other || sameBytes(one.der, other.der)
}

/** Version 1 is the default, which DER leaves out. */
function versionOf(tbs: DerFields): number {
  const explicit = tbs.optional(constructed(0))
  if (explicit === undefined) return 1
  const number = onlyField(explicit)
  const version = number.tag === tags.integer ? countOf(number) : 0
  if (version !== 1 && version !== 2) throw new DerError('version')
  return version + 1
}

/** Whether two certificates are made out to the same key. */
export function sameKey(one: X509Certificate, other: X509Certificate): boolean {
  return sameBytes(one.spki, other.spki)
}
