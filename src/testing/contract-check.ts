/** One requirement of an implementation; pass it to any test runner: `test(name, run)`. */
export interface ContractCheck {
  readonly name: string
  /** Rejects with what is wrong. */
  readonly run: () => Promise<void>
}

/** Throws unless it holds. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what)
}
