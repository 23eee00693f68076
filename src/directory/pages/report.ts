import type { UnreadableEntry } from './page.ts'

/** How an iteration over a directory went. */
export interface ListingReport {
  /** When the iteration began, by the directory's own `Date` where it sends one; milliseconds since the epoch. Undefined before the first response. */
  readonly startedAt: number | undefined
  /** Entries returned, each once. */
  readonly seen: number
  /** Duplicates, which were dropped. */
  readonly duplicates: number
  /** Entries that could not be read. */
  readonly unreadable: number
  readonly pages: number
  /** How many there are, as the directory last stated. */
  readonly total: number | undefined
  /** True when the directory was read to its end and nothing suggests that an entry is missing. */
  readonly complete: boolean
  /** Why it is not complete, in words; empty where it is. */
  readonly why: readonly string[]
  /** Warnings about the returned entries, in words; they do not affect `complete`. */
  readonly warnings: readonly string[]
  /** The first 100 of the unreadable entries. */
  readonly problems: readonly (UnreadableEntry & { readonly page: number })[]
}

const MAX_PROBLEMS = 100

/** A report while its iteration runs. */
export class RunningReport {
  #startedAt: number | undefined
  #seen = 0
  #duplicates = 0
  #unreadable = 0
  #pages = 0
  #shortened = 0
  #ambiguous = 0
  #ended = false
  /** The lists that are read, each with the reasons why an entry of it may be missing. */
  readonly lists: { readonly total: number | undefined; readonly reasons: readonly string[] }[] = []
  readonly #problems: (UnreadableEntry & { page: number })[] = []
  readonly #reasons = new Set<string>()

  start(at: number): void {
    this.#startedAt ??= at
  }

  addPage(): void {
    this.#pages += 1
  }

  addEntry(): void {
    this.#seen += 1
  }

  addDuplicate(): void {
    this.#duplicates += 1
  }

  addUnreadable({ index, reason }: UnreadableEntry): void {
    this.#unreadable += 1
    if (this.#problems.length < MAX_PROBLEMS)
      this.#problems.push({ page: this.#pages, index, reason })
  }

  /** Something of the returned entry was omitted for its size. */
  addShortened(): void {
    this.#shortened += 1
  }

  /** The returned entry has an OID that another one has as well. */
  addAmbiguous(): void {
    this.#ambiguous += 1
  }

  /** Why an entry may be missing. */
  addReason(reason: string): void {
    this.#reasons.add(reason)
  }

  get pages(): number {
    return this.#pages
  }

  /** The directory was read to its end. */
  end(): void {
    this.#ended = true
  }

  /** The report so far. */
  read(): ListingReport {
    const why = [...this.#reasons, ...this.lists.flatMap(({ reasons }) => reasons)]
    if (!this.#ended) why.push('the directory was not read to its end')
    if (this.#unreadable > 0) why.push(`${this.#unreadable} entries could not be read`)
    return {
      startedAt: this.#startedAt,
      seen: this.#seen,
      duplicates: this.#duplicates,
      unreadable: this.#unreadable,
      pages: this.#pages,
      total: sumOf(this.lists.map(({ total }) => total)),
      complete: why.length === 0,
      why,
      warnings: this.#warnings(),
      problems: [...this.#problems],
    }
  }

  #warnings(): string[] {
    const warnings: string[] = []
    if (this.#shortened > 0)
      warnings.push(`${this.#shortened} entries are too large and were shortened`)
    if (this.#ambiguous > 0)
      warnings.push(`${this.#ambiguous} entries have an OID that another entry has as well`)
    return warnings
  }
}

function sumOf(totals: readonly (number | undefined)[]): number | undefined {
  let sum: number | undefined
  for (const total of totals) {
    if (total === undefined) return undefined
    sum = (sum ?? 0) + total
  }
  return sum
}
