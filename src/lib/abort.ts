/** Waiting that ends when a signal does. */

/** What waiting looks at: an `AbortSignal`, or an {@link Aborter}. */
export interface Aborting {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void, options?: { once: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

const NOBODY: readonly (() => void)[] = []

/**
 * An `AbortController` for inside. A platform signal costs some ten microseconds, several of them
 * for every request, and most are never looked at by anyone else: here it is made when it is asked for.
 */
export class Aborter implements Aborting {
  #listeners = NOBODY
  #aborted = false
  #reason: unknown
  #platform: AbortController | undefined

  get aborted(): boolean {
    return this.#aborted
  }

  get reason(): unknown {
    return this.#reason
  }

  /** The same for users' code and the platform's. */
  get signal(): AbortSignal {
    if (this.#platform === undefined) {
      this.#platform = new AbortController()
      if (this.#aborted) this.#platform.abort(this.#reason)
    }
    return this.#platform.signal
  }

  abort(reason: unknown): void {
    if (this.#aborted) return
    this.#aborted = true
    this.#reason = reason
    this.#platform?.abort(reason)
    const listeners = this.#listeners
    this.#listeners = NOBODY
    for (const listener of listeners) listener()
  }

  /** Each listener is called once at most. */
  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.#aborted) this.#listeners = [...this.#listeners, listener]
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners = this.#listeners.filter((one) => one !== listener)
  }
}

/** Settles as `promise` does, or rejects with the signal's reason as soon as it aborts. */
export function untilAborted<T>(promise: Promise<T>, signal: Aborting): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => {
      reject(reasonOf(signal))
    }
    if (signal.aborted) {
      promise.catch(() => undefined) // nobody else is listening
      leave()
      return
    }
    signal.addEventListener('abort', leave, { once: true })
    promise.then(
      (value) => {
        signal.removeEventListener('abort', leave)
        resolve(value)
      },
      (error: unknown) => {
        signal.removeEventListener('abort', leave)
        reject(reasonOf({ reason: error }))
      },
    )
  })
}

/** Resolves after `ms` milliseconds, or rejects with the signal's reason as soon as it aborts. */
export function delay(ms: number, signal: Aborting): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  return untilAborted(passed, signal).finally(() => {
    clearTimeout(timer)
  })
}

/** The reason of an aborted signal, as an error that can be thrown. */
export function reasonOf(signal: Pick<Aborting, 'reason'>): Error {
  return signal.reason as Error // the caller's own value, handed back untouched whatever it is
}

/** Time that was given to something. */
export interface Limited {
  readonly aborter: Aborter
  /** Counts from now. */
  readonly start: () => void
  /** To be called in a `finally`. */
  readonly end: () => void
}

/**
 * An aborter that follows `parent` and aborts by itself after `ms` milliseconds (`Infinity`: never, and
 * without a timer) with the error that
 * `timeUp` makes; from now on, or with `when: 'later'` from `start` on. Call `end` in a `finally`.
 */
export function limited(
  ms: number,
  parent: Aborting | undefined,
  timeUp: () => Error,
  when: 'now' | 'later' = 'now',
): Limited {
  const aborter = new Aborter()
  const leave = (): void => {
    if (parent !== undefined) aborter.abort(reasonOf(parent))
  }
  let timer: ReturnType<typeof setTimeout> | undefined
  const start = (): void => {
    clearTimeout(timer)
    if (ms === Infinity) return
    // Two timers: the second turn lets what has already arrived be seen before time is called.
    timer = setTimeout(
      () => {
        timer = setTimeout(() => aborter.abort(timeUp()), 0)
      },
      Math.min(ms, LONGEST_TIMER_MS),
    )
  }
  if (when === 'now') start()
  if (parent?.aborted === true) leave()
  else parent?.addEventListener('abort', leave, { once: true })
  const end = (): void => {
    clearTimeout(timer)
    parent?.removeEventListener('abort', leave)
  }
  return { aborter, start, end }
}

/** Timers that are set for longer fire at once. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1
