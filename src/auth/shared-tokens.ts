import { isRecord } from '../lib/arguments.ts'
import { Deadline } from '../lib/deadline.ts'
import type { Emit } from '../lib/emitter.ts'
import type { Awaitable } from '../types.ts'
import type { StoredToken, TokenCache } from './token-cache.ts'
import { isAccessToken } from './token-request.ts'

const CALL_MS = 2_000
const LEASE_MS = 20_000
const POLL_MS = 200
const LONGEST_LIFE_MS = 3_600_000
/** How far apart the clocks of processes that share a cache may be. */
const CLOCKS_DIFFER_MS = 60_000

/** Wraps a user's cache: a failure counts as an absent token and is reported as an event. */
export class SharedTokens {
  readonly #cache: TokenCache
  readonly #now: () => number
  readonly #emit: Emit

  constructor(cache: TokenCache, now: () => number, emit: Emit) {
    this.#cache = cache
    this.#now = now
    this.#emit = emit
  }

  /**
   * A token that another process obtained and that is good enough, or the lease to request one.
   */
  async tokenOrLease(
    key: string,
    isGood: (token: StoredToken) => boolean,
    deadline: Deadline,
  ): Promise<{ token: StoredToken } | { release: () => Promise<void> }> {
    const found = await this.#get(key, deadline)
    if (found !== undefined && isGood(found)) return { token: found }
    // However long the lease, a waiting caller must have time to request a token itself.
    const endsAt = performance.now() + Math.min(LEASE_MS, deadline.remainingMs / 2)
    for (;;) {
      const release = await this.#lease(key, deadline)
      if (release !== undefined) return { release }
      if (performance.now() >= endsAt) return { release: () => Promise.resolve() }
      await deadline.pause(POLL_MS)
      const theirs = await this.#get(key, deadline)
      if (theirs !== undefined && isGood(theirs)) return { token: theirs }
    }
  }

  async put(key: string, token: StoredToken, deadline: Deadline): Promise<void> {
    await this.#guarded('set', deadline, (signal) => this.#cache.set(key, token, { signal }))
  }

  /** Not awaited: the token is no longer used here. */
  drop(key: string, token: StoredToken): void {
    void this.#guarded('delete', undefined, (signal) => this.#cache.delete(key, token, { signal }))
  }

  async #get(key: string, deadline: Deadline): Promise<StoredToken | undefined> {
    const answer = await this.#guarded('get', deadline, (signal) =>
      this.#cache.get(key, { signal }),
    )
    const found: unknown = answer?.value
    if (found === undefined || found === null) return undefined
    // A token issued in the future would expire too late by our clock.
    if (isStoredToken(found) && found.sentAt <= this.#now() + CLOCKS_DIFFER_MS) return found
    this.#failed('get')
    return undefined
  }

  /** Without leases, or where they fail, every process may request one. */
  async #lease(key: string, deadline: Deadline): Promise<(() => Promise<void>) | undefined> {
    const cache = this.#cache
    const none = (): Promise<void> => Promise.resolve()
    if (cache.lease === undefined) return none
    const answer = await this.#guarded('lease', deadline, (signal) =>
      cache.lease?.(key, { ms: LEASE_MS, signal }),
    )
    if (answer === undefined) return none
    const release = answer.value
    if (typeof release !== 'function') return undefined
    return async () => {
      await this.#guarded('lease', undefined, () => release())
    }
  }

  /**
   * Undefined where the cache fails; throws only when the deadline of the waiting callers has
   * passed.
   */
  async #guarded<T>(
    operation: string,
    waiting: Deadline | undefined,
    work: (signal: AbortSignal) => Awaitable<T>,
  ): Promise<{ readonly value: T } | undefined> {
    const deadline = new Deadline(CALL_MS, tooSlow, waiting)
    try {
      const value = await deadline.race((async () => work(deadline.signal))())
      return { value }
    } catch {
      waiting?.throwIfOver()
      this.#failed(operation)
      return undefined
    } finally {
      deadline.end()
    }
  }

  #failed(operation: string): void {
    this.#emit({ type: 'token.cache-failed', operation })
  }
}

function tooSlow(): Error {
  return new Error('the cache took too long')
}

/** A store may contain what an older version, or another program, wrote. */
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
