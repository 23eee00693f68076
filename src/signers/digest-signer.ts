/** Signers for key services that sign a digest, not the data. */
import { requireFunction, requireList, requireOneOf } from '../lib/arguments.ts'
import { reasonOf } from '../lib/abort.ts'
import { ownOptions } from '../lib/own.ts'
import type { Bytes } from '../types.ts'
import { algorithmFacts, type DigestName } from './algorithms.ts'
import { toX5c, type CertificateInput } from './certificate.ts'
import { readChain } from './chain.ts'
import { rawSignature } from './jws-signature.ts'
import { readPublicKey, type PublicKeyInput } from './public-key-input.ts'
import { checkSigner } from './check-signer.ts'
import { SignerFacts } from './signer-facts.ts'
import type { Signer, SigningAlgorithm } from './signer.ts'

/** How to sign with a key that a service or a device holds. */
export interface DigestSignerOptions {
  /** The key's algorithms, preferred first; not `EdDSA`, which signs data and not digests. */
  algorithms: readonly SigningAlgorithm[]
  /**
   * Signs the digest. `hash` is the digest's own algorithm; stop when `signal` aborts. What it
   * throws is never repeated.
   */
  signDigest: (
    digest: Bytes,
    context: { alg: SigningAlgorithm; hash: DigestName; signal: AbortSignal },
  ) => Promise<Uint8Array>
  /**
   * The form of ECDSA signatures: `der`, or `raw` (both numbers side by side). Default:
   * distinguished by length, which misjudges one DER signature in some millions. Does not matter
   * for RSA.
   */
  format?: 'der' | 'raw' | undefined
  /** PEM text, DER, base64 of DER, or an array of those; leaf first. */
  certificates?: CertificateInput | undefined
  /** Needed where there is no certificate: JWK, or SubjectPublicKeyInfo as PEM or DER. */
  publicKey?: PublicKeyInput | undefined
  /** JWS `kid` header, where the authorization server knows the key by name. */
  kid?: string | undefined
}

/**
 * A signer for a key service that signs digests: cloud KMS, Vault, or a device of your own. The
 * library makes the digest, turns DER into what a JWS holds, and verifies every signature with the
 * public key before it is sent.
 *
 * @example
 * ```ts
 * const signer = await digestSigner({
 *   algorithms: ['ES384'],
 *   format: 'der',
 *   certificates: chainPem,
 *   signDigest: (digest) => keyService.sign(digest),
 * })
 * ```
 *
 * @throws TypeError for a wrong option; `ERR_CQ_KEY_CERTIFICATE_MISMATCH` where `publicKey` is not
 *   the leaf certificate's.
 * @see [RFC 7518, section 3](https://www.rfc-editor.org/rfc/rfc7518#section-3)
 */
export async function digestSigner(given: DigestSignerOptions): Promise<Signer<SigningAlgorithm>> {
  const options = ownOptions(given)
  const { algorithms, signDigest, certificates, publicKey, kid } = options
  const format = requireOneOf(options.format, ['der', 'raw'], 'format')
  requireList(algorithms, 'algorithms')
  requireFunction(signDigest, 'signDigest', 'needed')
  const signer: Signer<SigningAlgorithm> = {
    algorithms: Object.freeze([...algorithms]),
    kid,
    certificates:
      certificates === undefined ? undefined : Object.freeze(toX5c(readChain(certificates))),
    publicJwk: publicKey === undefined ? undefined : await readPublicKey(publicKey),
    async sign(data, { alg, signal }) {
      if (signal.aborted) throw reasonOf(signal)
      const {
        half,
        parameters: { hash = noDigest() },
      } = algorithmFacts[alg]
      const digest = new Uint8Array(await crypto.subtle.digest(hash, data))
      const signature = await signDigest(digest, { alg, hash, signal })
      if (half === undefined || format === undefined) return signature
      const raw = format === 'raw' ? signature : rawSignature(signature, half)
      if (raw === undefined) throw new TypeError('the signature is not DER')
      return raw
    },
  }
  checkSigner(signer, 'options')
  if (signer.algorithms.includes('EdDSA')) noDigest()
  await new SignerFacts(signer).publicJwk() // a key that is not the certificate's fails here
  return Object.freeze(signer)
}

function noDigest(): never {
  throw new TypeError('"algorithms" must not hold EdDSA, which signs data and not digests')
}
