import { Deadline } from './deadline.ts'

interface Running<T> {
  readonly result: Promise<T>
  readonly deadline: Deadline
  readonly waiting: Waiters
  settled: boolean
}

interface Waiter {
  readonly deadline: Deadline
}

/** Those who wait for one run. */
class Waiters extends Set<Waiter> {
  /** The longest of theirs. */
  get remainingMs(): number {
    let most = 0
    for (const { deadline } of this) most = Math.max(most, deadline.remainingMs)
    return most
  }
}

/**
 * One run per key, shared by its callers. Each caller has its own deadline; the work has another,
 * which ends when the last caller has left, and lasts as long as the longest of theirs. A failure
 * reaches those waiting and is not cached.
 */
export class SharedWork<T> {
  readonly #running = new Map<string, Running<T>>()

  async run(key: string, work: (deadline: Deadline) => Promise<T>, deadline: Deadline): Promise<T> {
    deadline.throwIfOver()
    const waiter = { deadline }
    const running = this.#running.get(key) ?? this.#start(key, work, waiter)
    running.waiting.add(waiter)
    try {
      return await deadline.race(running.result)
    } finally {
      running.waiting.delete(waiter)
      if (running.waiting.size === 0 && !running.settled) running.deadline.abort(leftAlone())
    }
  }

  /** Whether work for the key is under way. */
  has(key: string): boolean {
    return this.#running.has(key)
  }

  #start(key: string, work: (deadline: Deadline) => Promise<T>, first: Waiter): Running<T> {
    const waiting = new Waiters([first])
    const deadline = new Deadline(Infinity, leftAlone, waiting)
    const forget = (): void => {
      if (this.#running.get(key) === running) this.#running.delete(key)
    }
    const result = deadline.race((async () => work(deadline))()).finally(() => {
      running.settled = true
      forget()
    })
    result.catch(() => undefined) // All callers may have left by then: the failure was theirs.
    const running: Running<T> = { result, deadline, waiting, settled: false }
    // A late caller must not join work that its last caller has already abandoned.
    deadline.aborter.addEventListener('abort', forget)
    // On Cloudflare Workers a promise that another request started may never settle: it is not shared.
    if (!onWorkers()) this.#running.set(key, running)
    return running
  }
}

function leftAlone(): Error {
  return new DOMException('no caller is waiting for this any more', 'AbortError')
}

function onWorkers(): boolean {
  return typeof navigator !== 'undefined' && navigator.userAgent === 'Cloudflare-Workers'
}
