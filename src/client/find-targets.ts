/** Which of the located targets are asked: each responder once, and no more than the policy permits. */
import type { AuthorizationContext } from '../auth/identity.ts'
import type { AskedTarget } from '../discover/asked-target.ts'
import { parseUrl } from '../http/policies/egress.ts'
import { Yielder } from '../lib/turn.ts'
import type { Place } from './connection.ts'
import type { Located, NotAsked, Ready } from './locate-targets.ts'

/** A responder that can be asked. */
export interface Found {
  readonly asked: AskedTarget
  readonly place: Place
  readonly context: AuthorizationContext
  /** Equal for contexts that are the same. */
  readonly contextKey: string
  readonly origin: string
}

/** Some targets of a run, each in one of the two lists. */
export interface FoundTargets {
  readonly found: readonly Found[]
  readonly notAsked: readonly NotAsked[]
}

/** Tells the targets of one run apart as they are located: two are one where base, identity, context and your own token endpoint are the same. */
export class TargetSieve {
  readonly #most: number
  readonly #found = new Map<string, { readonly id: string; readonly aliases: string[] }>()

  /** `most`: responders that are asked at most. */
  constructor(most: number) {
    this.#most = most
  }

  async sift(located: readonly Located[]): Promise<FoundTargets> {
    const found: Found[] = []
    const notAsked: NotAsked[] = []
    const work = new Yielder()
    // Reads end in any order; the first to be named is the one that is asked.
    const inOrder = [...located].sort((a, b) => a.target.position - b.target.position)
    for (const one of inOrder) {
      if (work.shouldYield) await work.turn()
      const next = 'failure' in one ? one : this.#next(one)
      if ('failure' in next) notAsked.push(next)
      else found.push(next)
    }
    return { found, notAsked }
  }

  #next({ target, place, context, contextKey }: Ready): Found | NotAsked {
    const { id, baseUrl } = target
    const key = `${contextKey} ${place.tokenEndpoint ?? ''} ${baseUrl}`
    const first = this.#found.get(key)
    if (first !== undefined) {
      first.aliases.push(id)
      return { target, failure: { kind: 'skipped', reason: 'duplicate', duplicateOf: first.id } }
    }
    if (this.#found.size >= this.#most) {
      return { target, failure: { kind: 'skipped', reason: 'budget' } }
    }
    const aliases: string[] = []
    this.#found.set(key, { id, aliases })
    const { entry, servedBy, tokenEndpoint, baseUrl: address } = place
    const asked = { ...target, address, aliases, entry, servedBy, tokenEndpoint }
    const origin = parseUrl(baseUrl)?.origin ?? baseUrl
    return { asked, place, context, contextKey, origin }
  }
}
