/** Recent token requests to a server, and what they permit next. Pure: state in, state out. */
import { isRecord } from '../lib/arguments.ts'

/** Of one client with one key at one token endpoint. Plain data; times are milliseconds since the epoch. */
export interface GuardState {
  /** Requests that may be sent now; negative if requests are queued. */
  readonly places: number
  readonly filledAt: number
  /** When the requests of the last minute were sent, or will be. */
  readonly starts: readonly number[]
  /** Until when `Retry-After` asks to wait; 0 for not at all. */
  readonly pausedUntil: number
  /** Rejections of the client in a row. */
  readonly refusals: number
  readonly stoppedUntil: number
  /** The probe under way. */
  readonly probe?: { readonly id: string; readonly at: number } | undefined
  readonly last: LastResponse
}

/** The server's last error. */
export interface LastResponse {
  readonly status?: number | undefined
  readonly error?: string | undefined
}

/** A new state, and the result for the caller. */
export interface Change<R> {
  readonly state: GuardState
  readonly result: R
}

/** No request is made for so long, because of `last`. */
export interface Paused {
  readonly pausedForMs: number
  readonly last: LastResponse
}

const MINUTE_MS = 60_000
const BURST = 10
const REFUSALS = 3
const SHORTEST_STOP_MS = 30_000
const LONGEST_STOP_MS = 600_000
/** How long other requests wait while one probes. */
const PROBE_MS = 1_000
/**
 * Longer than any request takes: a probe that never ends, as on workers, must not block forever.
 */
const PROBE_LOST_MS = 120_000

export function freshState(now: number): GuardState {
  return {
    ...{ places: BURST, filledAt: now, starts: [] },
    ...{ pausedUntil: 0, refusals: 0, stoppedUntil: 0, last: {} },
  }
}

/** Before a request with all its retries: undefined where it may be sent. `id` names it. */
export function enter(state: GuardState, now: number, id: string): Change<Paused | undefined> {
  const { refusals, stoppedUntil, probe, last } = state
  if (refusals < REFUSALS) return { state, result: undefined }
  if (now < stoppedUntil) return { state, result: { pausedForMs: stoppedUntil - now, last } }
  if (probe !== undefined && now < probe.at + PROBE_LOST_MS) {
    return { state, result: { pausedForMs: PROBE_MS, last } }
  }
  return { state: { ...state, probe: { id, at: now } }, result: undefined }
}

/**
 * When the next attempt may start, as a delay and as the time that is reserved for it; or a pause
 * that is longer than `timeLeftMs`.
 */
export function reserve(
  state: GuardState,
  now: number,
  perMinute: number,
  timeLeftMs: number,
): Change<Paused | { readonly waitMs: number; readonly start: number }> {
  const everyMs = MINUTE_MS / perMinute
  const filled = Math.min(BURST, state.places + Math.max(0, now - state.filledAt) / everyMs)
  const starts = state.starts.filter((start) => start > now - MINUTE_MS)
  // Servers count by the minute: a full bucket and its refill must not exceed the limit together.
  const crowded = starts.at(-Math.max(1, Math.floor(perMinute)))
  const waitMs = Math.max(
    (1 - filled) * everyMs,
    (crowded ?? -Infinity) + MINUTE_MS - now,
    state.pausedUntil - now,
    0,
  )
  if (waitMs > timeLeftMs) return { state, result: { pausedForMs: waitMs, last: state.last } }
  const start = now + waitMs
  // Reserved before waiting, so that later requests queue behind it.
  const next = { ...state, places: filled - 1, filledAt: now, starts: [...starts, start] }
  return { state: next, result: { waitMs, start } }
}

/** A request that was given up before its attempt started. */
export function giveBack(state: GuardState, start: number): Change<undefined> {
  const at = state.starts.indexOf(start)
  const starts = at < 0 ? state.starts : state.starts.filter((_, index) => index !== at)
  return { state: { ...state, places: state.places + 1, starts }, result: undefined }
}

/** A response asks to wait. */
export function pause(state: GuardState, now: number, ms: number, status: number): Change<number> {
  const pausedUntil = Math.max(state.pausedUntil, now + ms)
  return { state: { ...state, pausedUntil, last: { status } }, result: pausedUntil - now }
}

/** The request with this id has ended; returns how long the client is stopped, if it is. */
export function settle(
  state: GuardState,
  now: number,
  id: string,
  outcome: 'token' | 'failure' | LastResponse,
): Change<number | undefined> {
  const probed = state.probe?.id === id
  const after = probed ? { ...state, probe: undefined } : state
  if (outcome === 'token') return { state: { ...after, refusals: 0 }, result: undefined }
  // Requests that were under way when the stop began say nothing new: only a probe doubles it.
  if (outcome === 'failure' || (after.refusals >= REFUSALS && !probed)) {
    return { state: after, result: undefined }
  }
  const refusals = after.refusals + 1
  const refused = { ...after, refusals, last: outcome }
  if (refusals < REFUSALS) return { state: refused, result: undefined }
  const stopMs = Math.min(SHORTEST_STOP_MS * 2 ** (refusals - REFUSALS), LONGEST_STOP_MS)
  return { state: { ...refused, stoppedUntil: now + stopMs }, result: stopMs }
}

/** A store may contain what an older version, or another program, wrote. */
export function isGuardState(value: unknown): value is GuardState {
  if (!isRecord(value) || !isRecord(value.last)) return false
  const { places, filledAt, starts, pausedUntil, refusals, stoppedUntil } = value
  return (
    [places, filledAt, pausedUntil, refusals, stoppedUntil].every(Number.isFinite) &&
    Array.isArray(starts) &&
    starts.every(Number.isFinite)
  )
}
