import { ConfigurationError, TokenError } from '../errors.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import type { Deadline } from '../lib/deadline.ts'
import type { Emit } from '../lib/emitter.ts'

/** One client with one key at one token endpoint: what the server counts together. */
export interface Guarded {
  /** Names endpoint, client id and key. */
  readonly key: string
  /** The endpoint as events show it. */
  readonly tokenEndpoint: string
  readonly perMinute: number
}

/** One request that was let through, retries and all. */
export interface Admission {
  readonly at: number
}

interface State {
  /** Requests that may go now; below zero by those that wait. */
  places: number
  filledAt: number
  /** When the last minute's requests went, or will go. */
  starts: number[]
  /** What a `Retry-After` asks for. */
  pausedUntil: number
  /** Refusals of the client in a row. */
  refusals: number
  stoppedUntil: number
  /** The probe under way. */
  probe: Admission | undefined
  last: { readonly status?: number | undefined; readonly error?: string | undefined }
}

const MINUTE_MS = 60_000
const BURST = 10
const REFUSALS = 3
const SHORTEST_STOP_MS = 30_000
const LONGEST_STOP_MS = 600_000
/** How long the others wait while one probes. */
const PROBE_MS = 1_000
/** Longer than any request lives; a probe that never came back, as on workers, must not stop it for ever. */
const PROBE_LOST_MS = 120_000
const REMEMBERED = 1_000
/** A server decides how long its endpoint's URL is. */
const MAX_BYTES = 4e6
/** The last instant that a `Date` can hold: servers may ask for a pause that goes beyond. */
const FARTHEST_MS = 8.64e15

/**
 * Keeps a client from being locked out: few token requests a minute, none while the server asks for
 * a pause, and a stop after refusals that another request will not fix.
 */
export class TokenGuard {
  readonly #now: () => number
  readonly #emit: Emit
  readonly #states = new BoundedMap<State>(REMEMBERED, { maxBytes: MAX_BYTES })

  constructor(now: () => number, emit: Emit) {
    this.#now = now
    this.#emit = emit
  }

  /** Before a request, retries and all; throws while the client is stopped. Afterwards call {@link settled}. */
  enter(guarded: Guarded): Admission {
    const state = this.#stateOf(guarded)
    const now = this.#now()
    const admission = { at: now }
    if (state.refusals < REFUSALS) return admission
    if (now < state.stoppedUntil) throw this.#paused(state, state.stoppedUntil)
    if (state.probe !== undefined && now < state.probe.at + PROBE_LOST_MS) {
      throw this.#paused(state, now + PROBE_MS)
    }
    state.probe = admission
    return admission
  }

  /** Before each attempt: waits for a slot, within the deadline. */
  async acquireSlot(guarded: Guarded, deadline: Deadline): Promise<void> {
    const state = this.#stateOf(guarded)
    const now = this.#now()
    const everyMs = MINUTE_MS / guarded.perMinute
    const filled = Math.min(BURST, state.places + Math.max(0, now - state.filledAt) / everyMs)
    state.starts = state.starts.filter((start) => start > now - MINUTE_MS)
    // Servers count by the minute: a full bucket and what flows in must not be more together.
    const crowded = state.starts.at(-Math.max(1, Math.floor(guarded.perMinute)))
    const wait = Math.max(
      (1 - filled) * everyMs,
      (crowded ?? -Infinity) + MINUTE_MS - now,
      state.pausedUntil - now,
      0,
    )
    if (wait > deadline.remainingMs) throw this.#paused(state, now + wait)
    // Taken before waiting, so that those who come later queue behind.
    state.places = filled - 1
    state.filledAt = now
    const start = now + wait
    state.starts.push(start)
    if (wait === 0) return
    try {
      await deadline.pause(wait)
    } catch (error) {
      state.places += 1
      state.starts.splice(state.starts.indexOf(start), 1)
      throw error
    }
  }

  /** After each attempt that was answered. */
  answered(guarded: Guarded, status: number, retryAfterMs: number | undefined): void {
    if (status !== 429 || retryAfterMs === undefined || retryAfterMs === 0) return
    const state = this.#stateOf(guarded)
    state.pausedUntil = Math.max(state.pausedUntil, this.#now() + retryAfterMs)
    state.last = { status }
    this.#tell(guarded, state.pausedUntil)
  }

  /** After a request: with a token, or with what it failed with. */
  settled(guarded: Guarded, admission: Admission, failure?: unknown): void {
    const state = this.#stateOf(guarded)
    const probed = state.probe === admission
    if (probed) state.probe = undefined
    if (failure === undefined) state.refusals = 0
    const refused = refusalOf(failure)
    // Those that were under way when the stop began say nothing new: only a probe doubles it.
    if (refused === undefined || (state.refusals >= REFUSALS && !probed)) return
    state.refusals += 1
    state.last = { status: refused.status, error: refused.error }
    if (state.refusals < REFUSALS) return
    const stop = SHORTEST_STOP_MS * 2 ** (state.refusals - REFUSALS)
    state.stoppedUntil = this.#now() + Math.min(stop, LONGEST_STOP_MS)
    this.#tell(guarded, state.stoppedUntil)
  }

  #stateOf({ key }: Guarded): State {
    const known = this.#states.get(key)
    if (known !== undefined) return known
    const fresh: State = {
      places: BURST,
      filledAt: this.#now(),
      starts: [],
      pausedUntil: -Infinity,
      refusals: 0,
      stoppedUntil: -Infinity,
      probe: undefined,
      last: {},
    }
    this.#states.set(key, fresh)
    return fresh
  }

  #tell({ tokenEndpoint }: Guarded, retryAt: number): void {
    this.#emit('token.paused', { tokenEndpoint, retryAt })
  }

  #paused({ last }: State, until: number): TokenError {
    const retryAt = Math.min(until, FARTHEST_MS)
    const said = last.error ?? last.status
    return new TokenError(
      'ERR_CQ_TOKEN_PAUSED',
      `no token request is made before ${new Date(retryAt).toISOString()}${said === undefined ? '' : `; the last answer was ${said}`}`,
      {
        operation: 'token.get',
        status: last.status,
        retryAfterMs: Math.max(0, Math.ceil(retryAt - this.#now())),
      },
      { error: last.error, retryAt: Math.ceil(retryAt) },
    )
  }
}

/** The server knows who asks and says no: the same request will not do better. */
function refusalOf(failure: unknown): TokenError | undefined {
  // A clock that is too far off is told as such, and was a refusal all the same.
  const said = failure instanceof ConfigurationError ? failure.cause : failure
  if (!(said instanceof TokenError)) return undefined
  return said.error === 'invalid_client' || said.error === 'unauthorized_client' ? said : undefined
}
