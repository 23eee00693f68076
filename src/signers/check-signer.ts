import { isRecord, requireObject, requireText, requireTexts } from '../lib/arguments.ts'
import { isSigningAlgorithm, signingAlgorithms } from './algorithms.ts'
import type { Signer, SigningAlgorithm } from './signer.ts'

/** Throws a TypeError that names the option unless `value` has the shape of a {@link Signer}. */
export function checkSigner(
  value: unknown,
  option: string,
): asserts value is Signer<SigningAlgorithm> {
  if (!isRecord(value)) throw new TypeError(`"${option}" must be a signer`)
  const { algorithms } = value
  if (
    !Array.isArray(algorithms) ||
    algorithms.length === 0 ||
    !algorithms.every(isSigningAlgorithm)
  ) {
    const names = signingAlgorithms.join(', ')
    throw new TypeError(`"${option}.algorithms" must hold one or more of ${names}`)
  }
  if (typeof value.sign !== 'function') {
    throw new TypeError(`"${option}.sign" must be a function`)
  }
  requireTexts(value.certificates, `${option}.certificates`)
  if (value.kid !== undefined) requireText(value.kid, `${option}.kid`)
  if (value.publicJwk !== undefined) requireObject(value.publicJwk, `${option}.publicJwk`)
  const chain: readonly unknown[] = Array.isArray(value.certificates) ? value.certificates : []
  if (chain.length === 0 && value.publicJwk === undefined) {
    throw new TypeError(`"${option}" needs "certificates" or "publicJwk"`)
  }
}
