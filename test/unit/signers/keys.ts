/** Keys for the tests of this folder, made anew in each file. */
import {
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
  return verify(`sha${alg.slice(2)}`, data, { key, dsaEncoding: 'ieee-p1363' }, signature)
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
