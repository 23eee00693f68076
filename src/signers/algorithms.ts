/** The kinds of keys and their algorithms. */
import { toHex } from './base64.ts'
import type { SigningAlgorithm } from './signer.ts'

/** Keys that the library signs with; RSA from 2048 bits on. */
export type KeyKind = 'RSA' | 'P-256' | 'P-384' | 'P-521' | 'Ed25519'

/** The hashes of the algorithms that sign a digest. */
export type DigestName = 'SHA-256' | 'SHA-384' | 'SHA-512'

interface AlgorithmFacts {
  readonly kind: KeyKind
  /** As `crypto.subtle` takes them, both to import a key and to sign. */
  readonly parameters: {
    readonly name: string
    readonly hash?: DigestName
    readonly namedCurve?: string
    readonly saltLength?: number
  }
  /** Bytes of each half of an ECDSA signature. */
  readonly half?: number
}

const pkcs1 = (hash: DigestName): AlgorithmFacts => ({
  kind: 'RSA',
  parameters: { name: 'RSASSA-PKCS1-v1_5', hash },
})
/** The salt is as long as the hash ([RFC 7518, section 3.5](https://www.rfc-editor.org/rfc/rfc7518#section-3.5)). */
const pss = (hash: DigestName, saltLength: number): AlgorithmFacts => ({
  kind: 'RSA',
  parameters: { name: 'RSA-PSS', hash, saltLength },
})
const ecdsa = (
  namedCurve: 'P-256' | 'P-384' | 'P-521',
  hash: DigestName,
  half: number,
): AlgorithmFacts => ({
  kind: namedCurve,
  parameters: { name: 'ECDSA', hash, namedCurve },
  half,
})

/**
 * Facts of each algorithm ([RFC 7518, section
 * 3.1](https://www.rfc-editor.org/rfc/rfc7518#section-3.1)), in the order in which a key's own are
 * offered: RS384 comes before RS256, because SMART servers must accept it, so the `alg` of a
 * published key should name it.
 */
export const algorithmFacts: Readonly<Record<SigningAlgorithm, AlgorithmFacts>> = {
  RS384: pkcs1('SHA-384'),
  RS256: pkcs1('SHA-256'),
  RS512: pkcs1('SHA-512'),
  PS384: pss('SHA-384', 48),
  PS256: pss('SHA-256', 32),
  PS512: pss('SHA-512', 64),
  ES256: ecdsa('P-256', 'SHA-256', 32),
  ES384: ecdsa('P-384', 'SHA-384', 48),
  ES512: ecdsa('P-521', 'SHA-512', 66),
  EdDSA: { kind: 'Ed25519', parameters: { name: 'Ed25519' } },
}

/** True for the name of an algorithm that exists here; `none` and HMAC do not. */
export function isSigningAlgorithm(value: unknown): value is SigningAlgorithm {
  return typeof value === 'string' && Object.hasOwn(algorithmFacts, value)
}

/** The names of all algorithms. */
export const signingAlgorithms: readonly SigningAlgorithm[] =
  Object.keys(algorithmFacts).filter(isSigningAlgorithm)

/** What keys of a kind sign with, in the order that is offered by default. */
export function algorithmsOf(kind: KeyKind): readonly SigningAlgorithm[] {
  return signingAlgorithms.filter((alg) => algorithmFacts[alg].kind === kind)
}

/** Whether every server of the network may be expected to know it. */
export function isCommon(alg: SigningAlgorithm): boolean {
  return alg === 'RS256' || alg === 'RS384' || alg === 'ES256' || alg === 'ES384'
}

/** Hexadecimal DER of each kind's AlgorithmIdentifier: compared as a whole, so parameters count too. */
const IDENTIFIERS: Readonly<Record<KeyKind, string>> = {
  RSA: '300d06092a864886f70d0101010500',
  'P-256': '301306072a8648ce3d020106082a8648ce3d030107',
  'P-384': '301006072a8648ce3d020106052b81040022',
  'P-521': '301006072a8648ce3d020106052b81040023',
  Ed25519: '300506032b6570',
}
const KINDS: readonly KeyKind[] = ['RSA', 'P-256', 'P-384', 'P-521', 'Ed25519']

/** The kind that an AlgorithmIdentifier stands for. */
export function kindOfIdentifier(identifier: Uint8Array): KeyKind | undefined {
  const hex = toHex(identifier)
  return KINDS.find((kind) => IDENTIFIERS[kind] === hex)
}

/** The kind of an elliptic curve's object identifier. */
export function kindOfCurve(objectIdentifier: Uint8Array): KeyKind | undefined {
  const hex = toHex(objectIdentifier)
  return KINDS.find((kind) => kind.startsWith('P-') && IDENTIFIERS[kind].slice(22) === hex)
}

/** What the library signs with, for messages. */
export const KEYS =
  'an RSA key of 2048 bits or more, or one on the curve P-256, P-384, P-521 or Ed25519'

/** DER of a kind's AlgorithmIdentifier. */
export function identifierOf(kind: KeyKind): Uint8Array {
  return Uint8Array.from(IDENTIFIERS[kind].match(/../g) ?? [], (digits) => parseInt(digits, 16))
}
