import { PolicyError, type ErrorContext } from '../../errors.ts'

/** A party that is not spoken to, and why. */
export interface Block {
  readonly party: string
  readonly reason: string
}

/** Partners that are not spoken to any more: by origin, or by the OID of the organization. */
export class Blocklist {
  readonly #blocks = new Set<Block>()
  readonly #watchers: ((block: Block) => void)[] = []

  /** Whom it names, and why. */
  get entries(): readonly Block[] {
    return [...this.#blocks].map((block) => ({ ...block }))
  }

  /** Tells of each block that is added, so that what is under way with the party can end. */
  watch(watcher: (block: Block) => void): void {
    this.#watchers.push(watcher)
  }

  /** The function given back lifts this block, and no other of the same party. */
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

/** What those are told who wanted something of a blocked party. */
export function refusal({ party, reason }: Block, context: ErrorContext): PolicyError {
  return new PolicyError('ERR_CQ_ORIGIN_REFUSED', `${party} is blocked: ${reason}`, context)
}
