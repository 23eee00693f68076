/** Waiting that ends when a signal does. */

/** What waiting depends on: an `AbortSignal`, or one of ours that is only made if needed. */
export interface AbortSignalLike {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void, options?: { once: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/**
 * An `AbortController` for internal use. A platform signal costs some ten microseconds, several of
 * them for every request, and most are never used by other code: here it is only made on demand.
 */
export class LazyAbortController implements AbortSignalLike {
  /** Not an array: V8 would make those in old space, and keep all they lead to (decision 18). */
  #listeners: Set<() => void> | undefined
  #aborted = false
  #reason: unknown
  #platform: AbortController | undefined

  get aborted(): boolean {
    return this.#aborted
  }

  get reason(): unknown {
    return this.#reason
  }

  /** The platform's signal, for other code. */
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
    // A copy: a listener may remove itself and others. Later ones are never called.
    const listeners = [...(this.#listeners ?? [])]
    this.#listeners = undefined
    for (const listener of listeners) listener()
  }

  /** Each listener is called once at most. */
  addEventListener(_type: 'abort', listener: () => void): void {
    if (this.#aborted) return
    this.#listeners = (this.#listeners ?? new Set()).add(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners?.delete(listener)
  }
}

/**
 * An object with a `signal` that is only made if it is read. An own member, so that copies have it,
 * too; by one getter for all, because V8 keeps an object literal with a getter as a hash table.
 */
export class WithLazySignal {
  declare readonly signal: AbortSignal
  readonly #source: Pick<LazyAbortController, 'signal'>

  static readonly #member = {
    enumerable: true,
    configurable: true,
    get(this: WithLazySignal): AbortSignal {
      return this.#source.signal
    },
  }

  constructor(source: Pick<LazyAbortController, 'signal'>) {
    this.#source = source
    Object.defineProperty(this, 'signal', WithLazySignal.#member)
  }
}

/** Settles as `promise` does, or rejects with the signal's reason as soon as it aborts. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignalLike): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => {
      reject(reasonOf(signal))
    }
    if (signal.aborted) {
      promise.catch(() => undefined) // Nothing else handles it.
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
export function delay(ms: number, signal: AbortSignalLike): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  return untilAborted(passed, signal).finally(() => {
    clearTimeout(timer)
  })
}

/** The reason of an aborted signal, as an error that can be thrown. */
export function reasonOf(signal: Pick<AbortSignalLike, 'reason'>): Error {
  return signal.reason as Error // The caller's own value, passed on unchanged whatever it is.
}
