import { limited, LONGEST_TIMER_MS, reasonOf, type Aborter, type Limited } from '../lib/abort.ts'
import type { CallerSignals } from '../lib/caller-signals.ts'
import { requirePositive, requireSignal, requireText } from '../lib/arguments.ts'
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
  /** Which page of a search it asks for, from 1. */
  page?: number | undefined
  /** Goes along with its requests as `X-Request-Id`, where they are audited. */
  requestId?: string | undefined
  /** What the caller says that it is part of. */
  readonly runId: string | undefined
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
    this.runId = requireRunId(options.runId)
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

  /** The origin and the organization among its parties. */
  get party(): { readonly origin?: string; readonly organization?: string } {
    const origin = this.parties.find((party) => party?.includes('://'))
    const organization = this.parties.find((party) => party?.includes('://') === false)
    return {
      ...(origin === undefined ? {} : { origin }),
      ...(organization === undefined ? {} : { organization }),
    }
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

function requireRunId(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (/^[\x21-\x7e]{1,128}$/.test(requireText(value, 'runId'))) {
    return requireText(value, 'runId')
  }
  throw new TypeError('"runId" must be 1 to 128 visible ASCII characters')
}
