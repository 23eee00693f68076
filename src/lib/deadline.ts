import {
  delay,
  LazyAbortController,
  reasonOf,
  untilAborted,
  type AbortSignalLike,
} from './abort.ts'

/** Timers that are set for longer fire at once. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1

/**
 * What bounds a {@link Deadline} from outside: another one, or a signal with its remaining time.
 */
export interface OuterDeadline {
  readonly aborter?: AbortSignalLike | undefined
  readonly remainingMs?: number | undefined
}

/**
 * How much time something has, and everything that ends it: its own time, whatever it is part of,
 * and {@link Deadline.abort}. The one value that is passed on wherever something is awaited.
 */
export class Deadline {
  /** Aborts when it is over. */
  readonly aborter: LazyAbortController = new LazyAbortController()
  readonly #ms: number
  readonly #timeUp: () => Error
  readonly #outer: OuterDeadline | undefined
  readonly #endsAt: number
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Ends it when what it is part of ends. */
  readonly #follow: (() => void) | undefined
  #isEnded = false

  /**
   * After `ms` milliseconds it ends with the error that `timeUp` makes. They count from now, or
   * with `'on start'` from {@link start}. `Infinity` means no time of its own, and no timer, which
   * would keep a process alive. Call {@link end} in a `finally`.
   */
  constructor(
    ms: number,
    timeUp: () => Error,
    outer?: OuterDeadline,
    counted: 'now' | 'on start' = 'now',
  ) {
    this.#ms = ms
    this.#timeUp = timeUp
    this.#outer = outer
    this.#endsAt = ms === Infinity ? Infinity : performance.now() + ms
    if (counted === 'now') this.start()
    const aborter = outer?.aborter
    if (aborter === undefined) return
    this.#follow = () => this.aborter.abort(reasonOf(aborter))
    if (aborter.aborted) this.#follow()
    else aborter.addEventListener('abort', this.#follow, { once: true })
  }

  /** The aborter's, for code that wants a platform signal. */
  get signal(): AbortSignal {
    return this.aborter.signal
  }

  /** Milliseconds until it is over, and never more than a timer can wait. */
  get remainingMs(): number {
    const own = this.#endsAt === Infinity ? Infinity : Math.max(0, this.#endsAt - performance.now())
    return Math.min(own, this.#outer?.remainingMs ?? Infinity, LONGEST_TIMER_MS)
  }

  /** A shorter one for a part of the work, which ends with this one. */
  child(ms: number, timeUp: () => Error, counted: 'now' | 'on start' = 'now'): Deadline {
    return new Deadline(ms, timeUp, this, counted)
  }

  /** Settles as `promise` does, or rejects with the reason as soon as it is over. */
  race<T>(promise: Promise<T>): Promise<T> {
    return untilAborted(promise, this.aborter)
  }

  /** Resolves after `ms` milliseconds, or rejects with the reason as soon as it is over. */
  pause(ms: number): Promise<void> {
    return delay(ms, this.aborter)
  }

  throwIfOver(): void {
    if (this.aborter.aborted) throw reasonOf(this.aborter)
  }

  abort(reason: unknown): void {
    this.aborter.abort(reason)
  }

  /** Its time counts from now, unless it has ended: a request may go out after its caller has left. */
  start(): void {
    clearTimeout(this.#timer)
    if (this.#ms === Infinity || this.#isEnded) return
    this.#timer = setTimeout(() => this.#takeLastTurn(), Math.min(this.#ms, LONGEST_TIMER_MS))
  }

  /** Stops the timer and removes all listeners. */
  end(): void {
    this.#isEnded = true
    clearTimeout(this.#timer)
    if (this.#follow !== undefined) {
      this.#outer?.aborter?.removeEventListener('abort', this.#follow)
    }
  }

  /** Another turn lets what has already arrived be seen before the deadline ends it. */
  #takeLastTurn(): void {
    this.#timer = setTimeout(() => this.aborter.abort(this.#timeUp()), 0)
  }
}
