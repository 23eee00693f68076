import { PolicyError, type ErrorContext } from '../errors.ts'

/** Partners that are not spoken to any more: by origin, or by the OID of the organization. */
export class Blocklist {
  readonly #reasons = new Map<string, string>()
  readonly #watchers: ((party: string) => void)[] = []

  /** Whom it names, and why. */
  get entries(): readonly { readonly party: string; readonly reason: string }[] {
    return [...this.#reasons].map(([party, reason]) => ({ party, reason }))
  }

  /** Tells of each party that is added, so that what is under way with it can end. */
  watch(watcher: (party: string) => void): void {
    this.#watchers.push(watcher)
  }

  add(party: string, reason: string): void {
    this.#reasons.set(party, reason)
    for (const watcher of this.#watchers) watcher(party)
  }

  remove(party: string): void {
    this.#reasons.delete(party)
  }

  /** Throws where one of the parties is blocked. */
  refuse(parties: readonly (string | undefined)[], context: ErrorContext): void {
    if (this.#reasons.size === 0) return
    const blocked = parties.find((party) => party !== undefined && this.#reasons.has(party))
    if (blocked !== undefined) throw this.refusal(blocked, context)
  }

  /** What those are told who wanted something of a blocked party. */
  refusal(party: string, context: ErrorContext): PolicyError {
    const what = `${party} is blocked: ${this.#reasons.get(party) ?? ''}`
    return new PolicyError('ERR_CQ_ORIGIN_REFUSED', what, context)
  }
}
