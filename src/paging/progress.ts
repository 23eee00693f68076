import type { Refusal } from './judge-link.ts'

/** Consecutive pages without new entries that are followed. */
const MAX_PAGES_WITHOUT_NEW_ENTRIES = 10

/** Why paging does not continue. */
export const STALLED: Refusal = {
  refused: `${MAX_PAGES_WITHOUT_NEW_ENTRIES} pages in a row brought nothing new`,
}
export const REPEATED = 'its page contains only entries that were returned before'

/** A page once its entries are counted. */
export interface CountedPage {
  /** All distinct next links, as published and without credentials. */
  readonly links: readonly unknown[]
  /** What was requested for it, without credentials. */
  readonly requestUrl: string
  /** Entries that are new. */
  readonly fresh: number
  /** Entries that were on earlier pages. */
  readonly known: number
  /** Entries that are neither, such as unreadable ones. */
  readonly others: number
  /** How many of all these the server's total counts. */
  readonly counted: number
}

/** How far paging has come. */
export class Progress {
  #pages = 0
  #entries = 0
  #counted = 0
  #total: number | undefined
  #pagesWithoutNew = 0
  #repeats = false

  add({ fresh, known, others, counted }: CountedPage): void {
    this.#pages += 1
    this.#entries += fresh + known + others
    this.#counted += counted
    this.#pagesWithoutNew = fresh === 0 ? this.#pagesWithoutNew + 1 : 0
    this.#repeats = fresh === 0 && known > 0
  }

  get pages(): number {
    return this.#pages
  }

  /** Entries so far, of any kind: the next offset. */
  get entries(): number {
    return this.#entries
  }

  /** How many entries there are, as the server last said. It may be an estimate. */
  get total(): number | undefined {
    return this.#total
  }

  /** Adds what a page says of the whole list, if anything. */
  noteTotal(total: number | undefined): void {
    this.#total = total ?? this.#total
  }

  /** Entries so far that the total counts. */
  get counted(): number {
    return this.#counted
  }

  /** How many fewer were received than the total says. */
  get missing(): number {
    return Math.max(0, (this.#total ?? 0) - this.#counted)
  }

  /** Whether too many pages in a row brought nothing new. */
  get isStalled(): boolean {
    return this.#pagesWithoutNew > MAX_PAGES_WITHOUT_NEW_ENTRIES
  }

  /** Whether the latest page contained only entries from earlier pages. */
  get repeats(): boolean {
    return this.#repeats
  }
}
