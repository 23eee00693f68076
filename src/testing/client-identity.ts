import type { Signer, SigningAlgorithm } from '../signers/signer.ts'
import type { CryptoKeyLike } from '../types.ts'
import { base64, createIdentity, pem } from './certificate-factory.ts'

/** Name that the sandbox's own client is registered under: the FQDN of its certificate. */
export const sandboxClientId = 'fhir.example-hospital.org'

const AUTHORITY = 'Carequality sandbox CA'
const RSA = 'RSASSA-PKCS1-v1_5'
const hashes: Partial<Record<SigningAlgorithm, string>> = { RS256: 'SHA-256', RS384: 'SHA-384' }

/** The identity of the sandbox's own client, ready to sign and as files. */
export interface ClientIdentity {
  readonly signer: Signer
  readonly pem: { readonly key: string; readonly certificates: string }
}

/** Makes a fresh key and its certificate under a fresh certificate authority. */
export async function createClientIdentity(now: number): Promise<ClientIdentity> {
  const authority = await createIdentity(AUTHORITY, now)
  const own = await createIdentity(sandboxClientId, now, {
    commonName: AUTHORITY,
    identity: authority,
  })
  const key = new Uint8Array(await crypto.subtle.exportKey('pkcs8', own.privateKey))
  // A WebCrypto key is bound to one hash. To import one takes longer than to sign with it.
  const bound = new Map<string, Promise<CryptoKeyLike>>()
  const boundTo = (hash: string): Promise<CryptoKeyLike> => {
    const known = bound.get(hash)
    if (known !== undefined) return known
    const imported = crypto.subtle.importKey('pkcs8', key, { name: RSA, hash }, false, ['sign'])
    bound.set(hash, imported)
    return imported
  }
  const chain = [own.certificate, authority.certificate]
  return {
    signer: {
      algorithms: ['RS256', 'RS384'],
      certificates: chain.map(base64),
      async sign(data, { alg, signal }) {
        signal.throwIfAborted()
        const hash = hashes[alg]
        if (hash === undefined) throw new TypeError(`the sandbox key cannot sign with ${alg}`)
        return new Uint8Array(await crypto.subtle.sign(RSA, await boundTo(hash), data))
      },
    },
    pem: {
      key: pem('PRIVATE KEY', key),
      certificates: chain.map((certificate) => pem('CERTIFICATE', certificate)).join(''),
    },
  }
}
