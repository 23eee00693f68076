/** The certificate is valid now ([RFC 5280, section 6.1.3 (a)(2)](https://www.rfc-editor.org/rfc/rfc5280#section-6.1.3)). */
import type { X509Certificate } from './4.1-certificate.ts'
import { failure, type TrustFailure } from './failure.ts'

/** Why a certificate is not valid at an instant. Its last second is part of its life. */
export function validityFailure(
  { notBefore, notAfter }: X509Certificate,
  at: number,
  position: number,
): TrustFailure | undefined {
  if (at < notBefore) {
    const text = `it is not valid before ${new Date(notBefore).toISOString()}`
    return failure('validity', 'certificate-not-yet-valid', text, position)
  }
  if (at >= notAfter + 1_000) {
    const text = `it expired at ${new Date(notAfter).toISOString()}`
    return failure('validity', 'certificate-expired', text, position)
  }
  return undefined
}
