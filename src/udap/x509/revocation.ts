/** Revocation of every certificate of a proven path, from the anchor downwards. */
import { isFailure, failure, type TrustFailure } from './failure.ts'
import { sameKey, type X509Certificate } from './4.1-certificate.ts'
import type { Crl } from './5-crl.ts'
import { statusByCrls, type RevocationStatus } from './6.3-crl-validation.ts'
import { findPath, type PathSearch, type ValidPath } from './rfc4158-path-building.ts'
import { certIdOf, type OcspResponse } from './rfc6960-ocsp.ts'
import { statusByOcsp } from './rfc6960-ocsp-validation.ts'

/** Where lists and responses come from. Asked about a certificate only when its issuer is proven. */
export interface RevocationSources {
  readonly crls?: ((certificate: X509Certificate) => Promise<readonly Crl[]>) | undefined
  readonly ocsp?:
    ((certificate: X509Certificate, certId: string) => Promise<readonly OcspResponse[]>) | undefined
}

/** How the certificates of a path are asked about. */
export interface RevocationCheck {
  readonly sources: RevocationSources
  /** What happens to a certificate about which nothing is known. */
  readonly onUnknown: 'refuse' | 'warn'
  /** Collects what was let pass. */
  readonly warnings: TrustFailure[]
  /** How paths of those who sign lists with a key of their own are found. */
  readonly search: PathSearch
}

/** The certificate of a list's signer is asked about, too, and that of its list's signer. */
const MAX_DEPTH = 3

/** Why a path is refused: the first certificate that is revoked, or of which nothing is known. */
export async function revocationFailure(
  { anchor, certificates }: ValidPath,
  check: RevocationCheck,
  pending: readonly X509Certificate[] = [],
): Promise<TrustFailure | undefined> {
  for (const [index, certificate] of certificates.entries()) {
    const issuer = certificates[index - 1] ?? anchor
    const position = certificates.length - 1 - index
    const found = await statusOf(certificate, { issuer, anchor, check, pending })
    if (found.status === 'good') continue
    if (found.status === 'revoked') {
      return failure('revocation', 'certificate-revoked', 'it is revoked by its issuer', position)
    }
    const text = `whether it is revoked is unknown (${found.why})`
    const unknown = failure('revocation', found.why, text, position)
    if (check.onUnknown === 'refuse') return unknown
    check.warnings.push(unknown)
  }
  return undefined
}

interface Question {
  readonly issuer: X509Certificate
  readonly anchor: X509Certificate
  readonly check: RevocationCheck
  /** Certificates whose status is being found, so that none is asked about for its own sake. */
  readonly pending: readonly X509Certificate[]
}

async function statusOf(
  certificate: X509Certificate,
  question: Question,
): Promise<RevocationStatus> {
  const { sources } = question.check
  const unknown: string[] = []
  for (const ask of [sources.crls && byCrls, sources.ocsp && byOcsp]) {
    if (ask === undefined) continue
    const found = await ask(certificate, question)
    if (found.status !== 'unknown') return found
    unknown.push(found.why)
  }
  // What was found and not usable says more than that nothing was found.
  const why = unknown.find((one) => !one.startsWith('no-')) ?? unknown[0] ?? 'not-checked'
  return { status: 'unknown', why }
}

async function byCrls(certificate: X509Certificate, question: Question): Promise<RevocationStatus> {
  const { issuer, check } = question
  const { at, checks } = check.search
  const crls = (await check.sources.crls?.(certificate)) ?? []
  const otherSigners = (crl: Crl): Promise<readonly X509Certificate[]> =>
    signersOf(crl, certificate, question)
  return statusByCrls({ certificate, issuer, crls, at, checks, otherSigners })
}

async function byOcsp(certificate: X509Certificate, question: Question): Promise<RevocationStatus> {
  const { issuer, check } = question
  const { at, checks } = check.search
  const certId = await certIdOf(certificate, issuer)
  let why = 'no-ocsp-response'
  for (const response of (await check.sources.ocsp?.(certificate, certId)) ?? []) {
    const found = await statusByOcsp({ response, certId, issuer, at, checks })
    if (found.status !== 'unknown') return found
    why = found.why
  }
  return { status: 'unknown', why }
}

/** Certificates of the list's issuer under the same anchor that are neither revoked nor in doubt (section 6.3.3 (f)). */
async function signersOf(
  crl: Crl,
  certificate: X509Certificate,
  { anchor, issuer, check, pending }: Question,
): Promise<readonly X509Certificate[]> {
  const asked = [...pending, certificate]
  if (asked.length > MAX_DEPTH) return []
  const signers: X509Certificate[] = []
  for (const candidate of check.search.pool) {
    if (candidate.subject.key !== crl.issuer.key || sameKey(candidate, issuer)) continue
    if (asked.includes(candidate)) continue
    const found = await findPath(candidate, {
      ...check.search,
      anchors: [anchor],
      role: 'crl-signer',
      accepts: (path) => revocationFailure(path, { ...check, onUnknown: 'refuse' }, asked),
    })
    if (!isFailure(found)) signers.push(candidate)
  }
  return signers
}
