/** Yields to the event loop between two long pieces of work. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}

/** Work that may take long: after each of its steps it checks whether to yield. */
export class Yielder {
  readonly #longMs: number
  #since = performance.now()

  /** Milliseconds that others may wait. */
  constructor(longMs: number = LONG_MS) {
    this.#longMs = longMs
  }

  /** Whether the others have waited for long. */
  get shouldYield(): boolean {
    return performance.now() - this.#since > this.#longMs
  }

  async turn(): Promise<void> {
    await turn()
    this.#since = performance.now()
  }
}

/** A turn takes a millisecond by itself. */
const LONG_MS = 10
