import { reasonOf, type AbortSignalLike, type LazyAbortController } from './abort.ts'

interface Waiting {
  readonly fire: () => void
  readonly listeners: Set<() => void>
}

/**
 * The signals of callers, each with one listener however many calls wait for it: Node warns of the
 * eleventh, and a caller may use one signal for thousands of calls.
 */
export class CallerSignals {
  readonly #waiting = new WeakMap<AbortSignalLike, Waiting>()

  /** Aborts the aborter with the signal, until the returned function is called. */
  follow(signal: AbortSignalLike, aborter: LazyAbortController): () => void {
    const abort = (): void => aborter.abort(reasonOf(signal))
    if (!signal.aborted) return this.#whenAborted(signal, abort)
    abort()
    return () => undefined
  }

  #whenAborted(signal: AbortSignalLike, listener: () => void): () => void {
    const { listeners, fire } = this.#waiting.get(signal) ?? this.#listenTo(signal)
    listeners.add(listener)
    return () => {
      if (!listeners.delete(listener) || listeners.size > 0) return
      signal.removeEventListener('abort', fire)
      this.#waiting.delete(signal)
    }
  }

  #listenTo(signal: AbortSignalLike): Waiting {
    const listeners = new Set<() => void>()
    const fire = (): void => {
      this.#waiting.delete(signal)
      for (const listener of listeners) listener()
    }
    const waiting = { fire, listeners }
    this.#waiting.set(signal, waiting)
    signal.addEventListener('abort', fire, { once: true })
    return waiting
  }
}
