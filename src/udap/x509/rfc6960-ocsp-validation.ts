/** Who may answer for a certificate, and for how long an answer counts ([RFC 6960, sections 3.2 and 4.2.2](https://www.rfc-editor.org/rfc/rfc6960#section-3.2)). */
import type { X509Certificate } from './4.1-certificate.ts'
import type { SignatureChecks } from './4.1.1.3-signature.ts'
import { keyUsages } from './4.2-extensions.ts'
import { validityFailure } from './6.1.3.a-validity.ts'
import type { RevocationStatus } from './6.3-crl-validation.ts'
import { keyHashOf, type OcspResponse } from './rfc6960-ocsp.ts'

const OCSP_SIGNING = '2b06010505070309'
/** A response may be dated this far ahead of our clock. */
const SKEW_MS = 60_000
/** How long a response counts that does not say when the next one comes. */
const UNDATED_MS = 24 * 60 * 60 * 1000

/** One response for one certificate whose path is proven. */
export interface OcspQuestion {
  readonly response: OcspResponse
  readonly certId: string
  /** The certificate above, proven. */
  readonly issuer: X509Certificate
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly checks: SignatureChecks
}

/** What the response says of the certificate, if it is one that counts. */
export async function statusByOcsp(question: OcspQuestion): Promise<RevocationStatus> {
  const { response, certId, at } = question
  const unknown = (why: string): RevocationStatus => ({ status: 'unknown', why })
  const statement = response.statements.find((one) => one.certId === certId)
  if (statement === undefined) return unknown('ocsp-other-certificate')
  const { thisUpdate, nextUpdate = thisUpdate + UNDATED_MS } = statement
  if (thisUpdate > at + SKEW_MS) return unknown('ocsp-not-yet-valid')
  if (nextUpdate < at) return unknown('ocsp-stale')
  if (!(await isByResponder(question))) return unknown('ocsp-signature-invalid')
  const { status } = statement
  return status === 'unknown' ? unknown('ocsp-unknown') : { status }
}

/** The issuer itself, or one it has delegated this to with a certificate that it issued directly. */
async function isByResponder(question: OcspQuestion): Promise<boolean> {
  const { response, issuer, checks } = question
  if (await isNamed(issuer, response)) return (await checks.check(response, issuer)) === 'good'
  for (const delegate of response.certificates) {
    if (!(await isNamed(delegate, response)) || !mayAnswer(delegate, question)) continue
    const isDelegated = (await checks.check(delegate, issuer)) === 'good'
    if (isDelegated && (await checks.check(response, delegate)) === 'good') return true
  }
  return false
}

/** Only with `ocsp-nocheck`: to ask whether the delegate is revoked would need another responder. */
function mayAnswer(delegate: X509Certificate, { issuer, at }: OcspQuestion): boolean {
  const { extendedKeyUsages, keyUsage, ocspNoCheck, unknownCritical } = delegate.extensions
  return (
    delegate.issuer.key === issuer.subject.key &&
    extendedKeyUsages?.includes(OCSP_SIGNING) === true &&
    ocspNoCheck === true &&
    unknownCritical.length === 0 &&
    (keyUsage === undefined || (keyUsage & (1 << keyUsages.digitalSignature)) !== 0) &&
    validityFailure(delegate, at, 0) === undefined
  )
}

async function isNamed(
  certificate: X509Certificate,
  { responder }: OcspResponse,
): Promise<boolean> {
  return 'name' in responder
    ? responder.name === certificate.subject.key
    : responder.keyHash === (await keyHashOf(certificate))
}
