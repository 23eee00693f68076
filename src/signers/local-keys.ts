/** Private keys of this process, imported so that they cannot be exported again. */
import { isRecord } from '../lib/arguments.ts'
import type { CryptoKeyLike } from '../types.ts'
import { algorithmFacts, algorithmsOf, KEYS, signingAlgorithms } from './algorithms.ts'
import {
  bareJwk,
  canonicalJwk,
  importParameters,
  isTooShort,
  kindOfJwk,
  type BareJwk,
} from './jwk.ts'
import type { Pkcs8Key } from './pem.ts'
import type { SigningAlgorithm } from './signer.ts'

/** A key for each of its algorithms, preferred first. */
export interface LocalKey {
  readonly keys: ReadonlyMap<SigningAlgorithm, CryptoKeyLike>
  /** Absent where it cannot be derived from the private key. */
  readonly publicJwk: BareJwk | undefined
}

/** Imports what was in a PEM block. */
export async function keyFromPkcs8({ kind, pkcs8 }: Pkcs8Key): Promise<LocalKey> {
  let jwk: object
  try {
    const parameters = importParameters(kind)
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, parameters, true, ['sign'])
    jwk = await crypto.subtle.exportKey('jwk', key)
  } catch {
    throw unusable()
  }
  return keyFromJwk(jwk)
}

/** Imports a private JWK; only its numbers matter. */
export async function keyFromJwk(value: unknown): Promise<LocalKey> {
  if (isRecord(value) && Array.isArray(value.keys) && value.kty === undefined) {
    throw new TypeError('"key" is a JWK set; give the one private key of its "keys"')
  }
  const publicPart = bareJwk(value)
  if (publicPart === undefined || !isRecord(value) || typeof value.d !== 'string') {
    throw new TypeError(`"key" must be a private JWK: ${KEYS}`)
  }
  const jwk = { ...publicPart, ...privateMembers(value) }
  const keys = new Map<SigningAlgorithm, CryptoKeyLike>()
  for (const alg of algorithmsOf(kindOfJwk(publicPart))) {
    try {
      const { parameters } = algorithmFacts[alg]
      keys.set(alg, await crypto.subtle.importKey('jwk', jwk, parameters, false, ['sign']))
    } catch {
      throw unusable()
    }
  }
  requireLength([...keys.values()])
  const publicJwk = await canonicalJwk(publicPart)
  if (publicJwk === undefined) throw unusable()
  return { keys, publicJwk }
}

/** Accepts a `CryptoKey` as it is; its hash or curve determines its algorithms. */
export async function keyFromCryptoKey(key: unknown, publicKey: unknown): Promise<LocalKey> {
  if (!isCryptoKey(key) || key.type !== 'private') {
    throw new TypeError('"key" must be a private CryptoKey')
  }
  const alg = algorithmOf(key)
  if (alg === undefined) {
    throw new TypeError(
      '"key" must be for RSASSA-PKCS1-v1_5 or RSA-PSS with SHA-256, SHA-384 or SHA-512, for ECDSA with P-256, P-384 or P-521, or for Ed25519',
    )
  }
  requireLength([key])
  return { keys: new Map([[alg, key]]), publicJwk: await publicPartOf(key, publicKey) }
}

async function publicPartOf(key: CryptoKeyLike, publicKey: unknown): Promise<BareJwk | undefined> {
  if (publicKey === undefined && !key.extractable) return undefined
  const option = publicKey === undefined ? 'key' : 'publicKey'
  const source = publicKey ?? key
  if (!isCryptoKey(source) || (option === 'publicKey' && source.type !== 'public')) {
    throw new TypeError('"publicKey" must be a public CryptoKey')
  }
  let jwk: BareJwk | undefined
  try {
    jwk = await canonicalJwk(await crypto.subtle.exportKey('jwk', source))
  } catch {
    jwk = undefined
  }
  if (jwk === undefined) throw new TypeError(`the public part of "${option}" cannot be exported`)
  return jwk
}

function algorithmOf({ algorithm }: CryptoKeyLike): SigningAlgorithm | undefined {
  const facts: unknown = algorithm
  if (!isRecord(facts)) return undefined
  const hash = isRecord(facts.hash) ? facts.hash.name : undefined
  return signingAlgorithms.find((alg) => {
    const { name, namedCurve, hash: wanted } = algorithmFacts[alg].parameters
    const fits = namedCurve === undefined ? hash === wanted : facts.namedCurve === namedCurve
    return facts.name === name && fits
  })
}

function isCryptoKey(value: unknown): value is CryptoKeyLike {
  return isRecord(value) && isRecord(value.algorithm)
}

function requireLength(keys: readonly CryptoKeyLike[]): void {
  if (keys.some(isTooShort)) throw new TypeError('"key" is an RSA key of less than 2048 bits')
}

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const

function privateMembers(
  jwk: Readonly<Record<string, unknown>>,
): Partial<Record<(typeof PRIVATE_MEMBERS)[number], string>> {
  const members: Partial<Record<(typeof PRIVATE_MEMBERS)[number], string>> = {}
  for (const name of PRIVATE_MEMBERS) {
    const value = jwk[name]
    if (typeof value === 'string') members[name] = value
  }
  return members
}

function unusable(): TypeError {
  return new TypeError('"key" holds a private key that cannot be used')
}
