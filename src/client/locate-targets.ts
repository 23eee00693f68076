/** From what a caller names to places, each with the identity for it. No target waits for another. */
import type { AuthorizationContext } from '../auth/identity.ts'
import { contextKey, joinContexts } from '../auth/identity.ts'
import { DirectoryClient } from '../directory/directory-client.ts'
import type { DirectoryEntry } from '../directory/model/model.ts'
import type { EntryReader } from '../directory/select/entry-reader.ts'
import {
  directoryFailure,
  failureOf,
  policyFailure,
  shownError,
  type Failure,
} from '../discover/failure.ts'
import type { DiscoverTarget } from '../discover/outcome.ts'
import type { Policy } from '../discover/policy.ts'
import type { Given } from '../discover/targets.ts'
import { PolicyError } from '../errors.ts'
import type { Call } from '../http/call.ts'
import { callTimedOut } from '../http/policies/deadline.ts'
import { parseUrl } from '../http/policies/egress.ts'
import { pauseKeyOf } from '../http/policies/pacing.ts'
import { ignoreRejection } from '../lib/ignore-rejection.ts'
import { PURPOSE_NEEDED, purposesOf } from '../lib/purposes.ts'
import { Yielder } from '../lib/turn.ts'
import { contextFor } from './connect.ts'
import type { Place } from './connection.ts'
import { locate } from './locate.ts'
import type { Parts } from './parts.ts'

/** A target that may be asked, unless another one is the same. */
export interface Ready extends NamedContext {
  readonly target: DiscoverTarget & { readonly baseUrl: string }
  readonly place: Place
}

/** In whose name one is asked. */
interface NamedContext {
  readonly context: AuthorizationContext
  /** Equal for contexts that are the same. */
  readonly contextKey: string
}

/** A target that is not asked. */
export interface NotAsked {
  readonly target: DiscoverTarget
  readonly failure: Failure & { readonly duplicateOf?: string | undefined }
}

export type Located = Ready | NotAsked

/** Directory reads at once. */
const READS = 16
/** Calls of your `context` at once, for targets that need no directory: no slow read holds them up. */
const CONTEXTS = 16

/** What locating works with; the same for all targets of a run. */
export interface Locating {
  readonly parts: Parts
  readonly as: AuthorizationContext
  readonly policy: Policy
}

/**
 * Reads the directory where it must, and no responder. Each target has `policy.targetTimeoutMs` for
 * it. Rejects only when the call ends.
 */
export async function locateTargets(
  given: readonly Given[],
  locating: Locating,
  call: Call,
  onLocated: (one: Located) => void,
): Promise<void> {
  const { parts, as } = locating
  // Where no responder has an identity of its own.
  const shared = parts.context === undefined ? named(joinContexts(parts.own, as)) : undefined
  const work = new Yielder()
  const inLanes = (lanes: number, belongs: (one: Given) => boolean): Promise<void>[] => {
    const waiting = [...given.entries()].filter(([, one]) => belongs(one)).values()
    const lane = async (): Promise<void> => {
      // The lanes share the iterator.
      for (const [position, one] of waiting) {
        if (work.shouldYield) await work.turn()
        onLocated(await locateOne(one, position, locating, shared, call))
      }
    }
    return Array.from({ length: lanes }, lane)
  }
  await Promise.all([
    ...inLanes(CONTEXTS, ({ by }) => by === 'url'),
    ...inLanes(READS, ({ by }) => by !== 'url'),
  ])
}

async function locateOne(
  given: Given,
  position: number,
  locating: Locating,
  shared: NamedContext | undefined,
  call: Call,
): Promise<Located> {
  // Nothing is waited for, so nothing is to be bounded.
  if (given.by === 'url' && shared !== undefined) {
    return readyAt(placeOf(given), given.id, position, locating, shared)
  }
  const { parts, as, policy } = locating
  const { targetTimeoutMs: ms } = policy
  const deadline = call.deadline.child(ms, () => callTimedOut('client.discover', ms))
  const ownContext = async (place: Place): Promise<NamedContext> =>
    named(await deadline.race(contextFor(parts, place, as)))
  try {
    const place =
      given.by === 'url'
        ? placeOf(given)
        : await deadline.race(read(given, locating, { ...call, deadline }))
    return await readyAt(place, given.id, position, locating, shared ?? ownContext)
  } catch (error) {
    const entry = given.by === 'entry' ? given.entry : undefined
    const target = { id: given.id, position, oid: entry?.oid, name: entry?.name }
    return { target, failure: directoryFailure(error) }
  } finally {
    deadline.end()
    call.deadline.throwIfOver()
  }
}

