/** One responder as one identity sees it: which token endpoint, scope and quirks follow. */
import type { AuthorizationContext } from '../auth/identity.ts'
import type { DirectoryEntry } from '../directory/model/model.ts'
import type { Decision, ServerDocuments } from '../discovery/decide.ts'
import type { TrustRule } from '../discovery/token-trust.ts'
import type { Step } from '../lib/steps.ts'
import type { Mode } from '../types.ts'
import type { VerifiedMetadata } from '../udap-facts.ts'
import type { Parts } from './parts.ts'

/** Where a responder is, and what led there. */
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

/** A connection under one identity. */
export interface Access {
  readonly parts: Parts
  readonly connection: Connection
  readonly context: AuthorizationContext
}

/** The mode of this identity. */
export function modeOf({ context, parts }: Access): Mode {
  return context.mode ?? parts.mode
}

/** What follows from the documents for this identity. */
export function decisionOf(access: Access, documents: ServerDocuments): Decision {
  const { servedBy, tokenEndpoint, udap } = access.connection
  const mode = modeOf(access)
  return access.parts.resolver.decide(documents, {
    mode,
    udap: mode === 'udap' ? udap : undefined,
    // The entry that lists the base vouches for it; one that inherits it does not.
    oid: servedBy?.oid,
    tokenEndpoint,
  })
}

/** The scope that tokens are requested with. */
export function scopeOf(access: Access, { defaultScope }: Decision): string {
  const usual = modeOf(access) === 'udap' ? access.parts.udap?.first.defaultScope() : undefined
  return access.context.scope ?? usual ?? defaultScope
}
