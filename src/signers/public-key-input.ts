/** Public keys as key services provide them. */
import { isBytes } from '../lib/arguments.ts'
import { KEYS } from './algorithms.ts'
import { fromBase64 } from './base64.ts'
import { bareJwk, canonicalJwk, jwkFromSpki, type BareJwk } from './jwk.ts'
import { pemBlocks } from './pem-blocks.ts'
import type { PublicJwk } from './signer.ts'

/** A JWK, or a SubjectPublicKeyInfo as PEM text or DER ([RFC 5280, section 4.1](https://www.rfc-editor.org/rfc/rfc5280#section-4.1)). */
export type PublicKeyInput = PublicJwk | string | Uint8Array

/** The bare public key; throws a TypeError that names `publicKey` where there is none. */
export async function readPublicKey(value: unknown): Promise<BareJwk> {
  const spki = typeof value === 'string' ? spkiOf(value) : value
  const jwk = isBytes(spki)
    ? await jwkFromSpki(new Uint8Array(spki))
    : await canonicalJwk(bareJwk(spki))
  if (jwk === undefined) {
    throw new TypeError(`"publicKey" must be a JWK, or SubjectPublicKeyInfo as PEM or DER: ${KEYS}`)
  }
  return jwk
}

function spkiOf(text: string): Uint8Array | undefined {
  const blocks = pemBlocks(text, 'publicKey').filter(({ label }) => label === 'PUBLIC KEY')
  return blocks.length === 1 ? fromBase64(blocks[0]?.body ?? '') : undefined
}