/** Whether a place may be asked, and in whose name. Never rejects. */
async function readyAt(
  place: Place,
  id: string,
  position: number,
  { parts, policy }: Locating,
  contextOf: NamedContext | ((place: Place) => Promise<NamedContext>),
): Promise<Located> {
  const { oid, entry } = place
  const baseUrl = pauseKeyOf(place.baseUrl, place.baseUrl)
  const target = { id, position, oid, name: entry?.name, baseUrl }
  try {
    const refusal = refusalOf(parts, place) ?? disallowed(target, policy)
    if (refusal !== undefined) return { target, failure: refusal }
    const own = typeof contextOf === 'function' ? await contextOf(place) : contextOf
    if (parts.requirePurpose && purposesOf(own.context.purposeOfUse).length === 0) {
      return { target, failure: policyFailure({ message: PURPOSE_NEEDED }) }
    }
    return { target, place, ...own }
  } catch (error) {
    return { target, failure: policyFailure(shownError(error)) }
  }
}

function named(context: AuthorizationContext): NamedContext {
  return { context, contextKey: contextKey(context) }
}

/** Only `true` permits: a rule that fails says no. */
function disallowed(target: DiscoverTarget, policy: Policy): Failure | undefined {
  const verdict: unknown = policy.allow(target)
  if (verdict === true) return undefined
  if (verdict === false) return { kind: 'skipped', reason: 'policy' }
  ignoreRejection(verdict)
  return policyFailure({ message: '"policy.allow" must return true or false, and no promise' })
}

function refusalOf({ http }: Parts, { oid, servedBy, baseUrl }: Place): Failure | undefined {
  const origin = parseUrl(baseUrl)?.origin
  if (http.blocklist.blocks([origin, oid, servedBy?.oid])) {
    return { kind: 'skipped', reason: 'blocked' }
  }
  const objection = http.policy.reasonToReject(baseUrl)
  if (objection === undefined) return undefined
  const what = `the FHIR base may not be asked: ${objection}`
  const where = { operation: 'client.discover', organization: oid, origin }
  return failureOf(new PolicyError('ERR_CQ_ORIGIN_REFUSED', what, where))
}

function placeOf({ baseUrl, oid, tokenEndpoint }: Extract<Given, { by: 'url' }>): Place {
  const what = `FHIR base ${parseUrl(baseUrl)?.origin ?? ''}`
  const steps = [{ what, why: 'the caller gave it' }]
  return { oid, baseUrl, tokenEndpoint, entry: undefined, servedBy: undefined, steps }
}

async function read(
  given: Exclude<Given, { by: 'url' }>,
  { parts, as }: Locating,
  call: Call,
): Promise<Place> {
  const { http, directory, own } = parts
  const search = {
    ...{ purposes: purposesOf(joinContexts(own, as).purposeOfUse), fhirVersion: '4.0' },
    ...{ policy: http.policy, now: http.now },
  }
  const location =
    given.by === 'id'
      ? await locate(directory, given.id, search, call)
      : await locate(startingWith(given.entry, directory), given.entry.id, search, call)
  return { ...location, tokenEndpoint: undefined }
}

/** An entry that is at hand; its ancestors come from the directory. */
function startingWith(entry: DirectoryEntry, directory: EntryReader): EntryReader {
  return {
    read: (id, options) => {
      if (id === entry.id || id === entry.oid) return Promise.resolve(entry)
      return directory instanceof DirectoryClient
        ? directory.readCached(id, options)
        : directory.read(id, options)
    },
  }
}
