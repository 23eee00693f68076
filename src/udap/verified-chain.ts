/** A verified chain, for programs and for people. */
import { toBase64url } from '../signers/base64.ts'
import { thumbprintOf } from '../signers/thumbprint.ts'
import type { CertificateFacts, VerifiedChain } from '../udap-facts.ts'
import type { X509Certificate } from './x509/4.1-certificate.ts'
import { textOfName } from './x509/7.1-names.ts'
import type { TrustFailure } from './x509/failure.ts'
import type { ValidPath } from './x509/rfc4158-path-building.ts'

/** Makes chains for callers; the facts of a certificate are computed once. */
export class ChainFacts {
  readonly #facts = new WeakMap<X509Certificate, Promise<CertificateFacts>>()

  async of(
    community: string,
    { anchor, certificates }: ValidPath,
    warnings: readonly TrustFailure[],
  ): Promise<VerifiedChain> {
    const all = await Promise.all([anchor, ...certificates].map((one) => this.#factsOf(one)))
    const [top, end] = [all[0], all.at(-1)]
    // A path has an anchor and a leaf at least.
    if (top === undefined || end === undefined) throw new TypeError('an empty path')
    const intermediates = all.slice(1, -1)
    const expiresAt = Math.min(...all.map(({ notAfter }) => notAfter))
    const words = [
      `anchor ${top.subject}`,
      ...intermediates.map(({ subject }) => `intermediate ${subject}`),
      `leaf ${end.subject} until ${new Date(expiresAt).toISOString().slice(0, 10)}`,
    ]
    const explanation = words.join(', ')
    return { community, anchor: top, intermediates, leaf: end, expiresAt, warnings, explanation }
  }

  #factsOf(certificate: X509Certificate): Promise<CertificateFacts> {
    const facts = this.#facts.get(certificate) ?? factsOf(certificate)
    this.#facts.set(certificate, facts)
    return facts
  }
}

async function factsOf(certificate: X509Certificate): Promise<CertificateFacts> {
  const { der, subject, extensions, notBefore, notAfter } = certificate
  const thumbprint = toBase64url(await thumbprintOf(der))
  const uris = (extensions.alternativeNames ?? []).flatMap((name) =>
    name.form === 'uri' ? [name.value] : [],
  )
  return { subject: textOfName(subject), uris, notBefore, notAfter, thumbprint }
}
