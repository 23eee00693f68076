/** What a responder is made of. */
import type { AuthorizationContext } from '../auth/context.ts'
import type { TokenProvider } from '../auth/token-provider.ts'
import type { DirectoryEntry } from '../directory/model/model.ts'
import type { CapabilityResolver } from '../discovery/capability-resolver.ts'
import type { ServerDocuments, Step } from '../discovery/decide.ts'
import type { TokenTrust, TrustRule } from '../discovery/token-trust.ts'
import type { FhirOptions } from '../fhir/fhir-parts.ts'
import type { SearchMemory } from '../fhir/search/search-memory.ts'
import type { EtagCache } from '../fhir/etag-cache.ts'
import type { HttpClient } from '../http/client.ts'
import type { RequestGate } from '../http/messages.ts'
import { canonicalJson } from '../lib/canonical-json.ts'
import type { Mode } from '../types.ts'
import type { VerifiedMetadata } from '../udap-facts.ts'
import type { UdapIdentities } from './udap-identities.ts'

/** What all responders of a client share. */
export interface SharedParts {
  readonly http: HttpClient
  readonly resolver: CapabilityResolver
  readonly tokens: TokenProvider
  readonly udap: UdapIdentities | undefined
  readonly trust: TokenTrust
  readonly memory: SearchMemory
  readonly mode: Mode
  readonly validators: EtagCache | undefined
  readonly fhirOptions: FhirOptions
  readonly requirePurpose: boolean
}

/** What is known of one responder. */
export interface Connection {
  readonly oid: string | undefined
  readonly entry: DirectoryEntry | undefined
  /** The entry that lists the address. */
  readonly servedBy: DirectoryEntry | undefined
  readonly baseUrl: string
  /** The caller's own. */
  readonly tokenEndpoint: string | undefined
  readonly documents: ServerDocuments
  /** In mode `udap`: verified. */
  readonly udap: VerifiedMetadata | undefined
  readonly trusts: TrustRule
  /** What led to the address. */
  readonly steps: readonly Step[]
  /** Passed by all its requests, those for tokens included. */
  readonly gate?: RequestGate | undefined
}

/** Whose resources those are that a cache keeps: every member of the context counts. */
export function contextKey(context: AuthorizationContext): string {
  const { mode = null, clientId = null, iss = null, scope = null } = context
  const { audience = null, purposeOfUse = null, claims = null } = context
  return canonicalJson([mode, clientId, iss, scope, audience, purposeOfUse, claims])
}
