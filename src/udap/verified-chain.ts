/** A chain that was verified, for programs and for people. */
import { toBase64 } from '../signers/base64.ts'
import type { X509Certificate } from './x509/4.1-certificate.ts'
import { textOfName } from './x509/7.1-names.ts'
import type { TrustFailure } from './x509/failure.ts'
import type { ValidPath } from './x509/rfc4158-path-building.ts'

/** What is in one certificate of a verified chain. */
export interface CertificateFacts {
  /** One line, for example `CN=fhir.example.org, O=Example Hospital`. */
  readonly subject: string
  /** Subject alternative names of the type URI, byte for byte. */
  readonly uris: readonly string[]
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  /** Milliseconds since the epoch. */
  readonly notAfter: number
  /** SHA-256 over its DER, in base64url ([RFC 7515, section 4.1.8](https://www.rfc-editor.org/rfc/rfc7515#section-4.1.8)). */
  readonly thumbprint: string
}

/** Something that verification let pass, because the options say so. */
export interface TrustWarning {
  readonly step: string
  /** Stable, for programs. */
  readonly reason: string
  /** For people. */
  readonly text: string
  /** Which certificate of the path, 0 for the leaf. */
  readonly position?: number | undefined
}

/** A chain with a proven path to an anchor of a community. */
export interface VerifiedChain {
  readonly community: string
  readonly anchor: CertificateFacts
  /** From the anchor downwards. */
  readonly intermediates: readonly CertificateFacts[]
  readonly leaf: CertificateFacts
  /** When the first of its certificates expires, in milliseconds since the epoch. */
  readonly expiresAt: number
  readonly warnings: readonly TrustWarning[]
  /** The chain in words: `anchor X, intermediate Y, leaf Z until 2027-01-31`. */
  readonly explanation: string
}

/** Facts of a path for those who asked. */
export async function verifiedChain(
  community: string,
  { anchor, certificates }: ValidPath,
  leaf: X509Certificate,
  warnings: readonly TrustFailure[],
): Promise<VerifiedChain> {
  const [top, end] = await Promise.all([factsOf(anchor), factsOf(leaf)])
  const intermediates = await Promise.all(certificates.slice(0, -1).map(factsOf))
  const expiresAt = Math.min(anchor.notAfter, ...certificates.map(({ notAfter }) => notAfter))
  const words = [
    `anchor ${top.subject}`,
    ...intermediates.map(({ subject }) => `intermediate ${subject}`),
    `leaf ${end.subject} until ${new Date(expiresAt).toISOString().slice(0, 10)}`,
  ]
  return {
    community,
    anchor: top,
    intermediates,
    leaf: end,
    expiresAt,
    warnings,
    explanation: words.join(', '),
  }
}

async function factsOf(certificate: X509Certificate): Promise<CertificateFacts> {
  const { der, subject, extensions, notBefore, notAfter } = certificate
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', der))
  const thumbprint = toBase64(digest).replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')
  const uris = (extensions.alternativeNames ?? []).flatMap((name) =>
    name.form === 'uri' ? [name.value] : [],
  )
  return { subject: textOfName(subject), uris, notBefore, notAfter, thumbprint }
}
