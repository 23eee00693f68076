/** Bare public keys as JWK ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)). */
import { isRecord } from '../lib/arguments.ts'
import type { Bytes, CryptoKeyLike } from '../types.ts'
import { algorithmFacts, algorithmsOf, kindOfIdentifier, type KeyKind } from './algorithms.ts'
import { childrenOf, expectTag, readDer, tags } from './der.ts'
import type { SigningAlgorithm } from './signer.ts'

/** The public members of a key, and nothing else. */
export type BareJwk =
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }
  | {
      readonly kty: 'EC'
      readonly crv: 'P-256' | 'P-384' | 'P-521'
      readonly x: string
      readonly y: string
    }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }

/** Copies the public members; undefined where they do not make a key of a known kind. */
export function bareJwk(value: unknown): BareJwk | undefined {
  if (!isRecord(value)) return undefined
  const { kty, crv, n, e, x, y } = value
  if (kty === 'RSA' && typeof n === 'string' && typeof e === 'string') return { kty, n, e }
  if (kty === 'OKP' && crv === 'Ed25519' && typeof x === 'string') return { kty, crv, x }
  if (kty !== 'EC' || (crv !== 'P-256' && crv !== 'P-384' && crv !== 'P-521')) return undefined
  return typeof x === 'string' && typeof y === 'string' ? { kty, crv, x, y } : undefined
}

/** The kind of a public key. */
export function kindOfJwk(jwk: BareJwk): KeyKind {
  return jwk.kty === 'RSA' ? 'RSA' : jwk.crv
}

/** Parameters to import a key of a kind with, where the hash does not matter. */
export function importParameters(kind: KeyKind): ImportParameters {
  const [alg = 'RS256'] = algorithmsOf(kind)
  return algorithmFacts[alg].parameters
}

type ImportParameters = (typeof algorithmFacts)[SigningAlgorithm]['parameters']

/**
 * The same key as the platform writes it, so that equal keys have equal text; undefined where the
 * platform does not accept it, or for an RSA key under 2048 bits.
 */
export async function canonicalJwk(value: unknown): Promise<BareJwk | undefined> {
  const jwk = bareJwk(value)
  if (jwk === undefined) return undefined
  const parameters = importParameters(kindOfJwk(jwk))
  try {
    return await exported(await crypto.subtle.importKey('jwk', jwk, parameters, true, ['verify']))
  } catch {
    return undefined
  }
}

/** The key in a SubjectPublicKeyInfo; undefined as with {@link canonicalJwk}. */
export async function jwkFromSpki(spki: Bytes): Promise<BareJwk | undefined> {
  try {
    const [identifier] = childrenOf(readDer(spki))
    const kind = kindOfIdentifier(expectTag(identifier, tags.sequence).raw)
    if (kind === undefined) return undefined
    const parameters = importParameters(kind)
    return await exported(await crypto.subtle.importKey('spki', spki, parameters, true, ['verify']))
  } catch {
    return undefined
  }
}

/** Whether two bare keys are the same one. Both must be canonical. */
export function sameKey(one: BareJwk, other: BareJwk): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** Whether a key is an RSA key that is too short to be used. */
export function isTooShort(key: CryptoKeyLike): boolean {
  const { algorithm } = key
  return 'modulusLength' in algorithm && Number(algorithm.modulusLength) < 2048
}

async function exported(key: CryptoKeyLike): Promise<BareJwk | undefined> {
  if (isTooShort(key)) return undefined
  return bareJwk(await crypto.subtle.exportKey('jwk', key))
}
