/** Signing with a key of this process. */
import { ConfigurationError } from '../errors.ts'
import { reasonOf, type AbortSignalLike } from '../lib/abort.ts'
import { requireText } from '../lib/arguments.ts'
import type { Bytes, CryptoKeyLike } from '../types.ts'
import { algorithmFacts, isSigningAlgorithm, signingAlgorithms } from './algorithms.ts'
import { toX5c, type CertificateInput } from './certificate.ts'
import { readChain } from './chain.ts'
import { jwkFromSpki } from './jwk.ts'
import type { LocalKey } from './local-keys.ts'
import { verifySignature } from './signer-facts.ts'
import type { PublicJwk, Signer, SigningAlgorithm } from './signer.ts'

/** What may accompany the key. */
export interface SignerExtras {
  /** PEM text with one or several certificates, DER, base64 of DER, or an array of those; leaf first. */
  certificates?: CertificateInput | undefined
  /**
   * Narrows and orders what the key can sign with. Default: all of it; an RSA key prefers RS384 and
   * RS256, and PSS comes last.
   */
  algorithms?: readonly SigningAlgorithm[] | undefined
  /** JWS `kid` header, where the authorization server knows the key by name. */
  kid?: string | undefined
}

/**
 * The same before it has been checked: JavaScript callers and JWK members may contain anything.
 */
export type UncheckedExtras = { readonly [Name in keyof SignerExtras]?: unknown }

/**
 * A key in this process. Nothing secret appears in logs, because keys are private and cannot be
 * exported.
 */
export class LocalSigner implements Signer<SigningAlgorithm> {
  readonly algorithms: readonly SigningAlgorithm[]
  readonly kid: string | undefined
  readonly certificates: readonly string[] | undefined
  readonly publicJwk: PublicJwk
  readonly #keys: ReadonlyMap<SigningAlgorithm, CryptoKeyLike>

  constructor(
    keys: ReadonlyMap<SigningAlgorithm, CryptoKeyLike>,
    shown: {
      algorithms: readonly SigningAlgorithm[]
      kid: string | undefined
      certificates: readonly string[]
      publicJwk: PublicJwk
    },
  ) {
    this.#keys = keys
    this.algorithms = Object.freeze([...shown.algorithms])
    this.kid = shown.kid
    this.certificates =
      shown.certificates.length > 0 ? Object.freeze([...shown.certificates]) : undefined
    this.publicJwk = Object.freeze({ ...shown.publicJwk })
    Object.freeze(this)
  }

  /** Whether a signer is one of these: tested at construction, so its signatures need no check. */
  static owns(signer: Signer<SigningAlgorithm>): signer is LocalSigner {
    return #keys in signer
  }

  async sign(
    data: Bytes,
    { alg, signal }: { alg: SigningAlgorithm; signal: Pick<AbortSignalLike, 'aborted' | 'reason'> },
  ): Promise<Uint8Array> {
    if (signal.aborted) throw reasonOf(signal)
    const key = this.algorithms.includes(alg) ? this.#keys.get(alg) : undefined
    if (key === undefined) throw new TypeError('"alg" must be one of the signer\'s algorithms')
    return new Uint8Array(await crypto.subtle.sign(algorithmFacts[alg].parameters, key, data))
  }
}

/** Makes a signer and tests by one signature that the private key belongs to its public key. */
export async function makeLocalSigner(
  key: LocalKey,
  extras: UncheckedExtras,
): Promise<Signer<SigningAlgorithm>> {
  const algorithms = chooseAlgorithms(extras.algorithms, key)
  const kid = extras.kid === undefined ? undefined : requireText(extras.kid, 'kid')
  const chain = extras.certificates === undefined ? [] : readChain(extras.certificates)
  const [leaf] = chain
  const publicJwk = leaf === undefined ? key.publicJwk : await jwkFromSpki(leaf.spki)
  if (publicJwk === undefined) {
    if (leaf !== undefined) throw mismatch()
    throw new TypeError('"publicKey" or "certificates" is needed, since "key" is not extractable')
  }
  const signer = new LocalSigner(key.keys, {
    algorithms,
    kid,
    certificates: toX5c(chain),
    publicJwk,
  })
  if (!(await isProven(signer))) {
    if (leaf !== undefined) throw mismatch()
    throw new TypeError('"key" does not sign for its public part')
  }
  return signer
}

function chooseAlgorithms(wanted: unknown, { keys }: LocalKey): readonly SigningAlgorithm[] {
  const able = [...keys.keys()]
  if (wanted === undefined) return able
  if (!Array.isArray(wanted) || wanted.length === 0 || !wanted.every(isSigningAlgorithm)) {
    throw new TypeError(`"algorithms" must hold one or more of ${signingAlgorithms.join(', ')}`)
  }
  if (!wanted.every((alg) => keys.has(alg))) {
    throw new TypeError(`"algorithms" must be within what the key can do: ${able.join(', ')}`)
  }
  return [...new Set(wanted)]
}

async function isProven(signer: LocalSigner): Promise<boolean> {
  const [alg] = signer.algorithms
  if (alg === undefined) return false
  const data = crypto.getRandomValues(new Uint8Array(32))
  const { signal } = new AbortController()
  try {
    const signature = await signer.sign(data, { alg, signal })
    return await verifySignature(signer.publicJwk, alg, data, signature)
  } catch {
    return false // a platform's own message may describe the key
  }
}

function mismatch(): ConfigurationError {
  return new ConfigurationError(
    'ERR_CQ_KEY_CERTIFICATE_MISMATCH',
    'the private key does not belong to the first certificate of "certificates"',
    { operation: 'signer.create' },
  )
}
