/** Tokens that many processes share. */
import type { StoredToken, TokenCache } from '../auth/token-cache.ts'
import { TransportError } from '../errors.ts'
import { isRecord } from '../lib/arguments.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { keyring, type SealingKey } from './keyring.ts'
import { takeLease } from './leases.ts'
import { placeOf } from './place.ts'
import { DELETE_IF_SAME, RedisStore, type RedisOptions } from './store.ts'

const REMEMBERED = 1_000
const REMEMBERED_BYTES = 8e6

interface Opened {
  readonly value: string
  readonly token: StoredToken
}

/**
 * A `TokenCache` in Redis: `new CarequalityClient({ tokenCache: redisTokenCache({ client, keys }) })`.
 * Names are HMACs and values AES-256-GCM, so that Redis holds no token, id or endpoint. Times are
 * Redis's, so that a process with a wrong clock neither uses an expired token nor drops a good one.
 * While Redis is away each process gets its own tokens (event `token.cache-failed`).
 *
 * @throws TypeError for a wrong option; its methods reject with `ERR_CQ_STORE_FAILED`, which clients
 * treat as "no token".
 */
export function redisTokenCache(options: RedisOptions): TokenCache {
  return new RedisTokenCache(new RedisStore(options), keyring(options.keys))
}

class RedisTokenCache implements TokenCache {
  readonly #store: RedisStore
  readonly #keys: readonly [SealingKey, ...SealingKey[]]
  /** The same sealed text decrypts to the same token. */
  readonly #opened = new BoundedMap<Opened>(REMEMBERED, {
    maxBytes: REMEMBERED_BYTES,
    weigh: ({ value, token }) => value.length + token.accessToken.length + token.scope.length,
  })

  constructor(store: RedisStore, keys: readonly [SealingKey, ...SealingKey[]]) {
    this.#store = store
    this.#keys = keys
  }

  async get(name: string): Promise<StoredToken | undefined> {
    // The keys that only decrypt are tried if the first one has nothing: for a while after a rotation.
    for (const key of this.#keys) {
      const found = await this.#read(key, name)
      if (found !== undefined) return found.token
    }
    return undefined
  }

  async set(name: string, token: StoredToken): Promise<void> {
    const [key] = this.#keys
    const place = await placeOf(this.#store, key, 'token', name)
    const offset = await this.#store.offsetMs()
    const { accessToken, scope } = token
    const endsAt = Math.ceil(token.expiresAt + offset)
    const life = endsAt - (this.#store.now() + offset)
    if (life <= 0) return
    const held = {
      accessToken,
      scope,
      sentAt: token.sentAt + offset,
      expiresAt: token.expiresAt + offset,
    }
    const value = await key.seal(held, place, endsAt)
    await this.#store.command('SET', place, value, 'PX', String(Math.ceil(life)))
  }

  async delete(name: string, token: StoredToken): Promise<void> {
    for (const key of this.#keys) {
      const found = await this.#read(key, name)
      if (found?.token.accessToken !== token.accessToken) continue
      await this.#store.script(DELETE_IF_SAME, [found.place], [found.value])
    }
  }

  async lease(name: string, { ms }: { ms: number }): Promise<(() => Promise<void>) | undefined> {
    const places = this.#keys.map((key) => placeOf(this.#store, key, 'token-lease', name))
    return takeLease(this.#store, await Promise.all(places), ms)
  }

  async #read(
    key: SealingKey,
    name: string,
  ): Promise<{ place: string; value: string; token: StoredToken } | undefined> {
    const place = await placeOf(this.#store, key, 'token', name)
    const value = await this.#store.command('GET', place)
    if (typeof value !== 'string') return undefined
    const offset = await this.#store.offsetMs()
    const now = this.#store.now() + offset
    const known = this.#opened.get(place)
    const token = known?.value === value ? known.token : await this.#open(key, value, place, now)
    if (token.expiresAt <= now) return undefined
    const { sentAt, expiresAt } = token
    const ours = { ...token, sentAt: sentAt - offset, expiresAt: expiresAt - offset }
    return { place, value, token: ours }
  }

  async #open(key: SealingKey, value: string, place: string, now: number): Promise<StoredToken> {
    const opened = await key.open(value, place, now)
    if (opened === undefined || !isToken(opened.value)) {
      throw new TransportError('ERR_CQ_STORE_FAILED', 'a value in Redis does not open')
    }
    this.#opened.set(place, { value, token: opened.value })
    return opened.value
  }
}

/** Another version of this library may have encrypted it. */
function isToken(value: unknown): value is StoredToken {
  return (
    isRecord(value) &&
    typeof value.accessToken === 'string' &&
    typeof value.scope === 'string' &&
    typeof value.sentAt === 'number' &&
    typeof value.expiresAt === 'number'
  )
}
