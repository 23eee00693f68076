/**
 * The entry point `carequality-fhir/signers`: private keys that sign client assertions.
 *
 * @module carequality-fhir/signers
 */
import { isRecord } from '../lib/arguments.ts'
import { ownProperties, ownOptions } from '../lib/own.ts'
import type { CryptoKeyLike } from '../types.ts'
import { isSigningAlgorithm, signingAlgorithms } from './algorithms.ts'
import { keyFromCryptoKey, keyFromJwk, keyFromPkcs8 } from './local-keys.ts'
import { makeLocalSigner, type SignerExtras, type UncheckedExtras } from './local-signer.ts'
import { readPemKey } from './pem.ts'
import { checkSigner } from './check-signer.ts'
import { SignerFacts } from './signer-facts.ts'
import type { PublicJwk, Signer, SigningAlgorithm } from './signer.ts'

export type { CryptoKeyLike } from '../types.ts'
export type { DigestName } from './algorithms.ts'
export { digestSigner, type DigestSignerOptions } from './digest-signer.ts'
export type { PublicKeyInput } from './public-key-input.ts'
export type { SignerExtras } from './local-signer.ts'
export type {
  CommonAlgorithm,
  PublicJwk,
  Signer,
  SignerSource,
  SigningAlgorithm,
} from './signer.ts'
export type { CertificateInput } from './certificate.ts'
export { describeCertificates, type CertificateDescription } from './chain.ts'
export type { AlternativeNames } from './names.ts'

/**
 * A signer from PEM text: PKCS#8, PKCS#1 or SEC1, with anything around the key. Certificates in the
 * same text are used where `certificates` is not given.
 *
 * @example
 *   const signer = await pemSigner({ key: keyPem, certificates: chainPem })
 *
 * @throws TypeError for a key that is encrypted, unreadable, an RSA key under 2048 bits, or on
 *   another curve than P-256, P-384, P-521 and Ed25519; `ERR_CQ_KEY_CERTIFICATE_MISMATCH` where key and leaf
 *   certificate do not belong together.
 */
export async function pemSigner(
  given: SignerExtras & { key: string },
): Promise<Signer<SigningAlgorithm>> {
  const options = ownOptions(given)
  const { certificates, ...pem } = readPemKey(options.key)
  const bundled = certificates.length > 0 ? certificates : undefined
  return makeLocalSigner(await keyFromPkcs8(pem), {
    kid: options.kid,
    algorithms: options.algorithms,
    certificates: options.certificates ?? bundled,
  })
}

/**
 * A signer from a private JWK. Its `kid`, `alg` and `x5c` members are used where the options give
 * none.
 *
 * @example
 *   const signer = await jwkSigner({ key: JSON.parse(text) })
 *
 * @throws TypeError and `ERR_CQ_KEY_CERTIFICATE_MISMATCH` as {@link pemSigner}.
 */
export async function jwkSigner(
  given: SignerExtras & { key: object },
): Promise<Signer<SigningAlgorithm>> {
  const options = ownOptions(given)
  const key = await keyFromJwk(options.key)
  return makeLocalSigner(key, extrasOf(options))
}

/**
 * A signer from a `CryptoKey`; its hash or curve says what it signs with. A key that cannot be
 * exported needs `certificates` or `publicKey` beside it.
 *
 * @example
 *   const pair = await crypto.subtle.generateKey(
 *     { name: 'ECDSA', namedCurve: 'P-384' },
 *     false,
 *     ['sign', 'verify'],
 *   )
 *   const signer = await cryptoKeySigner({ key: pair.privateKey, publicKey: pair.publicKey })
 *
 * @throws TypeError and `ERR_CQ_KEY_CERTIFICATE_MISMATCH` as {@link pemSigner}.
 */
export async function cryptoKeySigner(
  given: SignerExtras & { key: CryptoKeyLike; publicKey?: CryptoKeyLike | undefined },
): Promise<Signer<SigningAlgorithm>> {
  const options = ownOptions(given)
  return makeLocalSigner(await keyFromCryptoKey(options.key, options.publicKey), options)
}

/**
 * The public keys of signers as a JWK set, to publish where authorization servers look for them.
 * Never holds a private member. A key that is given twice is there once. Mode `udap` needs no JWK
 * set: servers read the key from the certificate that goes along with each assertion.
 *
 * @example
 *   response.end(JSON.stringify(await publicJwks(current, next)))
 *
 * @throws TypeError where a signer has neither `certificates` nor `publicJwk`, or where two keys
 *   have the same `kid`, since nobody could tell them apart.
 */
export async function publicJwks(...signers: readonly Signer[]): Promise<{ keys: PublicJwk[] }> {
  const found = await Promise.all(signers.map(publish))
  const byKid = new Map<string, (typeof found)[number]>()
  for (const entry of found) {
    const earlier = byKid.get(entry.kid)
    if (earlier !== undefined && earlier.thumbprint !== entry.thumbprint) {
      throw new TypeError('two signers with different keys have the same "kid"')
    }
    if (earlier === undefined) byKid.set(entry.kid, entry)
  }
  return { keys: [...byKid.values()].map(({ jwk }) => jwk) }
}

async function publish(
  signer: Signer,
): Promise<{ kid: string; thumbprint: string; jwk: PublicJwk }> {
  checkSigner(signer, 'signer')
  const facts = new SignerFacts(signer)
  const thumbprint = await facts.thumbprint()
  const kid = signer.kid ?? thumbprint
  const jwk = { ...(await facts.publicJwk()), kid, alg: signer.algorithms[0], use: 'sig' }
  return { kid, thumbprint, jwk }
}

function extrasOf(options: SignerExtras & { key: object }): UncheckedExtras {
  const jwk: unknown = options.key
  const { kid, alg, x5c }: UncheckedJwk = ownProperties(isRecord(jwk) ? jwk : {})
  if (alg !== undefined && options.algorithms === undefined && !isSigningAlgorithm(alg)) {
    throw new TypeError(`the "alg" of "key" must be one of ${signingAlgorithms.join(', ')}`)
  }
  return {
    kid: options.kid ?? kid,
    algorithms: options.algorithms ?? (alg === undefined ? undefined : [alg]),
    certificates: options.certificates ?? x5c,
  }
}

interface UncheckedJwk {
  readonly kid?: unknown
  readonly alg?: unknown
  readonly x5c?: unknown
}
