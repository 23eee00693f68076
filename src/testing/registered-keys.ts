import type { JWK } from 'jose'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { exportJWK } from 'jose/key/export'
import { importX509 } from 'jose/key/import'
import type { PublicJwk, Signer } from '../signers/signer.ts'

/** A public key under which an authorization server knows a client. */
export interface RegisteredKey {
  readonly jwk: JWK
  /** RFC 7638, SHA-256. */
  readonly thumbprint: string
  readonly kid?: string | undefined
}

/** The key of a signer: its public JWK, else that of its certificate's leaf. */
export async function registeredKey(signer: Signer, option: string): Promise<RegisteredKey> {
  const [leaf] = signer.certificates ?? []
  if (signer.publicJwk === undefined && leaf === undefined) {
    throw new TypeError(`"${option}" must have a "publicJwk" or "certificates"`)
  }
  try {
    const jwk =
      signer.publicJwk === undefined
        ? await certificateKey(leaf ?? '', signer.algorithms[0] ?? 'RS256')
        : publicMembers(signer.publicJwk)
    return { jwk, thumbprint: await keyId(jwk), kid: signer.kid }
  } catch (cause) {
    throw new TypeError(`"${option}" has no readable public key`, { cause })
  }
}

/** The public key of a certificate: base64 DER or a PEM block. */
export async function certificateKey(certificate: string, alg: string): Promise<JWK> {
  const pem = certificate.includes('-----BEGIN')
    ? certificate
    : `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----`
  return exportJWK(await importX509(pem, alg, { extractable: true }))
}

/** Names a key by its RFC 7638 thumbprint. */
export function keyId(jwk: JWK): Promise<string> {
  return calculateJwkThumbprint(jwk)
}

function publicMembers({ kty, n, e, crv, x, y }: PublicJwk): JWK {
  return kty === 'RSA'
    ? { kty, n: String(n), e: String(e) }
    : { kty, crv: String(crv), x: String(x), y: String(y) }
}
