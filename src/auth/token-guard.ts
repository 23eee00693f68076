import { ConfigurationError, TokenError } from '../errors.ts'
import type { Deadline } from '../lib/deadline.ts'
import type { Emit } from '../lib/emitter.ts'
import { MemoryGuardBoard, type GuardBoard } from './guard-board.ts'
import {
  enter,
  giveBack,
  pause,
  reserve,
  settle,
  type Change,
  type GuardState,
  type LastResponse,
  type Paused,
} from './guard-state.ts'

/** One client with one key at one token endpoint: what the server counts as one. */
export interface Guarded {
  /** Identifies endpoint, client id and key. */
  readonly key: string
  /** The endpoint as events show it. */
  readonly tokenEndpoint: string
  readonly perMinute: number
}

/** One request that was admitted, with its retries. */
export interface Admission {
  readonly id: string
}

/** The last instant that a `Date` can hold: servers may ask for a longer pause. */
const FARTHEST_MS = 8.64e15

/**
 * Keeps a client from being locked out: limits token requests per minute, makes none while the
 * server asks to wait, and stops after rejections that another request will not fix. With a shared
 * board all processes count together; while the board fails, each counts for itself.
 */
export class TokenGuard {
  readonly #now: () => number
  readonly #emit: Emit
  readonly #own: GuardBoard
  readonly #shared: GuardBoard | undefined

  constructor(now: () => number, emit: Emit, shared?: GuardBoard) {
    this.#now = now
    this.#emit = emit
    this.#own = new MemoryGuardBoard(now)
    this.#shared = shared
  }

  /**
   * Before a request with its retries; rejects while the client is stopped. Call {@link settled}
   * afterwards.
   */
  async enter({ key }: Guarded): Promise<Admission> {
    const id = crypto.randomUUID()
    const paused = await this.#update(key, (state, now) => enter(state, now, id))
    if (paused !== undefined) throw this.#paused(paused)
    return { id }
  }

  /** Before each attempt: waits for a slot, within the deadline. */
  async acquireSlot({ key, perMinute }: Guarded, deadline: Deadline): Promise<void> {
    const reserved = await this.#update(key, (state, now) =>
      reserve(state, now, perMinute, deadline.remainingMs),
    )
    if ('pausedForMs' in reserved) throw this.#paused(reserved)
    if (reserved.waitMs === 0) return
    try {
      await deadline.pause(reserved.waitMs)
    } catch (error) {
      await this.#update(key, (state) => giveBack(state, reserved.start))
      throw error
    }
  }

  /** After each attempt that got a response. */
  async answered(
    guarded: Guarded,
    status: number,
    retryAfterMs: number | undefined,
  ): Promise<void> {
    if (status !== 429 || retryAfterMs === undefined || retryAfterMs === 0) return
    const ms = await this.#update(guarded.key, (state, now) =>
      pause(state, now, retryAfterMs, status),
    )
    this.#tell(guarded, ms)
  }

  /** After a request: with a token, or with its error. */
  async settled(guarded: Guarded, { id }: Admission, failure?: unknown): Promise<void> {
    const outcome = failure === undefined ? 'token' : (refusalOf(failure) ?? 'failure')
    const ms = await this.#update(guarded.key, (state, now) => settle(state, now, id, outcome))
    if (ms !== undefined) this.#tell(guarded, ms)
  }

  async #update<R>(key: string, change: (state: GuardState, now: number) => Change<R>): Promise<R> {
    if (this.#shared === undefined) return this.#own.update(key, change)
    try {
      return await this.#shared.update(key, change)
    } catch {
      this.#emit({ type: 'token.limits-failed' })
      return this.#own.update(key, change)
    }
  }

  #tell({ tokenEndpoint }: Guarded, ms: number): void {
    this.#emit({ type: 'token.paused', tokenEndpoint, retryAt: this.#now() + ms })
  }

  #paused({ pausedForMs, last }: Paused): TokenError {
    const retryAt = Math.min(this.#now() + pausedForMs, FARTHEST_MS)
    const said = last.error ?? last.status
    return new TokenError(
      'ERR_CQ_TOKEN_PAUSED',
      `no token request is made before ${new Date(retryAt).toISOString()}${said === undefined ? '' : `; the last response was ${said}`}`,
      {
        operation: 'token.get',
        status: last.status,
        retryAfterMs: Math.max(0, Math.ceil(retryAt - this.#now())),
      },
      { error: last.error, retryAt: Math.ceil(retryAt) },
    )
  }
}

/** The server knows the client and rejects it: the same request will not succeed. */
function refusalOf(failure: unknown): LastResponse | undefined {
  // A clock that is too far off has its own error, but was a rejection all the same.
  const said = failure instanceof ConfigurationError ? failure.cause : failure
  if (!(said instanceof TokenError)) return undefined
  const { status, error } = said
  return error === 'invalid_client' || error === 'unauthorized_client'
    ? { status, error }
    : undefined
}
