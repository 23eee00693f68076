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

/**
 * The signature part of a JWS. The signature of a signer that is not ours is verified before it is
 * used.
 */
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
  // Our own keys were verified when the signer was made.
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
    // Our own signers neither keep nor change what they are given, so they need no copy and no signal.
    if (LocalSigner.owns(signer)) return await signer.sign(data, { alg, signal: aborter })
    // A copy: a signer may wipe or change what it is given, and the signature must verify over what is sent.
    return await signer.sign(new Uint8Array(data), { alg, signal: aborter.signal })
  } catch (error) {
    throw signerFailure(error, 'the signer threw')
  }
}

/** Errors of our own signers contain nothing secret; errors of others may contain a PIN. */
export function signerFailure(error: unknown, what: string): SignerError {
  return error instanceof SignerError ? error : new SignerError('ERR_CQ_SIGNER_FAILED', what, WHERE)
}
