import { shownUrl } from '../../http/policies/base-url.ts'
import { isRecord } from '../../lib/arguments.ts'
import { isEndpoint } from '../model/check-entry.ts'
import type { DirectoryEndpoint, DirectoryEntry } from '../model/model.ts'
import { shownId } from '../model/shown.ts'
import { evaluate, guess, whySelected, type EndpointCriteria } from './evaluate-endpoint.ts'

/** One evaluated endpoint, or a remark on the entry where there is none. */
export interface EndpointCandidate {
  /** Id of the entry that lists it. */
  readonly entry: string
  readonly endpoint?: DirectoryEndpoint | undefined
  readonly selected: boolean
  /** In words; contains nothing but what the directory publishes. */
  readonly why: string
}

/** A candidate in one line, for messages and for `explain`. */
export function describeCandidate(
  { entry, endpoint, selected, why }: EndpointCandidate,
  show: (address: string) => string = shownUrl,
): string {
  return endpoint === undefined
    ? `entry ${shownId(entry)}: ${why}`
    : `${show(endpoint.address)} ${selected ? 'selected' : 'skipped'}: ${why}`
}

/** What an entry offers: an endpoint, or the reasons why it has none. */
export type Found =
  | { readonly candidates: readonly EndpointCandidate[] }
  | {
      readonly candidates: readonly EndpointCandidate[]
      readonly endpoint: DirectoryEndpoint
      readonly guessed: boolean
      readonly alternatives: readonly DirectoryEndpoint[]
    }

/** Evaluates the endpoints of one entry. */
export function candidatesOf(
  entry: DirectoryEntry,
  criteria: EndpointCriteria,
  mayGuess: boolean,
): Found {
  const listed = listIn(entry.endpoints)
  const endpoints = listed.filter(isEndpoint)
  const { evaluated, fit } = evaluate(endpoints, criteria)
  // An endpoint that cannot be read may be the one that would have been selected.
  const mayBeOnly = mayGuess && endpoints.length === listed.length
  const guessed = fit.length === 0 && mayBeOnly ? guess(endpoints, criteria) : undefined
  const endpoint = fit[0] ?? guessed
  const unread = remarksOn(entry, listed).map((why) => ({ entry: entry.id, selected: false, why }))
  const candidates = evaluated.map((one): EndpointCandidate => {
    if (one.endpoint === endpoint) {
      const why = whySelected(endpoint, endpoint === guessed, criteria)
      return { entry: entry.id, endpoint, selected: true, why }
    }
    const why = one.reason ?? 'another one comes first'
    return { entry: entry.id, endpoint: one.endpoint, selected: false, why }
  })
  const all = [...candidates, ...unread]
  return endpoint === undefined
    ? { candidates: all }
    : { endpoint, guessed: endpoint === guessed, alternatives: fit.slice(1), candidates: all }
}

/**
 * What of an entry could not be read, by the directory's reader or here. A user's own reader may
 * return anything.
 */
function remarksOn(entry: DirectoryEntry, listed: readonly unknown[]): readonly string[] {
  const reported = listIn(entry.unreadable).flatMap((problem) => {
    if (!isRecord(problem)) return []
    const { path, reason } = problem
    return typeof path === 'string' && typeof reason === 'string' ? [`${path}: ${reason}`] : []
  })
  const here = listed.flatMap((one, index) =>
    isEndpoint(one) ? [] : [`endpoints.${index}: an Endpoint that cannot be read`],
  )
  return [...reported, ...here]
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function inactive({ id }: DirectoryEntry): EndpointCandidate {
  return { entry: id, selected: false, why: 'it is inactive' }
}
