/** A signer over an HSM that makes one signature at a time. */
import { createPrivateKey, sign as nodeSign } from 'node:crypto'
import type { Signer } from 'carequality-fhir'

/** What the gateway needs of an HSM; the private key stays behind it. */
export interface Hsm {
  sign(mechanism: 'SHA256_RSA_PKCS' | 'SHA384_RSA_PKCS', data: Uint8Array): Promise<Uint8Array>
}

/** `certificates`: PEM, leaf first. */
export function hsmSigner(hsm: Hsm, certificates: readonly string[]): Signer {
  let last: Promise<unknown> = Promise.resolve()
  return {
    algorithms: ['RS384', 'RS256'],
    certificates,
    sign: (data, { alg, signal }) => {
      const mechanism = alg === 'RS384' ? 'SHA384_RSA_PKCS' : 'SHA256_RSA_PKCS'
      const signature = last.then(() => {
        signal.throwIfAborted() // the caller left while others were signing
        return hsm.sign(mechanism, data)
      })
      last = signature.catch(() => undefined)
      return signature
    },
  }
}

/** Stands for the HSM on a developer's machine. */
export function softHsm(keyPem: string): Hsm {
  const key = createPrivateKey(keyPem)
  return {
    sign: async (mechanism, data) =>
      nodeSign(mechanism === 'SHA384_RSA_PKCS' ? 'sha384' : 'sha256', data, key),
  }
}
