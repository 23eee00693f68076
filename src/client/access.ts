/** One responder as one identity sees it: which token endpoint, scope and quirks follow. */
import type { AuthorizationContext } from '../auth/identity.ts'
import type { Decision, ServerDocuments } from '../discovery/decide.ts'
import type { Mode } from '../types.ts'
import type { VerifiedMetadata } from '../udap-facts.ts'
import type { Connection } from './connection.ts'
import type { Parts } from './parts.ts'

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

/** What the server publishes for this identity: what was verified for another one is not its own. */
export function udapMetadataOf({
  parts,
  connection,
  context,
}: Access): VerifiedMetadata | undefined {
  const session = parts.udap?.find(context)
  return session === connection.udap?.session
    ? connection.udap?.metadata
    : session?.remembered(connection.baseUrl)
}

/** What follows from the documents for this identity. */
export function decisionOf(access: Access, documents: ServerDocuments): Decision {
  const { servedBy, tokenEndpoint } = access.connection
  const mode = modeOf(access)
  return access.parts.resolver.decide(documents, {
    mode,
    udap: mode === 'udap' ? udapMetadataOf(access) : undefined,
    // The entry that lists the base vouches for it; one that inherits it does not.
    oid: servedBy?.oid,
    tokenEndpoint,
  })
}

/** The scope that tokens are requested with. */
export function scopeOf(access: Access, { defaultScope }: Decision): string {
  const usual =
    modeOf(access) === 'udap' ? access.parts.udap?.find(access.context)?.defaultScope() : undefined
  return access.context.scope ?? usual ?? defaultScope
}
