import { requireFunction, requireWhole } from '../lib/arguments.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { ownOptions } from '../lib/own.ts'
import { clockOf } from '../lib/sources.ts'
import type { Awaitable } from '../types.ts'

/** A token as caches store it. It is a secret: a cache outside this process must encrypt it. */
export interface StoredToken {
  readonly accessToken: string
  /** As granted. */
  readonly scope: string
  /** When it was requested, in milliseconds since the epoch. */
  readonly sentAt: number
  /** When it expires, in milliseconds since the epoch; a cache must not return it afterwards. */
  readonly expiresAt: number
}

/**
 * Where several clients share tokens. Each client also caches its own in memory, and consults the
 * cache when it has none; keys are digests of everything that a token was requested with. If the
 * cache throws, or returns something that is not a token, the token counts as absent. Each call has
 * 2 s. `tokenCacheContract` of `carequality-fhir/testing` checks an implementation.
 */
export interface TokenCache {
  get(key: string, options: { signal: AbortSignal }): Awaitable<StoredToken | undefined>
  set(key: string, token: StoredToken, options: { signal: AbortSignal }): Awaitable<void>
  /** Removes the key's token only if it is still this one. */
  delete(key: string, token: StoredToken, options: { signal: AbortSignal }): Awaitable<void>
  /**
   * Lets one process at a time request the key's token: returns a function that releases the lease,
   * or undefined if another process has it. It expires after `ms` milliseconds.
   */
  lease?(
    key: string,
    options: { ms: number; signal: AbortSignal },
  ): Awaitable<(() => Awaitable<void>) | undefined>
}

/**
 * A {@link TokenCache} in memory, for several clients of one process. When it is full it forgets
 * the token that was not used for longest.
 *
 * @example
 * ```ts
 * const tokenCache = new MemoryTokenCache()
 * const one = new CarequalityClient({ tokenCache, ...options })
 * const other = new CarequalityClient({ tokenCache, ...otherOptions })
 * ```
 */
export class MemoryTokenCache implements TokenCache {
  readonly #now: () => number
  readonly #tokens: BoundedMap<StoredToken>
  readonly #leases: BoundedMap<{ readonly endsAt: number }>

  /** `maxEntries`: default 1,000. `now`: milliseconds since the epoch, default `Date.now`. Throws `TypeError`. */
  constructor(given: { maxEntries?: number | undefined; now?: (() => number) | undefined } = {}) {
    const options = ownOptions(given)
    requireFunction(options.now, 'now')
    const limit = requireWhole(options.maxEntries, 'maxEntries') ?? 1_000
    this.#now = clockOf(options.now)
    this.#tokens = new BoundedMap(limit)
    this.#leases = new BoundedMap(limit)
  }

  /** How many tokens it holds, expired ones that were not requested since included. */
  get size(): number {
    return this.#tokens.size
  }

  get(key: string): StoredToken | undefined {
    const token = this.#tokens.get(key)
    if (token === undefined || this.#now() < token.expiresAt) return token
    this.#tokens.delete(key)
    return undefined
  }

  set(key: string, token: StoredToken): void {
    this.#tokens.set(key, Object.freeze({ ...token }))
  }

  delete(key: string, token: StoredToken): void {
    if (this.#tokens.get(key)?.accessToken === token.accessToken) this.#tokens.delete(key)
  }

  lease(key: string, { ms }: { ms: number }): (() => void) | undefined {
    const now = this.#now()
    if ((this.#leases.get(key)?.endsAt ?? -Infinity) > now) return undefined
    const lease = { endsAt: now + ms }
    this.#leases.set(key, lease)
    return () => {
      if (this.#leases.get(key) === lease) this.#leases.delete(key)
    }
  }
}

/** Throws `TypeError` unless `value` has the shape of a cache, or is undefined. */
export function requireTokenCache(value: unknown, option: string): void {
  if (value === undefined) return
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`"${option}" must be a token cache`)
  }
  for (const name of ['get', 'set', 'delete'] as const) {
    requireFunction(Reflect.get(value, name), `${option}.${name}`, 'needed')
  }
  requireFunction(Reflect.get(value, 'lease'), `${option}.lease`)
}
