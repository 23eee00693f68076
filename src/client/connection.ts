/** What is known of one responder. */
import type { DirectoryEntry } from '../directory/model/model.ts'
import type { ServerDocuments } from '../discovery/decide.ts'
import type { TrustRule } from '../discovery/token-trust.ts'
import type { Step } from '../lib/steps.ts'
import type { UdapSession, VerifiedMetadata } from '../udap-facts.ts'

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

/** What a server publishes for an identity: another one may be of another community. */
export interface UdapFacts {
  readonly session: UdapSession
  readonly metadata: VerifiedMetadata
}

/** A {@link Place} and what its server publishes. */
export interface Connection extends Place {
  readonly documents: ServerDocuments
  /** In mode `udap`: verified, for the community of one identity. */
  readonly udap: UdapFacts | undefined
  readonly trusts: TrustRule
}
