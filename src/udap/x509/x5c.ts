/** Certificates of a JWS header ([RFC 7515, section 4.1.6](https://www.rfc-editor.org/rfc/rfc7515#section-4.1.6)). */
import { fromStrictBase64 } from '../../signers/base64.ts'
import { DerError } from '../../signers/der.ts'
import { MAX_CERTIFICATE_BYTES, parseCertificate, type X509Certificate } from './4.1-certificate.ts'
import { failure, isFailure, type TrustFailure } from './failure.ts'

/** Longer lists are refused before any of it is read. */
export const MAX_CERTIFICATES = 10
const LONGEST_TEXT = Math.ceil(MAX_CERTIFICATE_BYTES / 3) * 4

/** Reads an `x5c` array, leaf first. `known` gives back a certificate that was read before. */
export function readX5c(
  x5c: unknown,
  known: (text: string) => X509Certificate | undefined = () => undefined,
): readonly X509Certificate[] | TrustFailure {
  if (!Array.isArray(x5c) || x5c.length === 0) {
    return failure('x5c', 'missing', 'it carries no list of certificates')
  }
  if (x5c.length > MAX_CERTIFICATES) {
    const text = `it carries more than ${MAX_CERTIFICATES} certificates`
    return failure('x5c', 'too-many-certificates', text)
  }
  const certificates: X509Certificate[] = []
  for (const [position, text] of x5c.entries()) {
    const certificate: unknown = text
    const read =
      typeof certificate === 'string'
        ? (known(certificate) ?? certificateOf(certificate, position))
        : failure('x5c', 'not-base64', 'a certificate is not a string', position)
    if (isFailure(read)) return read
    certificates.push(read)
  }
  return certificates
}

function certificateOf(text: string, position: number): X509Certificate | TrustFailure {
  // Only the one text that encodes these bytes: no line breaks, no base64url, padded.
  const der = text.length <= LONGEST_TEXT ? fromStrictBase64(text) : undefined
  if (der === undefined) {
    return failure('x5c', 'not-base64', 'a certificate is not in standard base64', position)
  }
  try {
    return parseCertificate(der)
  } catch (error) {
    if (!(error instanceof DerError)) throw error
    return failure('x5c', 'malformed', 'a certificate is not X.509 in strict DER', position)
  }
}
