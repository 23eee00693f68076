/** From a responder's place to the responder: discovery, under the identity that applies there. */
import { copyContext, joinContexts, type AuthorizationContext } from '../auth/identity.ts'
import type { ServerDocuments } from '../discovery/decide.ts'
import { describeVersion, releaseOf } from '../hl7/fhir-version.ts'
import { DiscoveryError, isCarequalityError } from '../errors.ts'
import type { FhirVersion } from '../fhir/types.ts'
import type { Call } from '../http/call.ts'
import { shownUrl } from '../http/policies/base-url.ts'
import { parseUrl } from '../http/policies/egress.ts'
import { requireList, requireOneOf } from '../lib/arguments.ts'
import { ownOptions } from '../lib/own.ts'
import type { Step } from '../lib/steps.ts'
import type { Mode } from '../types.ts'
import type { Connection, Place, UdapFacts } from './connection.ts'
import type { ResponderOptions } from './options.ts'
import type { Parts } from './parts.ts'
import { ConnectedResponder } from './responder.ts'

/** The version and the modes that the caller accepts. */
export interface Wanted {
  readonly version: FhirVersion
  readonly fallback: readonly Mode[]
}

/** Throws `TypeError` for a wrong option. */
export function wantedOf(options: ResponderOptions<FhirVersion> | undefined): Wanted {
  const { fhirVersion, fallback } = ownOptions(options ?? {})
  const given: readonly unknown[] = fallback ?? []
  requireList(given, 'fallback')
  const modes = given.map((mode) =>
    requireOneOf<Mode>(mode, ['carequality-legacy', 'smart-backend'], 'fallback'),
  )
  return {
    version: requireOneOf(fhirVersion, ['R4', 'STU3'], 'fhirVersion') ?? 'R4',
    fallback: modes.filter((mode) => mode !== undefined),
  }
}

/** The identity for one responder: the client's own, what `context` gives for it, and `as`. */
export async function contextFor(
  { own, context }: Parts,
  { oid, baseUrl }: Pick<Place, 'oid' | 'baseUrl'>,
  as: AuthorizationContext,
): Promise<AuthorizationContext> {
  const responderContext = copyContext((await context?.({ oid, baseUrl })) ?? {}, 'context()')
  return joinContexts(own, responderContext, as)
}

/** Reads what the server publishes, unless it is cached. */
export async function connectionTo(
  parts: Parts,
  place: Place,
  { version, fallback }: Wanted,
  context: AuthorizationContext,
  call: Call,
): Promise<{ readonly connection: Connection; readonly context: AuthorizationContext }> {
  const { http, resolver, trust, mode } = parts
  const { oid, baseUrl, tokenEndpoint } = place
  call.parties = [parseUrl(baseUrl)?.origin, oid, place.servedBy?.oid]
  http.blocklist.refuse(call.parties, { operation: call.operation, organization: oid })
  const isUdap = (context.mode ?? mode) === 'udap'
  if (isUdap && tokenEndpoint !== undefined) {
    throw new TypeError('"tokenEndpoint" must be left out in mode udap: the server signs its own')
  }
  // The suffix list loads while the server responds.
  const [documents, found, trusts] = await Promise.all([
    resolver.documents(baseUrl, call, !isUdap && tokenEndpoint === undefined),
    isUdap ? discoverUdap(parts, baseUrl, fallback, context, call) : undefined,
    trust.rule(),
  ])
  refuseOtherVersions(documents, version, oid, call)
  const steps = [...place.steps, ...(found?.steps ?? [])]
  return {
    connection: { ...place, steps, documents, trusts, udap: found?.udap },
    context: joinContexts(context, found?.context),
  }
}

/** {@link connectionTo} for one caller. `as` is the identity that `client.as()` gave. */
export async function connect(
  parts: Parts,
  place: Place,
  wanted: Wanted,
  as: AuthorizationContext,
  call: Call,
): Promise<ConnectedResponder<FhirVersion>> {
  // Before the user's `context` is called.
  call.parties = [parseUrl(place.baseUrl)?.origin, place.oid, place.servedBy?.oid]
  const blocked = { operation: call.operation, organization: place.oid }
  parts.http.blocklist.refuse(call.parties, blocked)
  const asked = await contextFor(parts, place, as)
  const { connection, context } = await connectionTo(parts, place, wanted, asked, call)
  const access = { parts, connection, context }
  return wanted.version === 'STU3'
    ? new ConnectedResponder<'STU3'>(access)
    : new ConnectedResponder<'R4'>(access)
}

/** The verified metadata, or the mode that `fallback` permits in its place. */
async function discoverUdap(
  { http, udap }: Parts,
  baseUrl: string,
  fallback: readonly Mode[],
  asked: AuthorizationContext,
  call: Call,
): Promise<{
  readonly udap?: UdapFacts
  readonly context?: AuthorizationContext
  readonly steps: readonly Step[]
}> {
  if (udap === undefined) throw new TypeError('"udap" is needed in mode udap')
  const session = udap.discoveringFor(asked)
  try {
    return { udap: { session, metadata: await session.discover(baseUrl, call) }, steps: [] }
  } catch (error) {
    const [mode] = fallback
    if (mode === undefined || !isCarequalityError(error) || error.code !== 'ERR_CQ_NO_UDAP') {
      throw error
    }
    http.emit({ type: 'udap.fallback', baseUrl: shownUrl(baseUrl), mode, why: error.code })
    const why = `"fallback" permits it and the server publishes no UDAP (${error.status ?? ''})`
    return { context: { mode }, steps: [{ what: `mode ${mode} in place of udap`, why }] }
  }
}

function refuseOtherVersions(
  { baseUrl, metadata }: ServerDocuments,
  wanted: FhirVersion,
  oid: string | undefined,
  call: Call,
): void {
  const version = metadata.facts?.fhirVersion
  if (version === undefined || releaseOf(version) === wanted) return
  const what = `the server supports ${describeVersion(version)}, and ${wanted} is wanted`
  throw new DiscoveryError('ERR_CQ_UNSUPPORTED_SERVER', what, {
    operation: call.operation,
    organization: oid,
    origin: parseUrl(baseUrl)?.origin,
  })
}
