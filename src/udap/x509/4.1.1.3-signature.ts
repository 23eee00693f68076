/** Signatures and the keys that make them ([RFC 5280, sections 4.1.1.3 and 4.1.2.7](https://www.rfc-editor.org/rfc/rfc5280#section-4.1.1.3)). */
import { algorithmFacts, kindOfIdentifier, type KeyKind } from '../../signers/algorithms.ts'
import { DerError, tags } from '../../signers/der.ts'
import { rawSignature } from '../../signers/jws-signature.ts'
import type { SigningAlgorithm } from '../../signers/signer.ts'
import type { Bytes, CryptoKeyLike } from '../../types.ts'
import type { Signed, X509Certificate } from './4.1-certificate.ts'
import { DerFields, integerOf, octetsOf } from './der-values.ts'

interface SignatureAlgorithm {
  readonly kind: 'RSA' | 'EC' | 'Ed25519'
  readonly hash?: 'SHA-256' | 'SHA-384' | 'SHA-512'
}

/** By DER of the AlgorithmIdentifier, compared as a whole, so parameters count too. SHA-1, MD5 and DSA are not here. */
const ALGORITHMS: Readonly<Record<string, SignatureAlgorithm>> = {
  '300d06092a864886f70d01010b0500': { kind: 'RSA', hash: 'SHA-256' },
  '300d06092a864886f70d01010c0500': { kind: 'RSA', hash: 'SHA-384' },
  '300d06092a864886f70d01010d0500': { kind: 'RSA', hash: 'SHA-512' },
  '300a06082a8648ce3d040302': { kind: 'EC', hash: 'SHA-256' },
  '300a06082a8648ce3d040303': { kind: 'EC', hash: 'SHA-384' },
  '300a06082a8648ce3d040304': { kind: 'EC', hash: 'SHA-512' },
  '300506032b6570': { kind: 'Ed25519' },
}

/** RSA keys outside these limits are refused: shorter ones are weak, longer ones cost too much to verify. */
const RSA_BITS = { least: 2_048, most: 8_192 }
const LONGEST_EXPONENT = 4

/** The outcome of one check. */
export type SignatureResult = 'good' | 'bad' | 'unsupported-algorithm' | 'unusable-key'

/** Verifies signatures, each pair of signer and signed once; imported keys are kept as long as their certificates. */
export class SignatureChecks {
  readonly #keys = new WeakMap<X509Certificate, SignerKey>()
  readonly #results = new WeakMap<X509Certificate, WeakMap<Signed, Promise<SignatureResult>>>()

  /** Whether `signed` carries a signature by the key of `signer`. */
  check(signed: Signed, signer: X509Certificate): Promise<SignatureResult> {
    let known = this.#results.get(signer)
    if (known === undefined) this.#results.set(signer, (known = new WeakMap()))
    let result = known.get(signed)
    if (result === undefined) known.set(signed, (result = this.#check(signed, signer)))
    return result
  }

  /** Whether a raw JWS signature is made by the key of a certificate. */
  async checkJws(
    alg: SigningAlgorithm,
    data: Bytes,
    signature: Bytes,
    signer: X509Certificate,
  ): Promise<SignatureResult> {
    const { kind, parameters } = algorithmFacts[alg]
    const signerKey = this.#keyOf(signer)
    if (signerKey.kind !== kind) return 'unusable-key'
    const key = await importedKey(signerKey, parameters)
    return key === undefined ? 'unusable-key' : verify(parameters, key, signature, data)
  }

  async #check(signed: Signed, signer: X509Certificate): Promise<SignatureResult> {
    const algorithm = ALGORITHMS[signed.algorithm]
    if (algorithm === undefined) return 'unsupported-algorithm'
    const signerKey = this.#keyOf(signer)
    const { kind } = signerKey
    if (kind === undefined) return 'unusable-key'
    const isCurve = kind !== 'RSA' && kind !== 'Ed25519'
    if (algorithm.kind !== (isCurve ? 'EC' : kind)) return 'bad'
    const parameters = parametersOf(kind, algorithm)
    const key = await importedKey(signerKey, parameters)
    if (key === undefined) return 'unusable-key'
    const signature = isCurve ? rawSignature(signed.signature, HALF[kind]) : signed.signature
    if (signature === undefined) return 'bad'
    return verify(parameters, key, signature, signed.tbs)
  }

  #keyOf(signer: X509Certificate): SignerKey {
    let key = this.#keys.get(signer)
    if (key === undefined) {
      const { spki } = signer
      this.#keys.set(signer, (key = { spki, kind: publicKeyKind(spki), imported: new Map() }))
    }
    return key
  }
}

