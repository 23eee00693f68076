/** What is at hand of a responder: no request. */
import { sumOf, type PlannedRequests, type PlannedTarget } from '../discover/plan.ts'
import type { TrustRule } from '../discovery/token-trust.ts'
import { releaseOf } from '../hl7/fhir-version.ts'
import { Yielder } from '../lib/turn.ts'
import type { Question } from '../discover/question.ts'
import type { Connection } from './connection.ts'
import type { Found } from './find-targets.ts'
import type { Parts } from './parts.ts'
import { ConnectedResponder } from './responder.ts'

/** Whom a run asks, and as whom. */
export type AskedAs = Pick<Found, 'place' | 'context' | 'contextKey'>

/** A responder, and all that it was made of. */
class Made {
  readonly responder: ConnectedResponder<'R4'>
  readonly #connection: Connection
  readonly #contextKey: string

  constructor(parts: Parts, connection: Connection, { context, contextKey }: AskedAs) {
    this.responder = new ConnectedResponder<'R4'>({ parts, connection, context })
    this.#connection = connection
    this.#contextKey = contextKey
  }

  isOf({ documents, udap, ...place }: Omit<Connection, 'trusts'>, contextKey: string): boolean {
    const own = this.#connection
    return (
      this.#contextKey === contextKey &&
      own.documents.smart.facts === documents.smart.facts &&
      own.udap?.session === udap?.session &&
      own.udap?.metadata === udap?.metadata &&
      own.baseUrl === place.baseUrl &&
      own.oid === place.oid &&
      own.entry === place.entry &&
      own.servedBy === place.servedBy &&
      own.tokenEndpoint === place.tokenEndpoint
    )
  }
}

/**
 * The responder, for this run and for later ones: it is kept with its CapabilityStatement, and as long.
 * What is left out of the comparison (steps, notes) says how it was found this time.
 */
export function remembered(
  parts: Parts,
  connection: Connection,
  asked: AskedAs,
): ConnectedResponder<'R4'> {
  const made = new Made(parts, connection, asked)
  const { facts } = connection.documents.metadata
  if (facts !== undefined) parts.responders.set(facts, made)
  return made.responder
}

/** The responder as it was when it was last asked; undefined where something would be asked for, or was refused. */
export function knownResponder(
  parts: Parts,
  asked: AskedAs,
  trusts: TrustRule,
): ConnectedResponder<'R4'> | undefined {
  const { place, context, contextKey } = asked
  const documents = parts.resolver.remembered(place.baseUrl)
  const facts = documents?.metadata.facts
  if (documents === undefined || facts === undefined) return undefined
  const isUdap = (context.mode ?? parts.mode) === 'udap'
  const session = isUdap ? parts.udap?.find(context) : undefined
  const metadata = session?.remembered(place.baseUrl)
  if (isUdap && metadata === undefined) return undefined
  const udap = session && metadata && { session, metadata }
  const made = parts.responders.get(facts)
  if (made instanceof Made && made.isOf({ ...place, documents, udap }, contextKey)) {
    return made.responder
  }
  const { resourceType, fhirVersion = '4.0' } = facts
  if (resourceType !== 'CapabilityStatement' || releaseOf(fhirVersion) !== 'R4') return undefined
  return remembered(parts, { ...place, documents, trusts, udap }, asked)
}

/** A target, and what is at hand of it. */
export interface RankedTarget {
  readonly found: Found
  readonly known: ConnectedResponder<'R4'> | undefined
}

/** Those with a token first, then the fast ones, then in the given order. */
export async function inOrder(
  parts: Parts,
  all: readonly Found[],
): Promise<readonly RankedTarget[]> {
  const { servers, trust } = parts
  const trusts = await trust.rule()
  const work = new Yielder()
  const ranked: (RankedTarget & { readonly rank: number; readonly p50: number })[] = []
  for (const found of all) {
    if (work.shouldYield) await work.turn()
    const known = knownResponder(parts, found, trusts)
    const rank = known?.hasToken === true ? 0 : 1
    ranked.push({ found, known, rank, p50: servers.p50(found.asked.baseUrl) })
  }
  // Infinite less infinite is not a number.
  return ranked.sort((a, b) => a.rank - b.rank || (a.p50 === b.p50 ? 0 : a.p50 - b.p50))
}

/** What a run without failures would ask of it. */
export function planned(
  parts: Parts,
  { found: one, known: responder }: RankedTarget,
  question: Question,
): PlannedTarget {
  const { asked, context, origin } = one
  const { id, position, oid, name, baseUrl, aliases } = asked
  const isUdap = (context.mode ?? parts.mode) === 'udap'
  const registration = isUdap ? registrationOf(parts, one) : 'none'
  const token = tokenOf(responder, isUdap)
  const interaction = interactionOf(parts, baseUrl, responder)
  const requests: PlannedRequests = {
    discovery: parts.resolver.missing(asked.address) + missingUdap(parts, one, isUdap),
    registration: registration === 'needed' ? 1 : 0,
    token: token === 'needed' ? 1 : 0,
    question: 1,
  }
  const { steps, search } = question
  const hasTwoSteps = steps[1] !== undefined && interaction !== 'search'
  // A search by POST may go once more by GET: where POST is rejected, or its criteria are not applied.
  const searches = { match: 0, search: 1, 'match-or-search': 2 }[interaction]
  const further = (hasTwoSteps ? 1 : 0) + searches
  const sent = interaction === 'search' ? [search] : steps.filter((step) => step !== undefined)
  return {
    target: { id, position, oid, name, baseUrl },
    ...{ origin, aliases, token, registration, interaction, requests },
    known: responder !== undefined,
    atMost: sumOf(requests) + further,
    disclosed: [...new Set(sent.flatMap(({ elements }) => elements))],
  }
}

function tokenOf(
  responder: ConnectedResponder<'R4'> | undefined,
  isUdap: boolean,
): PlannedTarget['token'] {
  if (responder === undefined) return 'needed'
  if (responder.hasToken) return 'cached'
  return isUdap || responder.capabilities.tokenEndpoint !== undefined ? 'needed' : 'none'
}

function interactionOf(
  { servers, http }: Parts,
  baseUrl: string,
  responder: ConnectedResponder<'R4'> | undefined,
): PlannedTarget['interaction'] {
  if (servers.lacksMatch(baseUrl, http.now())) return 'search'
  const has = responder?.listsMatch === true || servers.hasMatch(baseUrl)
  return has ? 'match' : 'match-or-search'
}

function registrationOf({ udap }: Parts, { place, context }: Found): PlannedTarget['registration'] {
  const session = udap?.find(context)
  const metadata = session?.remembered(place.baseUrl)
  return metadata !== undefined && session?.isRegistered(metadata) === true ? 'cached' : 'needed'
}

function missingUdap({ udap }: Parts, { place, context }: Found, isUdap: boolean): number {
  return isUdap && udap?.find(context)?.remembered(place.baseUrl) === undefined ? 1 : 0
}
