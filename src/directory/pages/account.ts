import type { UnreadableEntry } from './page.ts'

/** How a pass over a directory went. */
export interface DirectoryAccount {
  /** When the pass began, by the directory's own `Date` where it sends one; milliseconds since the epoch. Undefined before the first answer. */
  readonly startedAt: number | undefined
  /** Entries given out, each once. */
  readonly seen: number
  /** Entries that came a second time and were dropped. */
  readonly duplicates: number
  /** Entries that could not be read. */
  readonly unreadable: number
  readonly pages: number
  /** How many there are, as the directory last said. */
  readonly total: number | undefined
  /** True when the directory was read to its end and nothing suggests that an entry is missing. */
  readonly complete: boolean
  /** Why it is not complete, in words; empty where it is. */
  readonly why: readonly string[]
  /** What else is to be known of the entries that were given out, in words; says nothing against `complete`. */
  readonly warnings: readonly string[]
  /** The first 100 of the unreadable entries. */
  readonly problems: readonly (UnreadableEntry & { readonly page: number })[]
}

const KEPT_PROBLEMS = 100

/** An account while it is being kept. */
export class RunningAccount {
  #startedAt: number | undefined
  #seen = 0
  #duplicates = 0
  #unreadable = 0
  #pages = 0
  #shortened = 0
  #ambiguous = 0
  #ended = false
  /** The lists that are read, with what each of them doubts. */
  readonly walks: { readonly total: number | undefined; readonly doubts: readonly string[] }[] = []
  readonly #problems: (UnreadableEntry & { page: number })[] = []
  readonly #why = new Set<string>()

  start(at: number): void {
    this.#startedAt ??= at
  }

  /** A page is opened. */
  open(): void {
    this.#pages += 1
  }

  give(): void {
    this.#seen += 1
  }

  drop(): void {
    this.#duplicates += 1
  }

  miss({ index, reason }: UnreadableEntry): void {
    this.#unreadable += 1
    if (this.#problems.length < KEPT_PROBLEMS)
      this.#problems.push({ page: this.#pages, index, reason })
  }

  /** Something of the entry that was given out was left out for its size. */
  shorten(): void {
    this.#shortened += 1
  }

  /** The entry that was given out has an OID that another one has as well. */
  clash(): void {
    this.#ambiguous += 1
  }

  doubt(why: string): void {
    this.#why.add(why)
  }

  get pages(): number {
    return this.#pages
  }

  /** The directory was read to its end. */
  end(): void {
    this.#ended = true
  }

  /** The account so far. */
  read(): DirectoryAccount {
    const why = [...this.#why, ...this.walks.flatMap(({ doubts }) => doubts)]
    if (!this.#ended) why.push('the directory was not read to its end')
    if (this.#unreadable > 0) why.push(`${this.#unreadable} entries could not be read`)
    return {
      startedAt: this.#startedAt,
      seen: this.#seen,
      duplicates: this.#duplicates,
      unreadable: this.#unreadable,
      pages: this.#pages,
      total: sumOf(this.walks.map(({ total }) => total)),
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
