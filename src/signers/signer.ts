import type { Bytes } from '../types.ts'

/** Every server of the network knows at least one of these; a signer needs no other. */
export type CommonAlgorithm = 'RS256' | 'RS384' | 'ES256' | 'ES384'

/**
 * The JWS algorithms that client assertions are signed with ([RFC 7518, section 3.1](https://www.rfc-editor.org/rfc/rfc7518#section-3.1);
 * `EdDSA` is Ed25519, [RFC 8037](https://www.rfc-editor.org/rfc/rfc8037#section-3.1)). Those that are not
 * common are only used where the server lists them. `none` and HMAC do not exist here.
 */
export type SigningAlgorithm =
  CommonAlgorithm | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES512' | 'EdDSA'

/**
 * A public key as JWK ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)); never contains a
 * private member.
 */
export interface PublicJwk {
  readonly kty: string
  readonly [member: string]: unknown
}

/**
 * Holds a private key, or knows who does. Give your own object to sign with an HSM or a key
 * service; the library verifies each of its signatures with the public key before it sends them.
 *
 * `Alg`: what `sign` is prepared for, the common four unless you name others:
 * `Signer<SigningAlgorithm>`. `sign` is never called with one that is not in `algorithms`.
 */
export interface Signer<Alg extends SigningAlgorithm = CommonAlgorithm> {
  /** The key's algorithms, preferred first; the library picks one that the server lists. */
  readonly algorithms: readonly SigningAlgorithm[]
  /** JWS `kid` header, where the authorization server knows the key by name. */
  readonly kid?: string | undefined
  /** Leaf first: base64 DER, or PEM, where one text may hold the whole chain; becomes `x5c`. */
  readonly certificates?: readonly string[] | undefined
  /**
   * Needed without a certificate: to check signatures, to name the key in caches, for `publicJwks`.
   */
  readonly publicJwk?: PublicJwk | undefined
  /** The JWS signature value; DER-coded ECDSA is recognized and converted. */
  sign(data: Bytes, context: { alg: Alg; signal: AbortSignal }): Promise<Uint8Array>
}

/** A signer, or a function that is called for one once per assertion: key rotation. */
export type SignerSource =
  Signer<SigningAlgorithm> | (() => Signer<SigningAlgorithm> | Promise<Signer<SigningAlgorithm>>)
