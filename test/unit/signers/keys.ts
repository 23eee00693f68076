/** Keys for the tests of this folder, made anew in each file. */
import {
  constants,
  generateKeyPairSync,
  verify,
  type KeyObject,
  type KeyPairKeyObjectResult,
} from 'node:crypto'

import type { SigningAlgorithm } from '../../../src/signers/signer.ts'

export const rsa = (modulusLength = 2048): KeyPairKeyObjectResult =>
  generateKeyPairSync('rsa', { modulusLength })
export const ec = (namedCurve: string): KeyPairKeyObjectResult =>
  generateKeyPairSync('ec', { namedCurve })
export const ed25519 = (): KeyPairKeyObjectResult => generateKeyPairSync('ed25519')

export function pemOf(key: KeyObject, type: 'pkcs8' | 'pkcs1' | 'sec1' = 'pkcs8'): string {
  return key.export({ type, format: 'pem' }).toString()
}

/** Verified by OpenSSL, not by the code under test. */
export function opensslVerifies(
  key: KeyObject,
  alg: SigningAlgorithm,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (alg === 'EdDSA') return verify(null, data, key, signature)
  const padding = alg.startsWith('PS')
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(alg.slice(2)) / 8 }
    : {}
  const how = { key, dsaEncoding: 'ieee-p1363', ...padding } as const
  return verify(`sha${alg.slice(2)}`, data, how, signature)
}

export const idle = (): AbortSignal => new AbortController().signal

export const data: ReturnType<InstanceType<typeof TextEncoder>['encode']> =
  new TextEncoder().encode('header.payload')

/** What a promise rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const outcome: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(outcome instanceof Error)) throw new Error('no error came')
  return outcome
}
