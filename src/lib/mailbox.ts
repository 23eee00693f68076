import { turn } from './turn.ts'

/** Items that come one by one and are taken together: as many at a time as have arrived. */
export class Mailbox<T> {
  #items: T[] = []
  #isClosed = false
  #wake: () => void = () => undefined

  put(item: T): void {
    this.#items.push(item)
    this.#wake()
  }

  /** No more will come. */
  close(): void {
    this.#isClosed = true
    this.#wake()
  }

  /** For one reader. `whole`: all items at once, when the last one is there. */
  async *batches(whole: boolean): AsyncGenerator<readonly T[], void, void> {
    for (;;) {
      const mayTake = this.#isClosed || (!whole && this.#items.length > 0)
      if (!mayTake) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        continue
      }
      // Those that need no waiting come along with the first.
      if (!this.#isClosed) await turn()
      const items = this.#items
      this.#items = []
      if (items.length > 0) yield items
      else return
    }
  }
}
