import { reasonOf, untilAborted } from '../lib/abort.ts'
import { requirePositive, requireSignal } from '../lib/arguments.ts'
import { TransportError } from '../errors.ts'
import type { CallOptions } from '../types.ts'

/** The longest time a timer can wait for. */
const LONGEST = 2 ** 31 - 1

/**
 * One call of a user: its deadline, the user's abort and the client's close, joined in one
 * short-lived signal. The user's own signal is never passed on: long-lived ones pile up listeners.
 */
export class Call {
  readonly operation: string
  readonly #controller = new AbortController()
  readonly #endsAt: number
  readonly #timer: ReturnType<typeof setTimeout>
  readonly #caller: AbortSignal | undefined
  readonly #leave = (): void => {
    if (this.#caller !== undefined) this.#controller.abort(this.#caller.reason)
  }

  constructor(operation: string, options: CallOptions, defaultTimeoutMs: number) {
    const timeoutMs = requirePositive(options.timeoutMs, 'timeoutMs') ?? defaultTimeoutMs
    requireSignal(options.signal, 'signal')
    this.operation = operation
    this.#endsAt = performance.now() + timeoutMs
    this.#timer = setTimeout(
      () => {
        this.abort(
          new TransportError('ERR_CQ_TIMEOUT', `${operation} took longer than ${timeoutMs} ms`, {
            operation,
          }),
        )
      },
      Math.min(timeoutMs, LONGEST),
    )
    this.#caller = options.signal
    if (this.#caller?.aborted === true) this.#leave()
    else this.#caller?.addEventListener('abort', this.#leave, { once: true })
  }

  /** Aborts when time is up, the caller leaves or the client closes. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Milliseconds until the deadline. */
  get remainingMs(): number {
    return Math.max(0, this.#endsAt - performance.now())
  }

  throwIfOver(): void {
    if (this.signal.aborted) throw reasonOf(this.signal)
  }

  abort(reason: Error): void {
    this.#controller.abort(reason)
  }

  /** Runs the work under the deadline, whether or not the work looks at the signal. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.throwIfOver()
    return untilAborted(work(), this.signal)
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#caller?.removeEventListener('abort', this.#leave)
  }
}
