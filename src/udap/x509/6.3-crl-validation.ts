/** Revocation by CRLs ([RFC 5280, section 6.3.3](https://www.rfc-editor.org/rfc/rfc5280#section-6.3.3)). */
import type { X509Certificate } from './4.1-certificate.ts'
import { keyUsages } from './4.2-extensions.ts'
import { findEntry, type Crl } from './5-crl.ts'
import { ALL_REASONS, pointsOf, reasonsCovered, sameScope } from './5.2.5-crl-scope.ts'
import type { SignatureChecks } from './4.1.1.3-signature.ts'
import { bytesOfHex } from './der-values.ts'

/** What is known about one certificate; `unknown` with the reason why. */
export type RevocationStatus =
  | { readonly status: 'good' }
  | { readonly status: 'revoked' }
  | { readonly status: 'unknown'; readonly why: string }

/** One certificate whose path is proven, and the lists that may speak about it. */
export interface CrlQuestion {
  readonly certificate: X509Certificate
  /** The certificate above it, proven. */
  readonly issuer: X509Certificate
  readonly crls: readonly Crl[]
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly checks: SignatureChecks
  /** Other proven certificates of the issuer's name, for those who sign lists with a key of their own. */
  readonly otherSigners: (crl: Crl) => Promise<readonly X509Certificate[]>
}

/** A list may be dated this far ahead of our clock. */
const SKEW_MS = 60_000

/** Whether the lists revoke a certificate; unknown unless together they speak for every reason. */
export async function statusByCrls(question: CrlQuestion): Promise<RevocationStatus> {
  const { certificate, crls } = question
  const serial = bytesOfHex(certificate.serial)
  let covered = 0
  let why = 'no-crl'
  for (const point of pointsOf(certificate)) {
    for (const crl of crls) {
      if (crl.issuer.key !== certificate.issuer.key || crl.deltaBase !== undefined) continue
      const reasons = reasonsCovered(certificate, point, crl.scope)
      if ((reasons & ~covered) === 0) continue
      const unusable = await whyUnusable(crl, question)
      if (unusable !== undefined) {
        why = unusable
        continue
      }
      const delta = await deltaOf(crl, question)
      const entry = (delta && findEntry(delta, serial)) ?? findEntry(crl, serial)
      if (entry === 'revoked') return { status: 'revoked' }
      covered |= reasons
    }
  }
  return covered === ALL_REASONS ? { status: 'good' } : { status: 'unknown', why }
}

/** Time and signature. */
async function whyUnusable(crl: Crl, question: CrlQuestion): Promise<string | undefined> {
  const { at, issuer, checks } = question
  if (crl.thisUpdate > at + SKEW_MS) return 'crl-not-yet-valid'
  if (crl.nextUpdate < at) return 'crl-stale'
  if (mayIssueLists(issuer) && (await checks.check(crl, issuer)) === 'good') return undefined
  for (const signer of await question.otherSigners(crl)) {
    if (mayIssueLists(signer) && (await checks.check(crl, signer)) === 'good') return undefined
  }
  return 'crl-signature-invalid'
}

/** The newest usable delta that goes with a complete list (section 5.2.4). */
async function deltaOf(complete: Crl, question: CrlQuestion): Promise<Crl | undefined> {
  let newest: Crl | undefined
  for (const crl of question.crls) {
    const { deltaBase } = crl
    const fits =
      deltaBase !== undefined &&
      deltaBase <= complete.number &&
      crl.number >= complete.number &&
      crl.issuer.key === complete.issuer.key &&
      crl.keyId === complete.keyId &&
      sameScope(crl, complete)
    if (!fits || (newest !== undefined && newest.number >= crl.number)) continue
    if ((await whyUnusable(crl, question)) === undefined) newest = crl
  }
  return newest
}

/** Without the extension a key may be used for anything (section 4.2.1.3). */
export function mayIssueLists({ extensions: { keyUsage } }: X509Certificate): boolean {
  return keyUsage === undefined || (keyUsage & (1 << keyUsages.cRLSign)) !== 0
}
