import { encode } from 'jose/base64url'
import { SignerError } from '../errors.ts'
import type { LazyAbortController } from '../lib/abort.ts'
import type { Deadline } from '../lib/deadline.ts'
import { LocalSigner } from '../signers/local-signer.ts'
import { jwsSignature } from '../signers/jws-signature.ts'
import type { SignerFacts } from '../signers/signer-facts.ts'
import type { Signer, SigningAlgorithm } from '../signers/signer.ts'
import type { Bytes } from '../types.ts'

const WHERE = { operation: 'assertion.sign' }

/** The signature part of a JWS: what a foreign signer gave is verified before it is used. */
export async function assertionSignature(
  facts: SignerFacts,
  alg: SigningAlgorithm,
  data: Bytes,
  deadline: Deadline,
): Promise<string> {
  const { signer } = facts
  const given: unknown = await deadline.race(signed(signer, alg, data, deadline.aborter))
  const value = jwsSignature(alg, given)
  if (value === undefined) {
    throw new SignerError(
      'ERR_CQ_SIGNER_FAILED',
      `the signer did not return a valid ${alg} signature`,
      WHERE,
    )
  }
  // Our own keys were proven when they were made.
  if (!LocalSigner.owns(signer) && !(await facts.verifies(alg, data, value))) {
    throw new SignerError(
      'ERR_CQ_INVALID_SIGNATURE',
      `the signer's ${alg} signature does not verify with its public key`,
      WHERE,
    )
  }
  return encode(value)
}

async function signed(
  signer: Signer<SigningAlgorithm>,
  alg: SigningAlgorithm,
  data: Bytes,
  aborter: LazyAbortController,
): Promise<Uint8Array> {
  try {
    // Ours keeps nothing and changes nothing: neither a copy nor the platform's signal is for its sake.
    if (LocalSigner.owns(signer)) return await signer.sign(data, { alg, signal: aborter })
    // A copy: a signer may wipe or change what it is given, and what is sent is what must verify.
    return await signer.sign(new Uint8Array(data), { alg, signal: aborter.signal })
  } catch (error) {
    throw signerFailure(error, 'the signer threw')
  }
}

/** Our own signers say what is wrong in words that may be shown; what others throw may hold a PIN. */
export function signerFailure(error: unknown, what: string): SignerError {
  return error instanceof SignerError ? error : new SignerError('ERR_CQ_SIGNER_FAILED', what, WHERE)
}
