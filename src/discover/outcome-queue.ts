/** Outcomes between a run and its loop: each is given once, in the order in which they came. */
export class OutcomeQueue<T> implements AsyncIterator<T, void, void> {
  readonly #onRoom: () => void
  readonly #onLeave: () => void
  #items: (T | undefined)[] = []
  #head = 0
  readonly #waiting: ((result: IteratorResult<T, void>) => void)[] = []
  #isOver = false

  /** `onRoom`: an item was taken. `onLeave`: the loop was left. */
  constructor(onRoom: () => void, onLeave: () => void) {
    this.#onRoom = onRoom
    this.#onLeave = onLeave
  }

  /** Items that nobody has taken yet. */
  get size(): number {
    return this.#items.length - this.#head
  }

  put(item: T): void {
    if (this.#isOver) return
    const next = this.#waiting.shift()
    if (next !== undefined) next({ done: false, value: item })
    else this.#items.push(item)
  }

  /** No more will come. */
  end(): void {
    this.#isOver = true
    for (const next of this.#waiting.splice(0)) next({ done: true, value: undefined })
  }

  next(): Promise<IteratorResult<T, void>> {
    const item = this.#items[this.#head]
    if (item !== undefined) {
      // What was given is not kept alive until the last one is.
      this.#items[this.#head] = undefined
      this.#head += 1
      if (this.#head === this.#items.length) {
        this.#items = []
        this.#head = 0
      }
      this.#onRoom()
      return Promise.resolve({ done: false, value: item })
    }
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  return(): Promise<IteratorResult<T, void>> {
    this.#items = []
    this.#head = 0
    this.end()
    this.#onLeave()
    return Promise.resolve({ done: true, value: undefined })
  }
}
