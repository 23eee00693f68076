import { delay, limited, reasonOf, untilAborted } from '../lib/abort.ts'
import { isRecord } from '../lib/arguments.ts'
import type { Emit } from '../lib/emitter.ts'
import type { Awaitable } from '../types.ts'
import type { StoredToken, TokenCache } from './token-cache.ts'
import { isAccessToken } from './token-request.ts'

const CALL_MS = 2_000
const LEASE_MS = 20_000
const POLL_MS = 200
const LONGEST_LIFE_MS = 3_600_000
/** As far as the clocks of those who share a cache may be apart. */
const CLOCKS_DIFFER_MS = 60_000

/** One who needs a token. */
interface Waiter {
  readonly signal: AbortSignal
  readonly timeLeft: () => number
}

/** A user's cache, with whatever it does made harmless: a failure is an absent token and an event. */
export class SharedTokens {
  readonly #cache: TokenCache
  readonly #now: () => number
  readonly #emit: Emit

  constructor(cache: TokenCache, now: () => number, emit: Emit) {
    this.#cache = cache
    this.#now = now
    this.#emit = emit
  }

  /** A token that somebody else got and that is good enough, or the lease to ask for one. */
  async tokenOrLease(
    key: string,
    isGood: (token: StoredToken) => boolean,
    { signal, timeLeft }: Waiter,
  ): Promise<{ token: StoredToken } | { release: () => Promise<void> }> {
    const found = await this.#get(key, signal)
    if (found !== undefined && isGood(found)) return { token: found }
    // However long the lease: whoever waits must have time to ask by itself.
    const endsAt = performance.now() + Math.min(LEASE_MS, timeLeft() / 2)
    for (;;) {
      const release = await this.#lease(key, signal)
      if (release !== undefined) return { release }
      if (performance.now() >= endsAt) return { release: () => Promise.resolve() }
      await delay(POLL_MS, signal)
      const theirs = await this.#get(key, signal)
      if (theirs !== undefined && isGood(theirs)) return { token: theirs }
    }
  }

  async put(key: string, token: StoredToken, signal: AbortSignal): Promise<void> {
    await this.#guarded('set', signal, (own) => this.#cache.set(key, token, { signal: own }))
  }

  /** Nobody waits for it: the token is no longer used here. */
  drop(key: string, token: StoredToken): void {
    const { signal } = new AbortController()
    void this.#guarded('delete', signal, (own) => this.#cache.delete(key, token, { signal: own }))
  }

  async #get(key: string, signal: AbortSignal): Promise<StoredToken | undefined> {
    const answer = await this.#guarded('get', signal, (own) =>
      this.#cache.get(key, { signal: own }),
    )
    const found: unknown = answer?.value
    if (found === undefined || found === null) return undefined
    // One that was asked for in the future would end, by our clock, after its time.
    if (isStoredToken(found) && found.sentAt <= this.#now() + CLOCKS_DIFFER_MS) return found
    this.#failed('get')
    return undefined
  }

  /** Without leases, or where they fail, everybody may ask. */
  async #lease(key: string, signal: AbortSignal): Promise<(() => Promise<void>) | undefined> {
    const cache = this.#cache
    const none = (): Promise<void> => Promise.resolve()
    if (cache.lease === undefined) return none
    const answer = await this.#guarded('lease', signal, (own) =>
      cache.lease?.(key, { ms: LEASE_MS, signal: own }),
    )
    if (answer === undefined) return none
    const release = answer.value
    if (typeof release !== 'function') return undefined
    return async () => {
      await this.#guarded('lease', new AbortController().signal, () => release())
    }
  }

  /** Undefined where the cache fails; throws only for the waiter's own end. */
  async #guarded<T>(
    operation: string,
    parent: AbortSignal,
    work: (signal: AbortSignal) => Awaitable<T>,
  ): Promise<{ readonly value: T } | undefined> {
    const { aborter, end } = limited(CALL_MS, parent, () => new Error('the cache took too long'))
    try {
      const value = await untilAborted((async () => work(aborter.signal))(), aborter)
      return { value }
    } catch {
      if (parent.aborted) throw reasonOf(parent)
      this.#failed(operation)
      return undefined
    } finally {
      end()
    }
  }

  #failed(operation: string): void {
    this.#emit({ type: 'token.cache-failed', operation })
  }
}

/** A store may hold what an older version, or somebody else, put there. */
function isStoredToken(value: unknown): value is StoredToken {
  if (!isRecord(value)) return false
  const { accessToken, scope, sentAt, expiresAt } = value
  return (
    isAccessToken(accessToken) &&
    typeof scope === 'string' &&
    typeof sentAt === 'number' &&
    typeof expiresAt === 'number' &&
    expiresAt - sentAt <= LONGEST_LIFE_MS
  )
}
