import { limited, LONGEST_TIMER_MS, reasonOf, type Aborter, type Limited } from '../lib/abort.ts'
import type { CallerSignals } from '../lib/caller-signals.ts'
import { requirePositive, requireSignal } from '../lib/arguments.ts'
import { own } from '../lib/own.ts'
import { TransportError } from '../errors.ts'
import type { CallOptions } from '../types.ts'
import type { RequestGate } from './exchange.ts'

/**
 * One call of a user: its deadline, the user's abort and the client's close, joined in one
 * short-lived signal. The user's own signal is never passed on: long-lived ones pile up listeners.
 */
export class Call {
  readonly operation: string
  /** Aborts when time is up, the caller leaves or the client closes. */
  readonly aborter: Aborter
  /** Origins and organizations that it has to do with. */
  parties: readonly (string | undefined)[] = []
  /** Passed by each of its attempts; without one none is held back. */
  gate: RequestGate | undefined
  readonly #endsAt: number
  readonly #limited: Limited
  readonly #detach: (() => void) | undefined
  readonly #timeLeft: (() => number) | undefined

  /**
   * `timeLeft` stands in for a deadline where the call is work that others wait for. Without a
   * deadline (`Infinity`) there is no timer, which would keep a process alive.
   */
  constructor(
    operation: string,
    given: CallOptions,
    defaultTimeoutMs: number,
    callers: CallerSignals,
    timeLeft?: () => number,
  ) {
    const options = own(given)
    this.#timeLeft = timeLeft
    const timeoutMs = requirePositive(options.timeoutMs, 'timeoutMs') ?? defaultTimeoutMs
    requireSignal(options.signal, 'signal')
    this.operation = operation
    this.#endsAt = performance.now() + timeoutMs
    this.#limited = limited(
      timeoutMs,
      undefined,
      () =>
        new TransportError('ERR_CQ_TIMEOUT', `${operation} took longer than ${timeoutMs} ms`, {
          operation,
        }),
    )
    this.aborter = this.#limited.aborter
    const { signal } = options
    if (signal !== undefined) this.#detach = callers.follow(signal, this.aborter)
  }

  /** The aborter's, for code that wants a platform signal. */
  get signal(): AbortSignal {
    return this.aborter.signal
  }

  /** Milliseconds until the deadline, and never more than a timer can wait. */
  get remainingMs(): number {
    const timeLeft = this.#timeLeft?.() ?? Math.max(0, this.#endsAt - performance.now())
    return Math.min(timeLeft, LONGEST_TIMER_MS)
  }

  throwIfOver(): void {
    if (this.aborter.aborted) throw reasonOf(this.aborter)
  }

  abort(reason: Error): void {
    this.aborter.abort(reason)
  }

  end(): void {
    this.#limited.end()
    this.#detach?.()
  }
}