/** The key of a certificate, read once and imported once for each use. */
interface SignerKey {
  readonly spki: Bytes
  readonly kind: KeyKind | undefined
  readonly imported: Map<string, Promise<CryptoKeyLike | undefined>>
}

function importedKey(
  { spki, imported }: SignerKey,
  parameters: Parameters,
): Promise<CryptoKeyLike | undefined> {
  // ECDSA keys are imported by curve, RSA keys by hash.
  const name = `${parameters.name} ${parameters.namedCurve ?? parameters.hash ?? ''}`
  let key = imported.get(name)
  if (key === undefined) imported.set(name, (key = importKey(spki, parameters)))
  return key
}

type Parameters = (typeof algorithmFacts)[SigningAlgorithm]['parameters']

const HALF: Readonly<Record<'P-256' | 'P-384' | 'P-521', number>> = {
  'P-256': 32,
  'P-384': 48,
  'P-521': 66,
}

function parametersOf(kind: KeyKind, { hash }: SignatureAlgorithm): Parameters {
  if (hash === undefined) return { name: 'Ed25519' }
  if (kind === 'RSA') return { name: 'RSASSA-PKCS1-v1_5', hash }
  return { name: 'ECDSA', hash, namedCurve: kind }
}

/** The kind of a public key; undefined for one that is weak, too large, malformed or of no supported kind. */
export function publicKeyKind(spki: Bytes): KeyKind | undefined {
  try {
    const fields = DerFields.of(spki)
    const kind = kindOfIdentifier(fields.next(tags.sequence).raw)
    const key = octetsOf(fields.next(tags.bitString))
    fields.end()
    return kind === 'RSA' && !isUsableRsa(key) ? undefined : kind
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}

function isUsableRsa(key: Bytes): boolean {
  const fields = DerFields.of(key)
  const modulus = integerOf(fields.next(tags.integer))
  const exponent = integerOf(fields.next(tags.integer))
  fields.end()
  const bits = bitsOf(modulus)
  return (
    bits >= RSA_BITS.least &&
    bits <= RSA_BITS.most &&
    bitsOf(exponent) > 1 &&
    exponent.length <= LONGEST_EXPONENT &&
    (exponent.at(-1) ?? 0) % 2 === 1
  )
}

/** How many bits a number that is not negative has; 0 for a negative one. */
function bitsOf(integer: Bytes): number {
  const [first = 0] = integer
  if (first >= 0x80) return 0
  const digits = first === 0 ? integer.subarray(1) : integer
  return digits.length === 0 ? 0 : digits.length * 8 - Math.clz32(digits[0] ?? 0) + 24
}

async function importKey(spki: Bytes, parameters: Parameters): Promise<CryptoKeyLike | undefined> {
  try {
    return await crypto.subtle.importKey('spki', spki, parameters, false, ['verify'])
  } catch {
    return undefined // a point that is not on its curve, or a runtime without the curve
  }
}

async function verify(
  parameters: Parameters,
  key: CryptoKeyLike,
  signature: Bytes,
  data: Bytes,
): Promise<SignatureResult> {
  try {
    return (await crypto.subtle.verify(parameters, key, signature, data)) ? 'good' : 'bad'
  } catch {
    return 'bad'
  }
}
