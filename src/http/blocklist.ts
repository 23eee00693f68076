import { PolicyError, type ErrorContext } from '../errors.ts'
import type { Call } from './call.ts'

/** A request that is under way, and whom it concerns. */
interface Pending {
  readonly call: Call
  readonly parties: readonly string[]
}

/** Partners that are not spoken to any more: by origin, or by the OID of the organization. */
export class Blocklist {
  readonly #reasons = new Map<string, string>()
  readonly #pending = new Set<Pending>()

  /** Whom it names, and why. */
  get entries(): readonly { readonly party: string; readonly reason: string }[] {
    return [...this.#reasons].map(([party, reason]) => ({ party, reason }))
  }

  /** Refuses the party from now on and ends what is under way with it. */
  block(party: string, reason: string): void {
    this.#reasons.set(party, reason)
    for (const { call, parties } of this.#pending) {
      if (parties.includes(party)) call.abort(this.#refusal(party, { operation: call.operation }))
    }
  }

  unblock(party: string): void {
    this.#reasons.delete(party)
  }

  /** Throws where one of the parties is blocked. */
  refuse(parties: readonly (string | undefined)[], context: ErrorContext): void {
    if (this.#reasons.size === 0) return
    const blocked = parties.find((party) => party !== undefined && this.#reasons.has(party))
    if (blocked !== undefined) throw this.#refusal(blocked, context)
  }

  /** Runs a request that a block ends. */
  async run<T>(
    call: Call,
    parties: readonly (string | undefined)[],
    work: () => Promise<T>,
  ): Promise<T> {
    const pending = { call, parties: parties.filter((party) => party !== undefined) }
    this.#pending.add(pending)
    try {
      return await work()
    } finally {
      this.#pending.delete(pending)
    }
  }

  #refusal(party: string, context: ErrorContext): PolicyError {
    const what = `${party} is blocked: ${this.#reasons.get(party) ?? ''}`
    return new PolicyError('ERR_CQ_ORIGIN_REFUSED', what, context)
  }
}
