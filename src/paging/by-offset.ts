import type { Refusal } from './judge-link.ts'
import { REPEATED, STALLED, type CountedPage, type Progress } from './progress.ts'

/** The request that skips the entries so far. */
export interface Offset {
  readonly offset: number
}

/**
 * The strategy "offset": skips the entries so far, until a page or the total says that it was all.
 */
export class ByOffset {
  readonly #progress: Progress
  /** Entries requested at once. */
  readonly #count: number
  /** Entries of a full page: servers may return fewer than requested on every page. */
  #pageSize: number

  constructor(count: number, progress: Progress) {
    this.#progress = progress
    this.#count = count
    this.#pageSize = count
  }

  /** The offset after the latest page; undefined at the end. */
  next({ fresh, known, others }: CountedPage): Offset | Refusal | undefined {
    const { total, entries, counted, pages, repeats, isStalled } = this.#progress
    const here = fresh + known + others
    if (here === 0) return undefined
    if (repeats) {
      // If the list changed meanwhile, its end may be returned once more after the last page.
      const full = here >= this.#count
      const stuck = total === undefined ? full : entries < total || (full && counted < total)
      return stuck ? { refused: `the offset changes nothing, ${REPEATED}` } : undefined
    }
    if (isStalled) return STALLED
    const full = here >= this.#pageSize
    // One more request shows whether the server caps its pages.
    const mayBeCapped = pages === 1 && total === undefined
    if (pages === 1) this.#pageSize = Math.min(this.#pageSize, here)
    const more = total !== undefined && entries < total
    return more || full || mayBeCapped ? { offset: entries } : undefined
  }
}
