/** A signer's own certificates: their order and contents. */
import { readCertificates, type Certificate, type CertificateInput } from './certificate.ts'
import { toHex } from './base64.ts'
import { DerError } from './der.ts'
import {
  commonNameOf,
  nameText,
  readAlternativeNames,
  readName,
  type AlternativeNames,
  type NameAttribute,
} from './names.ts'
import { thumbprintOf } from './thumbprint.ts'

/** The contents of a certificate, for people and for your own checks. */
export interface CertificateDescription extends AlternativeNames {
  /** One line, for example `CN=fhir.example.org, O=Example Hospital`. */
  readonly subject: string
  readonly issuer: string
  readonly commonName?: string | undefined
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  /** Milliseconds since the epoch. */
  readonly notAfter: number
  /** SHA-256 over the DER form: pairs of upper-case hexadecimal digits with colons between, as OpenSSL prints it. */
  readonly sha256Fingerprint: string
}

/** Reads certificates that stand in the order of issue, leaf first, each issued by the next. */
export function readChain(value: unknown, option = 'certificates'): readonly Certificate[] {
  const chain = readCertificates(value, option)
  chain.forEach((certificate, index) => {
    const next = chain[index + 1]
    if (next === undefined || issued(next, certificate)) return
    throw new TypeError(
      `"${option}" must be in order, leaf first: certificate ${index + 1} was issued by ` +
        `"${namesOf(certificate).issuer}", and the one after it is "${namesOf(next).subject}"`,
    )
  })
  return chain
}

/**
 * What is in certificates: PEM text, DER, base64 of DER, or an array of those; their order stays.
 * Nothing is verified.
 *
 * @example
 * ```ts
 * const [leaf] = await describeCertificates(await readFile('chain.pem', 'utf8'))
 * console.log(leaf?.subject, leaf?.dnsNames, new Date(leaf?.notAfter ?? 0))
 * ```
 *
 * @throws TypeError for anything that is no X.509 certificate.
 * @see [RFC 5280, section 4.1](https://www.rfc-editor.org/rfc/rfc5280#section-4.1)
 */
export async function describeCertificates(
  certificates: CertificateInput,
): Promise<readonly CertificateDescription[]> {
  return Promise.all(readCertificates(certificates).map(describeCertificate))
}

/** One certificate that is already parsed. */
export async function describeCertificate(
  certificate: Certificate,
): Promise<CertificateDescription> {
  const { der, notBefore, notAfter } = certificate
  const { subject, issuer, commonName, alternative } = namesOf(certificate)
  const sha256Fingerprint = toHex(await thumbprintOf(der))
    .toUpperCase()
    .replace(/..(?=.)/g, '$&:')
  return { subject, issuer, commonName, ...alternative, notBefore, notAfter, sha256Fingerprint }
}

/** The names in a certificate; broken ones fail no call, since servers may not care. */
export function namesOf(certificate: Certificate): {
  readonly subject: string
  readonly issuer: string
  readonly commonName: string | undefined
  readonly alternative: AlternativeNames
} {
  const subject = tolerant(() => readName(certificate.subject), [])
  return {
    subject: nameText(subject),
    issuer: nameText(tolerant(() => readName(certificate.issuer), [])),
    commonName: commonNameOf(subject),
    alternative: tolerant(
      () => readAlternativeNames(certificate.alternativeNames),
      readAlternativeNames(undefined),
    ),
  }
}

/** By the names alone: servers verify the issuer's signature. */
function issued(issuer: Certificate, certificate: Certificate): boolean {
  const same = (one: readonly NameAttribute[], other: readonly NameAttribute[]): boolean =>
    comparable(one) === comparable(other)
  try {
    return same(readName(certificate.issuer), readName(issuer.subject))
  } catch (error) {
    if (error instanceof DerError) return false
    throw error
  }
}

/** Letters of any case and any number of blanks are the same ([RFC 5280, section 7.1](https://www.rfc-editor.org/rfc/rfc5280#section-7.1)). */
function comparable(name: readonly NameAttribute[]): string {
  return nameText(name).toLowerCase().replace(/\s+/g, ' ')
}

function tolerant<T>(read: () => T, otherwise: T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof DerError) return otherwise
    throw error
  }
}
