import type { HttpResponse, AttemptTarget, RequestGate } from '../http/messages.ts'
import { isTransientStatus } from '../http/policies/retry.ts'
import { isCarequalityError, TransportError } from '../errors.ts'
import type { AbortSignalLike } from '../lib/abort.ts'
import { ignoreRejection } from '../lib/ignore-rejection.ts'
import type { Limits, Place, RequestResult } from './limits.ts'

interface Entered {
  readonly places: readonly Place[]
  readonly report: (result: RequestResult) => unknown
}

/** What one target is held back by, and what its requests came to. */
export class TargetGate implements RequestGate {
  readonly #limits: Limits
  readonly #now: () => number
  readonly #endsAt: number
  readonly #onAnswered: (ms: number) => void
  /** HTTP requests that went out. */
  attempts = 0
  /** Milliseconds of waiting for places and breakers. */
  waitedMs = 0
  /** Milliseconds of token requests, those that waited left out. */
  tokenMs = 0
  /** When the first one went out, in milliseconds since the epoch. */
  startedAt: number | undefined
  /** The limits rejected: nothing more is asked. */
  isLost = false
  /** Of the attempts, what the last one that failed came to: its error, or its status. */
  lastFailure: { readonly error: unknown } | { readonly status: number } | undefined
  #disclosed: (() => void) | undefined

  /** `endsAt`: when the target's time is up, by `performance.now`. `onAnswered`: told how long each question took. */
  constructor(limits: Limits, now: () => number, endsAt: number, onAnswered: (ms: number) => void) {
    this.#limits = limits
    this.#now = now
    this.#endsAt = endsAt
    this.#onAnswered = onAnswered
  }

  /** Has `disclosed` called when the next question goes out; at once for each that follows it. */
  onQuestion(disclosed: () => void): void {
    this.#disclosed = disclosed
  }

  async pass(
    target: AttemptTarget,
    signal: AbortSignalLike,
    attempt: () => Promise<HttpResponse>,
  ): Promise<HttpResponse> {
    const waitingSince = performance.now()
    const { places, report } = await this.#enter(target, signal)
    const startedAt = performance.now()
    this.waitedMs += startedAt - waitingSince
    this.attempts += 1
    this.startedAt ??= this.#now()
    const isQuestion = target.kind === 'page'
    if (isQuestion) this.#disclosed?.()
    let result: RequestResult = 'dropped'
    try {
      const answer = await attempt()
      const { status } = answer
      result = isTransientStatus(status) ? 'failing' : 'answered'
      if (result === 'failing') this.lastFailure = { status }
      else if (isQuestion) this.#onAnswered(performance.now() - startedAt)
      return answer
    } catch (error) {
      result = this.#resultOf(error, signal)
      this.lastFailure = { error }
      throw error
    } finally {
      if (target.kind === 'token') this.tokenMs += performance.now() - startedAt
      leave(report(result))
      for (const place of places) leave(place.release())
    }
  }

  async #enter(target: AttemptTarget, signal: AbortSignalLike): Promise<Entered> {
    const { origins, tokenEndpoints, breaker } = this.#limits
    const places: Place[] = []
    try {
      if (target.kind === 'token') places.push(await tokenEndpoints.acquire(target.base, signal))
      places.push(await origins.acquire(target.origin, signal))
      const verdict = await breaker.mayTry(target, signal)
      if (!verdict.open) return { places, report: (result) => verdict.report(result) }
      throw this.#open(target, verdict.retryAt)
    } catch (error) {
      for (const place of places) leave(place.release())
      if (!signal.aborted && isStoreLost(error)) this.isLost = true
      throw error
    }
  }

  #open({ origin }: AttemptTarget, retryAt: number): TransportError {
    const retryAfterMs = Math.max(0, Math.ceil(retryAt - this.#now()))
    const what = `the server failed several times and is left alone`
    return new TransportError('ERR_CQ_BREAKER_OPEN', what, { origin, retryAfterMs })
  }

  #resultOf(error: unknown, signal: AbortSignalLike): RequestResult {
    // Who gives up when the target's time is up was let down; who leaves earlier saw nothing.
    if (signal.aborted) return performance.now() >= this.#endsAt ? 'failing' : 'dropped'
    if (!(error instanceof TransportError)) return 'answered'
    if (error.code === 'ERR_CQ_NETWORK') return 'unreachable'
    return error.code === 'ERR_CQ_RESPONSE_TOO_LARGE' ? 'answered' : 'failing'
  }
}

/** Limits reject with whatever their store throws; of ours only the store's own code means that. */
function isStoreLost(error: unknown): boolean {
  return !isCarequalityError(error) || error.code === 'ERR_CQ_STORE_FAILED'
}

/** Nobody waits for a place to be given back. */
function leave(done: unknown): void {
  ignoreRejection(done)
}
