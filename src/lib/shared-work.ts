import { reasonOf, untilAborted } from './abort.ts'

/** Milliseconds that one who waits has left. */
type TimeLeft = () => number

interface Running<T> {
  readonly result: Promise<T>
  readonly controller: AbortController
  readonly waiting: Set<TimeLeft>
  settled: boolean
}

/**
 * One run per key, many waiters. Each waiter leaves by its own signal; the work has a signal of its
 * own, which aborts when the last waiter has left, and the time of the most patient one. A failure
 * reaches those waiting and is forgotten.
 */
export class SharedWork<T> {
  readonly #running = new Map<string, Running<T>>()

  run(
    key: string,
    work: (signal: AbortSignal, timeLeft: TimeLeft) => Promise<T>,
    signal: AbortSignal,
    timeLeft: TimeLeft = () => Infinity,
  ): Promise<T> {
    if (signal.aborted) return Promise.reject(reasonOf(signal))
    const joined = this.#running.get(key)
    const waiter: TimeLeft = () => timeLeft()
    const running = joined ?? this.#start(key, work, waiter)
    running.waiting.add(waiter)
    return untilAborted(running.result, signal).finally(() => {
      running.waiting.delete(waiter)
      if (running.waiting.size === 0 && !running.settled) running.controller.abort(leftAlone())
    })
  }

  /** Whether work for the key is under way. */
  has(key: string): boolean {
    return this.#running.has(key)
  }

  #start(
    key: string,
    work: (signal: AbortSignal, timeLeft: TimeLeft) => Promise<T>,
    first: TimeLeft,
  ): Running<T> {
    const controller = new AbortController()
    const waiting = new Set([first])
    const longest = (): number => {
      let most = 0
      for (const timeLeft of waiting) most = Math.max(most, timeLeft())
      return most
    }
    const result = untilAborted(
      (async () => work(controller.signal, longest))(),
      controller.signal,
    ).finally(() => {
      running.settled = true
      if (this.#running.get(key) === running) this.#running.delete(key)
    })
    result.catch(() => undefined) // all waiters may have left by then: the failure was theirs
    const running: Running<T> = { result, controller, waiting, settled: false }
    // A late joiner must not join work that its last waiter has already abandoned.
    controller.signal.addEventListener('abort', () => {
      if (this.#running.get(key) === running) this.#running.delete(key)
    })
    // On Cloudflare Workers a promise that another request started may never settle: nobody joins it.
    if (!onWorkers()) this.#running.set(key, running)
    return running
  }
}

function leftAlone(): Error {
  return new DOMException('nobody is waiting for this any more', 'AbortError')
}

function onWorkers(): boolean {
  return typeof navigator !== 'undefined' && navigator.userAgent === 'Cloudflare-Workers'
}
