/** The kinds of keys and what each signs with. */
import { toHex } from './base64.ts'
import type { SigningAlgorithm } from './signer.ts'

/** Keys that the library signs with; RSA from 2048 bits on. */
export type KeyKind = 'RSA' | 'P-256' | 'P-384'

interface AlgorithmFacts {
  readonly kind: KeyKind
  /** As `crypto.subtle` takes them, both to import a key and to sign. */
  readonly parameters: {
    readonly name: string
    readonly hash: string
    readonly namedCurve?: string
  }
  /** Bytes of each half of an ECDSA signature. */
  readonly half?: number
}

const RSA = 'RSASSA-PKCS1-v1_5'

/** Facts of each algorithm ([RFC 7518, section 3.1](https://www.rfc-editor.org/rfc/rfc7518#section-3.1)). */
export const algorithmFacts: Readonly<Record<SigningAlgorithm, AlgorithmFacts>> = {
  RS256: { kind: 'RSA', parameters: { name: RSA, hash: 'SHA-256' } },
  RS384: { kind: 'RSA', parameters: { name: RSA, hash: 'SHA-384' } },
  ES256: {
    kind: 'P-256',
    parameters: { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' },
    half: 32,
  },
  ES384: {
    kind: 'P-384',
    parameters: { name: 'ECDSA', hash: 'SHA-384', namedCurve: 'P-384' },
    half: 48,
  },
}

/** The names of all algorithms. */
export const signingAlgorithms: readonly SigningAlgorithm[] = ['RS256', 'RS384', 'ES256', 'ES384']

/** What keys of a kind sign with, in the order that is offered by default. */
export function algorithmsOf(kind: KeyKind): readonly SigningAlgorithm[] {
  return signingAlgorithms.filter((alg) => algorithmFacts[alg].kind === kind)
}

/** True for one of the four names. */
export function isSigningAlgorithm(value: unknown): value is SigningAlgorithm {
  return signingAlgorithms.some((alg) => alg === value)
}

/** Hexadecimal DER of each kind's AlgorithmIdentifier: compared as a whole, so parameters count too. */
const IDENTIFIERS: Readonly<Record<KeyKind, string>> = {
  RSA: '300d06092a864886f70d0101010500',
  'P-256': '301306072a8648ce3d020106082a8648ce3d030107',
  'P-384': '301006072a8648ce3d020106052b81040022',
}
const KINDS: readonly KeyKind[] = ['RSA', 'P-256', 'P-384']

/** The kind that an AlgorithmIdentifier stands for. */
export function kindOfIdentifier(identifier: Uint8Array): KeyKind | undefined {
  const hex = toHex(identifier)
  return KINDS.find((kind) => IDENTIFIERS[kind] === hex)
}

/** The kind of an elliptic curve's object identifier. */
export function kindOfCurve(objectIdentifier: Uint8Array): KeyKind | undefined {
  const hex = toHex(objectIdentifier)
  return KINDS.find((kind) => kind !== 'RSA' && IDENTIFIERS[kind].slice(22) === hex)
}

/** DER of a kind's AlgorithmIdentifier. */
export function identifierOf(kind: KeyKind): Uint8Array {
  return Uint8Array.from(IDENTIFIERS[kind].match(/../g) ?? [], (digits) => parseInt(digits, 16))
}
