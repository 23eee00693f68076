import { PolicyError } from '../errors.ts'
import type { Call } from '../http/call.ts'
import type { Answer } from '../http/exchange.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import type { SearchMethod } from '../types.ts'
import { outcomeOf, says } from './outcome.ts'
import type { FhirSession } from './session.ts'

/** Remembers which base refuses POST searches of which resource type, for 24 hours. */
export class SearchMemory {
  readonly #refusedUntil = new BoundedMap<number>(10_000)

  refuses(baseUrl: string, type: string, now: number): boolean {
    return now < (this.#refusedUntil.get(`${type} ${baseUrl}`) ?? 0)
  }

  remember(baseUrl: string, type: string, now: number): void {
    this.#refusedUntil.set(`${type} ${baseUrl}`, now + 24 * 3_600_000)
  }
}

/** One search to be sent. */
export interface SearchRequest {
  readonly type: string
  readonly method: SearchMethod
  readonly pairs: readonly (readonly [string, string])[]
  /** Modes that the CapabilityStatement announces; empty where it does not say. */
  readonly announced: readonly string[]
}

/** The answer, and the URL that relative links of it start from. */
export interface FirstPage {
  readonly answer: Answer
  readonly url: string
}

/**
 * Sends a search so that patient data stays out of URLs where the server lets it: by POST, and by
 * GET once where POST is refused and the method allows it.
 *
 * @see [FHIR R4, search by POST](https://hl7.org/fhir/R4/http.html#search)
 */
export async function sendSearch(
  session: FhirSession,
  memory: SearchMemory,
  search: SearchRequest,
  call: Call,
): Promise<FirstPage> {
  const { type, method, pairs, announced } = search
  const now = session.http.now()
  const text = new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString()
  const noPost = announced.length > 0 && !announced.includes('post')
  if (method !== 'get' && !noPost && !memory.refuses(session.baseUrl, type, now)) {
    const answer = await session.send(
      { path: `${type}/_search`, form: text, pathTemplate: `/${type}/_search` },
      call,
    )
    if (!refusesPost(answer)) return { answer, url: session.urlOf(`${type}/_search`) }
    memory.remember(session.baseUrl, type, now)
  }
  if (method === 'post-only') {
    throw new PolicyError(
      'ERR_CQ_SEARCH_METHOD_REFUSED',
      `the FHIR server takes no POST search of ${type}`,
      session.where(call.operation),
    )
  }
  if (pairs.some(([name]) => !name.startsWith('_'))) {
    session.http.emit('search.demographics-in-url', {
      baseUrl: session.shownBase,
      resourceType: type,
    })
  }
  const answer = await session.send({ path: type, query: text, pathTemplate: `/${type}` }, call)
  return { answer, url: session.urlOf(type, text) }
}

function refusesPost(answer: Answer): boolean {
  const { status } = answer
  if ([404, 405, 415, 501].includes(status)) return true
  return (status === 400 || status === 403) && says(outcomeOf(answer), 'not-supported')
}
