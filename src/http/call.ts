import {
  limited,
  LONGEST_TIMER_MS,
  reasonOf,
  untilAborted,
  type Aborter,
  type Limited,
} from '../lib/abort.ts'
import { requirePositive, requireSignal } from '../lib/arguments.ts'
import { own } from '../lib/own.ts'
import { TransportError } from '../errors.ts'
import type { CallOptions } from '../types.ts'

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
  readonly #endsAt: number
  readonly #caller: AbortSignal | undefined
  readonly #limited: Limited
  readonly #leave = (): void => {
    if (this.#caller !== undefined) this.abort(reasonOf(this.#caller))
  }

  readonly #timeLeft: (() => number) | undefined

  /** `timeLeft` stands in for a deadline where the call is work that others wait for. */
  constructor(
    operation: string,
    given: CallOptions,
    defaultTimeoutMs: number,
    timeLeft?: () => number,
  ) {
    const options = own(given)
    this.#timeLeft = timeLeft
    const timeoutMs = requirePositive(options.timeoutMs, 'timeoutMs') ?? defaultTimeoutMs
    requireSignal(options.signal, 'signal')
    this.operation = operation
    this.#endsAt = performance.now() + Math.min(timeoutMs, LONGEST_TIMER_MS)
    this.#limited = limited(
      timeoutMs,
      undefined,
      () =>
        new TransportError('ERR_CQ_TIMEOUT', `${operation} took longer than ${timeoutMs} ms`, {
          operation,
        }),
    )
    this.aborter = this.#limited.aborter
    this.#caller = options.signal
    if (this.#caller?.aborted === true) this.#leave()
    else this.#caller?.addEventListener('abort', this.#leave, { once: true })
  }

  /** The aborter's, for code that wants a platform signal. */
  get signal(): AbortSignal {
    return this.aborter.signal
  }

  /** Milliseconds until the deadline. */
  get remainingMs(): number {
    return this.#timeLeft?.() ?? Math.max(0, this.#endsAt - performance.now())
  }

  throwIfOver(): void {
    if (this.aborter.aborted) throw reasonOf(this.aborter)
  }

  abort(reason: Error): void {
    this.aborter.abort(reason)
  }

  /** Runs the work under the deadline, whether or not the work looks at the signal. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.throwIfOver()
    return untilAborted(work(), this.aborter)
  }

  end(): void {
    this.#limited.end()
    this.#caller?.removeEventListener('abort', this.#leave)
  }
}
