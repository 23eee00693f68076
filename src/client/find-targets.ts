/** From what a caller names to responders that can be asked: located, told apart, permitted. */
import type { AuthorizationContext } from '../auth/identity.ts'
import { contextKey, joinContexts } from '../auth/identity.ts'
import { DirectoryClient } from '../directory/directory-client.ts'
import type { DirectoryEntry } from '../directory/model/model.ts'
import type { EntryReader } from '../directory/select/entry-reader.ts'
import type { AskedTarget } from '../discover/asked-target.ts'
import { failureOf, type Failure } from '../discover/failure.ts'
import type { DiscoverTarget } from '../discover/outcome.ts'
import type { Policy } from '../discover/policy.ts'
import type { Given } from '../discover/targets.ts'
import { PolicyError } from '../errors.ts'
import type { Call } from '../http/call.ts'
import { pauseKeyOf } from '../http/policies/pacing.ts'
import { parseUrl } from '../http/policies/egress.ts'
import { Yielder } from '../lib/turn.ts'
import { contextFor } from './connect.ts'
import type { Place } from './connection.ts'
import { locate } from './locate.ts'
import { purposesOf } from '../lib/purposes.ts'
import type { Parts } from './parts.ts'

/** A responder that can be asked. */
export interface Found {
  readonly asked: AskedTarget
  readonly place: Place
  readonly context: AuthorizationContext
  /** Equal for contexts that are the same. */
  readonly contextKey: string
  readonly origin: string
}

/** A target that is not asked. */
export interface NotAsked {
  readonly target: DiscoverTarget
  readonly failure: Failure & { readonly duplicateOf?: string | undefined }
}

/** All targets of a run, each in one of the two lists. */
export interface FoundTargets {
  readonly found: readonly Found[]
  readonly notAsked: readonly NotAsked[]
}

/** Directory reads at once. */
const READS = 16

type Located = (Place & { readonly position: number; readonly id: string }) | NotAsked

/**
 * Reads the directory where it must, and no responder. Two targets are one where base, identity and
 * context are the same. Rejects only when the call ends.
 */
export async function findTargets(
  parts: Parts,
  given: readonly Given[],
  as: AuthorizationContext,
  policy: Policy,
  call: Call,
): Promise<FoundTargets> {
  const located = await locateAll(parts, given, as, call)
  const found = new Map<string, Found & { readonly aliases: string[] }>()
  const notAsked: NotAsked[] = []
  const contexts = contextsOf(parts, as)
  const work = new Yielder()
  for (const one of located) {
    if (work.shouldYield) await work.turn()
    if ('failure' in one) {
      notAsked.push(one)
      continue
    }
    const baseUrl = pauseKeyOf(one.baseUrl, one.baseUrl)
    const target = targetOf(one, baseUrl)
    try {
      const refusal = refusalOf(parts, one, target, policy)
      if (refusal !== undefined) {
        notAsked.push({ target, failure: refusal })
        continue
      }
      const named = await contexts(one)
      call.deadline.throwIfOver()
      const key = `${named.contextKey} ${baseUrl}`
      const first = found.get(key)
      if (first !== undefined) {
        first.aliases.push(one.id)
        const duplicateOf = first.asked.id
        notAsked.push({ target, failure: { kind: 'skipped', reason: 'duplicate', duplicateOf } })
        continue
      }
      if (found.size >= policy.maxResponders) {
        notAsked.push({ target, failure: { kind: 'skipped', reason: 'budget' } })
        continue
      }
      const aliases: string[] = []
      const { entry, servedBy, tokenEndpoint } = one
      const asked = {
        ...target,
        address: one.baseUrl,
        baseUrl,
        aliases,
        entry,
        servedBy,
        tokenEndpoint,
      }
      const origin = parseUrl(baseUrl)?.origin ?? baseUrl
      found.set(key, { asked, place: one, ...named, origin, aliases })
    } catch (error) {
      call.deadline.throwIfOver()
      notAsked.push({ target, failure: failureOf(error, false) })
    }
  }
  return { found: [...found.values()], notAsked }
}

type NamedContext = Pick<Found, 'context' | 'contextKey'>

/** Without a `context` function of the user's it is the same for all. */
function contextsOf(
  parts: Parts,
  as: AuthorizationContext,
): (place: Place) => NamedContext | Promise<NamedContext> {
  const named = (context: AuthorizationContext): NamedContext => {
    return { context, contextKey: contextKey(context) }
  }
  if (parts.context !== undefined) {
    return async (place) => named(await contextFor(parts, place, as))
  }
  const all = named(joinContexts(parts.own, as))
  return () => all
}

function refusalOf(
  { http }: Parts,
  { oid, servedBy, baseUrl }: Place,
  target: DiscoverTarget,
  policy: Policy,
): Failure | undefined {
  const origin = parseUrl(baseUrl)?.origin
  if (http.blocklist.blocks([origin, oid, servedBy?.oid])) {
    return { kind: 'skipped', reason: 'blocked' }
  }
  const objection = http.policy.reasonToReject(baseUrl)
  if (objection !== undefined) {
    const what = `the FHIR base may not be requested: ${objection}`
    const where = { operation: 'client.discover', organization: oid, origin }
    return failureOf(new PolicyError('ERR_CQ_ORIGIN_REFUSED', what, where), false)
  }
  return policy.allow(target) ? undefined : { kind: 'skipped', reason: 'policy' }
}

async function locateAll(
  parts: Parts,
  given: readonly Given[],
  as: AuthorizationContext,
  call: Call,
): Promise<readonly Located[]> {
  const located: Located[] = []
  const work = new Yielder()
  let next = 0
  const locateSome = async (): Promise<void> => {
    for (let position = next++; position < given.length; position = next++) {
      const one = given[position]
      if (one === undefined) continue
      if (work.shouldYield) await work.turn()
      located[position] = await locateOne(parts, one, position, as, call)
    }
  }
  await Promise.all(Array.from({ length: Math.min(READS, given.length) }, locateSome))
  return located
}

async function locateOne(
  parts: Parts,
  given: Given,
  position: number,
  as: AuthorizationContext,
  call: Call,
): Promise<Located> {
  const { id } = given
  if (given.by === 'url') {
    const { baseUrl, oid, tokenEndpoint } = given
    const what = `FHIR base ${parseUrl(baseUrl)?.origin ?? ''}`
    const steps = [{ what, why: 'given by the caller' }]
    return {
      id,
      position,
      oid,
      baseUrl,
      tokenEndpoint,
      entry: undefined,
      servedBy: undefined,
      steps,
    }
  }
  const { http, directory, own } = parts
  const entry = given.by === 'entry' ? given.entry : undefined
  const search = {
    ...{ purposes: purposesOf(joinContexts(own, as).purposeOfUse), fhirVersion: '4.0' },
    ...{ policy: http.policy, now: http.now },
  }
  try {
    const reader = entry === undefined ? directory : startingWith(entry, directory)
    const location = await locate(reader, entry?.id ?? id, search, call)
    return { ...location, id, position, tokenEndpoint: undefined }
  } catch (error) {
    call.deadline.throwIfOver()
    const target = { id, position, oid: entry?.oid, name: entry?.name }
    return { target, failure: failureOf(error, false) }
  }
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

function targetOf(
  { id, position, oid, entry }: Exclude<Located, NotAsked>,
  baseUrl: string,
): DiscoverTarget & { readonly baseUrl: string } {
  return { id, position, oid, name: entry?.name, baseUrl }
}
