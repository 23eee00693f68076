import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'

import { ConfigurationError } from '../errors.ts'
import type { Bytes, CryptoKeyLike } from '../types.ts'
import { algorithmFacts, KEYS } from './algorithms.ts'
import { isSelfSigned, toX5c, type Certificate } from './certificate.ts'
import { describeCertificate, namesOf, readChain, type CertificateDescription } from './chain.ts'
import { bareJwk, canonicalJwk, jwkFromSpki, kindOfJwk, sameKey, type BareJwk } from './jwk.ts'
import type { PublicJwk, Signer, SigningAlgorithm } from './signer.ts'

/**
 * The public side of one signer, computed once: keep one of these per signer object. The constructor
 * throws a TypeError where a certificate cannot be read.
 */
export class SignerFacts {
  readonly signer: Signer<SigningAlgorithm>
  /**
   * Standard base64 DER, leaf first, without self-signed roots at the end; empty without
   * certificates.
   */
  readonly x5c: readonly string[]
  /** Whether the chain ended with a self-signed root, which servers have already. */
  readonly rootLeftOut: boolean
  /** When the leaf is valid, in milliseconds since the epoch. */
  readonly validity: { notBefore: number; notAfter: number } | undefined
  /** When the first of the sent certificates expires, in milliseconds since the epoch. */
  readonly endsAt: number
  readonly #leaf: Certificate | undefined
  /** Checked before every signature. */
  #names: ReadonlySet<string> | undefined
  #publicJwk: Promise<BareJwk> | undefined
  #thumbprint: Promise<string> | undefined
  readonly #verifiers = new Map<SigningAlgorithm, Promise<CryptoKeyLike | undefined>>()

  constructor(signer: Signer<SigningAlgorithm>) {
    this.signer = signer
    const chain = readChain(signer.certificates ?? [], 'signer.certificates')
    const sent = withoutRoots(chain)
    this.rootLeftOut = sent.length < chain.length
    this.x5c = Object.freeze(toX5c(sent))
    this.endsAt = Math.min(...sent.map(({ notAfter }) => notAfter))
    this.#leaf = chain[0]
    this.validity = this.#leaf && {
      notBefore: this.#leaf.notBefore,
      notAfter: this.#leaf.notAfter,
    }
  }

  /** Whether the leaf is issued to this name: a DNS name, the common name, or, letter by letter, a URI. True without a leaf. */
  names(clientId: string): boolean {
    if (this.#leaf === undefined) return true
    this.#names ??= namesToCompare(this.#leaf)
    return this.#names.has(clientId) || this.#names.has(clientId.toLowerCase())
  }

  /** The contents of the leaf certificate, where there is one. */
  async describeLeaf(): Promise<CertificateDescription | undefined> {
    return this.#leaf && describeCertificate(this.#leaf)
  }

  /** The bare public key, of the leaf certificate where there is one. */
  publicJwk(): Promise<PublicJwk> {
    return this.#bareJwk()
  }

  /** SHA-256 in base64url ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)). */
  thumbprint(): Promise<string> {
    this.#thumbprint ??= this.#bareJwk().then((jwk) => calculateJwkThumbprint(jwk, 'sha256'))
    return this.#thumbprint
  }

  /** Whether a raw JWS signature is the key's; false also for anything malformed or for a key of another kind. */
  async verifies(alg: SigningAlgorithm, data: Bytes, signature: Uint8Array): Promise<boolean> {
    const key = this.#verifiers.get(alg) ?? this.#bareJwk().then((jwk) => verifierOf(jwk, alg))
    this.#verifiers.set(alg, key)
    return verified(await key, alg, data, signature)
  }

  #bareJwk(): Promise<BareJwk> {
    this.#publicJwk ??= publicJwkOf(this.signer, this.#leaf)
    return this.#publicJwk
  }
}

/** Host names in lower case; URIs as they are, since servers compare them so. */
function namesToCompare(leaf: Certificate): ReadonlySet<string> {
  const { commonName, alternative } = namesOf(leaf)
  const hosts =
    commonName === undefined ? alternative.dnsNames : [commonName, ...alternative.dnsNames]
  return new Set([...hosts.map((name) => name.toLowerCase()), ...alternative.uris])
}

/** Some bundles end with the root twice. */
function withoutRoots(chain: readonly Certificate[]): readonly Certificate[] {
  let { length } = chain
  for (; length > 1; length -= 1) {
    const last = chain[length - 1]
    if (last === undefined || !isSelfSigned(last)) break
  }
  return chain.slice(0, length)
}

/** Whether a raw JWS signature is the key's; false also for anything malformed or for a key of another kind. */
export async function verifySignature(
  jwk: PublicJwk,
  alg: SigningAlgorithm,
  data: Bytes,
  signature: Uint8Array,
): Promise<boolean> {
  return verified(await verifierOf(jwk, alg), alg, data, signature)
}

async function verifierOf(
  jwk: PublicJwk,
  alg: SigningAlgorithm,
): Promise<CryptoKeyLike | undefined> {
  const bare = bareJwk(jwk)
  const { kind, parameters } = algorithmFacts[alg]
  if (bare === undefined || kindOfJwk(bare) !== kind) return undefined
  try {
    return await crypto.subtle.importKey('jwk', bare, parameters, false, ['verify'])
  } catch {
    return undefined
  }
}

async function verified(
  key: CryptoKeyLike | undefined,
  alg: SigningAlgorithm,
  data: Bytes,
  signature: Uint8Array,
): Promise<boolean> {
  if (key === undefined) return false
  try {
    const { parameters } = algorithmFacts[alg]
    return await crypto.subtle.verify(parameters, key, new Uint8Array(signature), data)
  } catch {
    return false
  }
}

async function publicJwkOf(signer: Signer, leaf: Certificate | undefined): Promise<BareJwk> {
  const given = signer.publicJwk === undefined ? undefined : await canonicalJwk(signer.publicJwk)
  if (given === undefined && signer.publicJwk !== undefined) {
    throw new TypeError(`"signer.publicJwk" ${NO_KEY}`)
  }
  if (leaf === undefined) {
    if (given === undefined) throw new TypeError('"signer" needs "certificates" or "publicJwk"')
    return given
  }
  const certified = await jwkFromSpki(leaf.spki)
  if (certified === undefined) throw new TypeError(`"signer.certificates" ${NO_KEY} in the leaf`)
  if (given !== undefined && !sameKey(given, certified)) {
    throw new ConfigurationError(
      'ERR_CQ_KEY_CERTIFICATE_MISMATCH',
      'the signer\'s "publicJwk" is not the key of its first certificate',
      { operation: 'signer.create' },
    )
  }
  return certified
}

const NO_KEY = `must hold ${KEYS}`
