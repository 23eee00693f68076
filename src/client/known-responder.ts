/** What is at hand of a responder: no request. */
import { sumOf, type PlannedRequests, type PlannedTarget } from '../discover/plan.ts'
import type { Question } from '../discover/question.ts'
import type { Found } from './find-targets.ts'
import type { Parts } from './parts.ts'
import { ConnectedResponder } from './responder.ts'

/** The responder as it was when it was last asked; undefined where something would be asked for. */
export function knownResponder(
  parts: Parts,
  { place, context }: Found,
): ConnectedResponder<'R4'> | undefined {
  const documents = parts.resolver.remembered(place.baseUrl)
  if (documents === undefined) return undefined
  const isUdap = (context.mode ?? parts.mode) === 'udap'
  const udap = isUdap ? parts.udap?.first.remembered(place.baseUrl) : undefined
  if (isUdap && udap === undefined) return undefined
  const trusts = (): boolean => true // only explained, and nobody reads it
  return new ConnectedResponder<'R4'>({
    parts,
    connection: { ...place, documents, trusts, udap },
    context,
  })
}

/** What a run without failures would ask of it. */
export function planned(parts: Parts, one: Found, question: Question): PlannedTarget {
  const { asked, context, origin } = one
  const { id, position, oid, name, baseUrl, aliases } = asked
  const responder = knownResponder(parts, one)
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
  const further = (hasTwoSteps ? 1 : 0) + (interaction === 'match-or-search' ? 1 : 0)
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

function registrationOf({ udap }: Parts, { place }: Found): PlannedTarget['registration'] {
  const metadata = udap?.first.remembered(place.baseUrl)
  return metadata !== undefined && udap?.first.isRegistered(metadata) === true ? 'cached' : 'needed'
}

function missingUdap({ udap }: Parts, { place }: Found, isUdap: boolean): number {
  return isUdap && udap?.first.remembered(place.baseUrl) === undefined ? 1 : 0
}
