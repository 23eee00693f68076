/** A signer over an HSM that makes one signature at a time; of PKCS#11 it is `pkcs11Signer` of carequality-fhir/node. */
import { createPrivateKey, sign } from 'node:crypto'
import type { Signer } from 'carequality-fhir'

/** The private key stays behind it. */
export type Hsm = (hash: 'sha256' | 'sha384', data: Uint8Array) => Promise<Uint8Array>

/** `certificates`: PEM, leaf first. */
export function hsmSigner(hsm: Hsm, certificates: readonly string[]): Signer {
  let last: Promise<unknown> = Promise.resolve()
  return {
    algorithms: ['RS384', 'RS256'],
    certificates,
    sign: (data, { alg, signal }) => {
      const signature = last.then(() => {
        signal.throwIfAborted() // the caller left while others were signing
        return hsm(alg === 'RS384' ? 'sha384' : 'sha256', data)
      })
      last = signature.catch(() => undefined)
      return signature
    },
  }
}

/** Stands for the HSM on a developer's machine. */
export function softHsm(keyPem: string): Hsm {
  const key = createPrivateKey(keyPem)
  return (hash, data) => Promise.resolve(sign(hash, data, key))
}
