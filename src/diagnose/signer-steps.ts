/** The steps about the key that sign with it, and about the keys that are published. */
import { isCarequalityError } from '../errors.ts'
import { jsonOf } from '../http/body/text.ts'
import type { HttpClient } from '../http/client.ts'
import { untilAborted } from '../lib/abort.ts'
import { isRecord } from '../lib/arguments.ts'
import { canonicalJwk, sameKey, bareJwk } from '../signers/jwk.ts'
import { jwsSignature } from '../signers/jws-signature.ts'
import { SignerFacts } from '../signers/signer-facts.ts'
import type { Signer, SigningAlgorithm } from '../signers/signer.ts'
import type { CallOptions } from '../types.ts'
import { serverFault } from './classify.ts'
import { failed, passed, type Outcome } from './diagnosis.ts'
import type { Observer } from './observer.ts'

/** One signature over random bytes, verified with the public key. */
export async function signatureStep(
  signer: Signer<SigningAlgorithm>,
  http: HttpClient,
  options: CallOptions,
): Promise<Outcome<SignerFacts>> {
  const facts = new SignerFacts(signer)
  const [alg = 'RS256'] = signer.algorithms
  const data = crypto.getRandomValues(new Uint8Array(32))
  let given: unknown
  try {
    given = await http.call('diagnose.sign', options, ({ deadline: { signal, aborter } }) =>
      untilAborted(signer.sign(new Uint8Array(data), { alg, signal }), aborter),
    )
  } catch (error) {
    options.signal?.throwIfAborted()
    // What a signer throws may contain a PIN.
    return failed('signer-failed', isCarequalityError(error) ? error.code : 'the signer threw')
  }
  const raw = jwsSignature(alg, given)
  if (raw === undefined) return failed('signature-wrong', `it is not a ${alg} signature`)
  if (!(await facts.verifies(alg, data, raw))) return failed('signature-wrong', `algorithm ${alg}`)
  const isDer = alg.startsWith('ES') && given instanceof Uint8Array && given.length !== raw.length
  const note = isDer
    ? ['the signer gives ECDSA signatures in DER, as HSMs do; they are converted to r and s']
    : []
  return passed(facts, `${alg} verifies, key ${await facts.thumbprint()}`, ...note)
}

/** Whether the JWK set that servers fetch contains the key under its `kid`. */
export async function jwksStep(
  url: string,
  facts: SignerFacts,
  { http, observer, options }: { http: HttpClient; observer: Observer; options: CallOptions },
): Promise<Outcome<true>> {
  const kid = facts.signer.kid ?? (await facts.thumbprint())
  let body: unknown
  try {
    body = await http.call('diagnose.jwks', options, async (call) => {
      const answer = await http.exchange(
        {
          ...{ url, base: url, pathTemplate: 'JWK set', accept: 'application/json' },
          ...{ kind: 'metadata', retry: 'safe', attemptTimeoutMs: 10_000 },
        },
        call,
      )
      return answer.status === 200 ? jsonOf(answer, 'plain') : undefined
    })
  } catch (error) {
    options.signal?.throwIfAborted()
    return serverFault(observer.lastOf(url), error) ?? failed('jwks-not-readable')
  }
  const keys: readonly unknown[] = isRecord(body) && Array.isArray(body.keys) ? body.keys : []
  if (keys.length === 0) {
    const status = observer.lastOf(url)?.status
    return failed('jwks-not-readable', `status ${status ?? 0}, no "keys"`)
  }
  const published = keys.filter(isRecord).filter((key) => key.kid === kid)
  const [found] = published
  if (found === undefined) return failed('jwks-lacks-key', `kid ${kid}`, `${keys.length} keys`)
  const theirs = await canonicalJwk(found)
  const ours = bareJwk(await facts.publicJwk())
  return theirs !== undefined && ours !== undefined && sameKey(theirs, ours)
    ? passed(true, `kid ${kid} is published`)
    : failed('jwks-other-key', `kid ${kid}`)
}
