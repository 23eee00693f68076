/** The PKCS#11 mechanism of each JWS algorithm. */
import { Buffer } from 'node:buffer'
import process from 'node:process'

import type { DigestName } from '../signers/algorithms.ts'
import type { SigningAlgorithm } from '../signers/signer.ts'

interface Mechanism {
  readonly mechanism: number
  readonly parameter?: Buffer
  /** The token has no mechanism that hashes: it is passed the digest. */
  readonly digest?: DigestName
}

/** `CKM_ECDSA`, which every token has; many lack those that hash. */
const ECDSA = 0x1041

/** The bytes of a `CK_ULONG`; only Windows has short ones. */
const ULONG_BYTES = process.platform === 'win32' ? 4 : 8

/** `CK_RSA_PKCS_PSS_PARAMS`: hash, mask generation over the same hash, salt as long as the hash. */
function pss(hashAlg: number, mgf: number, saltLen: number): Buffer {
  const parameters = Buffer.alloc(3 * ULONG_BYTES)
  const fields = [hashAlg, mgf, saltLen]
  fields.forEach((value, index) => parameters.writeUInt32LE(value, index * ULONG_BYTES))
  return parameters
}

/** The mechanism of each algorithm. */
export const mechanisms: Readonly<Record<SigningAlgorithm, Mechanism>> = {
  RS256: { mechanism: 0x40 },
  RS384: { mechanism: 0x41 },
  RS512: { mechanism: 0x42 },
  PS256: { mechanism: 0x43, parameter: pss(0x250, 2, 32) },
  PS384: { mechanism: 0x44, parameter: pss(0x260, 3, 48) },
  PS512: { mechanism: 0x45, parameter: pss(0x270, 4, 64) },
  ES256: { mechanism: ECDSA, digest: 'SHA-256' },
  ES384: { mechanism: ECDSA, digest: 'SHA-384' },
  ES512: { mechanism: ECDSA, digest: 'SHA-512' },
  EdDSA: { mechanism: 0x1057 },
}
