/** What is known of one responder. */
import type { DirectoryEntry } from '../directory/model/model.ts'
import type { ServerDocuments } from '../discovery/decide.ts'
import type { TrustRule } from '../discovery/token-trust.ts'
import type { Step } from '../lib/steps.ts'
import type { VerifiedMetadata } from '../udap-facts.ts'

/** Where a responder is, and how that was found. */
export interface Place {
  readonly oid: string | undefined
  readonly entry: DirectoryEntry | undefined
  /** The entry that lists the address. */
  readonly servedBy: DirectoryEntry | undefined
  readonly baseUrl: string
  /** The caller's own. */
  readonly tokenEndpoint: string | undefined
  readonly steps: readonly Step[]
}

/** A {@link Place} and what its server publishes. */
export interface Connection extends Place {
  readonly documents: ServerDocuments
  /** In mode `udap`: verified. */
  readonly udap: VerifiedMetadata | undefined
  readonly trusts: TrustRule
}
