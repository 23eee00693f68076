import { PolicyError, type ErrorContext } from '../../errors.ts'

/** A blocked party, and why. */
export interface Block {
  readonly party: string
  readonly reason: string
}

/** Blocked partners: by origin, or by the organization's OID. */
export class Blocklist {
  readonly #blocks = new Set<Block>()
  readonly #watchers: ((block: Block) => void)[] = []

  /** The blocked origin or OID, and why. */
  get entries(): readonly Block[] {
    return [...this.#blocks].map((block) => ({ ...block }))
  }

  /** Called with each block that is added, so that pending work with the party can be aborted. */
  watch(watcher: (block: Block) => void): void {
    this.#watchers.push(watcher)
  }

  /** The returned function lifts this block, and no other of the same party. */
  add(party: string, reason: string): () => void {
    const block = { party, reason }
    this.#blocks.add(block)
    for (const watcher of this.#watchers) watcher(block)
    return () => {
      this.#blocks.delete(block)
    }
  }

  /** Whether one of the parties is blocked. */
  blocks(parties: readonly (string | undefined)[]): boolean {
    return [...this.#blocks].some(({ party }) => parties.includes(party))
  }

  /** Throws where one of the parties is blocked. */
  refuse(parties: readonly (string | undefined)[], context: ErrorContext): void {
    for (const block of this.#blocks) {
      if (parties.includes(block.party)) throw refusal(block, context)
    }
  }
}

/** The error for a call to a blocked party. */
export function refusal({ party, reason }: Block, context: ErrorContext): PolicyError {
  return new PolicyError('ERR_CQ_ORIGIN_REFUSED', `${party} is blocked: ${reason}`, context)
}
