/** Encrypts names and values, so that reading Redis discloses nothing. */
import { isBytes, requireList } from '../lib/arguments.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { ownOptions } from '../lib/own.ts'
import { fromBase64url, toBase64url } from '../signers/base64.ts'

/** A secret of the processes that share one Redis, the same for all of them. */
export interface RedisKey {
  /** Letters, digits, `_` and `-`, at most 32; never used again for another secret. */
  readonly id: string
  /** At least 32 random bytes, for example from `openssl rand 32`. */
  readonly secret: Uint8Array
}

const NAMES = 2_000
const NAMES_BYTES = 4e6

/**
 * One key: HMAC-SHA-256 for names, AES-256-GCM for values. Both are derived with HKDF, so that one
 * secret serves both and neither discloses the other.
 */
export class SealingKey {
  readonly id: string
  readonly #secret: Promise<CryptoKey>
  #aes: Promise<CryptoKey> | undefined
  #hmac: Promise<CryptoKey> | undefined
  readonly #names = new BoundedMap<string>(NAMES, { maxBytes: NAMES_BYTES })

  constructor({ id, secret }: RedisKey) {
    this.id = id
    this.#secret = crypto.subtle.importKey('raw', new Uint8Array(secret), 'HKDF', false, [
      'deriveKey',
    ])
    this.#secret.catch(() => undefined)
  }

  /** Deterministic, and one-way. */
  async nameOf(text: string): Promise<string> {
    const known = this.#names.get(text)
    if (known !== undefined) return known
    this.#hmac ??= this.#derive('names', { name: 'HMAC', hash: 'SHA-256', length: 256 }, ['sign'])
    const sum = await crypto.subtle.sign('HMAC', await this.#hmac, encoder.encode(text))
    const name = toBase64url(new Uint8Array(sum))
    this.#names.set(text, name)
    return name
  }

  /**
   * `place` is where the value is stored and `endsAt` when it expires: a moved or prolonged value
   * cannot be decrypted.
   */
  async seal(value: unknown, place: string, endsAt: number): Promise<string> {
    const nonce = crypto.getRandomValues(new Uint8Array(12))
    const text = encoder.encode(JSON.stringify(value))
    const how = this.#how(place, endsAt, nonce)
    const sealed = await crypto.subtle.encrypt(how, await this.#values(), text)
    return [this.id, endsAt, toBase64url(nonce), toBase64url(new Uint8Array(sealed))].join('.')
  }

  /** Undefined for what this key did not encrypt for this place, or for what has expired. */
  async open(
    value: string,
    place: string,
    now: number,
  ): Promise<{ readonly value: unknown } | undefined> {
    const [id, ends = '', nonce = '', sealed = ''] = value.split('.', 4)
    const [iv, bytes] = [fromBase64url(nonce), fromBase64url(sealed)]
    if (id !== this.id || !/^\d{1,16}$/.test(ends) || iv?.length !== 12 || bytes === undefined) {
      return undefined
    }
    if (Number(ends) <= now) return undefined
    try {
      const how = this.#how(place, Number(ends), iv)
      const opened = await crypto.subtle.decrypt(how, await this.#values(), bytes)
      return { value: parsed(new TextDecoder().decode(opened)) }
    } catch {
      return undefined
    }
  }

  #values(): Promise<CryptoKey> {
    this.#aes ??= this.#derive('values', { name: 'AES-GCM', length: 256 }, ['encrypt', 'decrypt'])
    return this.#aes
  }

  async #derive(
    purpose: string,
    kind: AesKeyGenParams | HmacKeyGenParams,
    uses: KeyUsage[],
  ): Promise<CryptoKey> {
    const info = encoder.encode(`carequality-fhir redis ${purpose} ${this.id}`)
    const how = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info }
    return crypto.subtle.deriveKey(how, await this.#secret, kind, false, uses)
  }

  #how(place: string, endsAt: number, iv: Uint8Array<ArrayBuffer>): AesGcmParams {
    const additionalData = encoder.encode(`${this.id} ${place} ${endsAt}`)
    return { name: 'AES-GCM', iv, additionalData }
  }
}

const encoder = new TextEncoder()

/** Encrypted by us, so it is JSON. */
function parsed(text: string): unknown {
  return JSON.parse(text)
}

/** The keys, of which the first one encrypts. Throws `TypeError`. */
export function keyring(keys: readonly RedisKey[]): readonly [SealingKey, ...SealingKey[]] {
  requireList(keys, 'keys')
  const ids = new Set<string>()
  const [first, ...others] = keys.map((given) => {
    const key = ownOptions(given, 'keys')
    if (typeof key.id !== 'string' || !/^[\w-]{1,32}$/.test(key.id) || ids.has(key.id)) {
      throw new TypeError('"keys" must each have an id of their own: letters, digits, _ and -')
    }
    if (!isBytes(key.secret) || key.secret.length < 32) {
      throw new TypeError(`"keys": the secret of "${key.id}" must be at least 32 bytes`)
    }
    ids.add(key.id)
    return new SealingKey(key)
  })
  if (first === undefined) throw new TypeError('"keys" must hold at least one key')
  return [first, ...others]
}
