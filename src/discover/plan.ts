import type { DiscoverTarget, OutcomeError, SkipReason } from './outcome.ts'

/** Requests that a run without failures makes of one responder. */
export interface PlannedRequests {
  /** CapabilityStatement, smart-configuration and, in mode `udap`, its metadata. */
  readonly discovery: number
  /** Dynamic client registration, in mode `udap`. */
  readonly registration: number
  readonly token: number
  /** `$match` or search. */
  readonly question: number
}

/** A responder that would be asked. */
export interface PlannedTarget {
  readonly target: DiscoverTarget
  readonly origin: string
  /** Ids of further targets that its answer would be good for. */
  readonly aliases: readonly string[]
  /** What it publishes is at hand. Otherwise a token request and a `$match` are assumed. */
  readonly known: boolean
  readonly token: 'cached' | 'needed' | 'none'
  readonly registration: 'cached' | 'needed' | 'none'
  readonly interaction: 'match' | 'search' | 'match-or-search'
  readonly requests: PlannedRequests
  /** Requests at most, retries left out: a second step, a search after a `$match` that is not there, the search once more by GET. */
  readonly atMost: number
  /** What of the patient it may be sent, all steps together. */
  readonly disclosed: readonly string[]
}

/** A target that would not be asked. */
export interface PlannedSkip {
  readonly target: DiscoverTarget
  readonly kind: string
  readonly reason?: SkipReason | undefined
  readonly duplicateOf?: string | undefined
  readonly error?: OutcomeError | undefined
}

/** What one origin would be asked, by a run without failures. */
export interface PlannedOrigin {
  readonly origin: string
  readonly targets: number
  /** Those for tokens and registrations included: they are counted where the FHIR base is. */
  readonly requests: number
  readonly tokenRequests: number
  readonly registrations: number
}

/** What a run would do; plain data that holds nothing of the patient but names of elements. */
export interface DiscoverPlan {
  /** In the order in which they would be started. */
  readonly targets: readonly PlannedTarget[]
  readonly skipped: readonly PlannedSkip[]
  readonly origins: readonly PlannedOrigin[]
  readonly requests: number
  readonly tokenRequests: number
  readonly registrations: number
  /** Requests at most, retries left out. */
  readonly atMost: number
}

/** All requests together. */
export function sumOf({ discovery, registration, token, question }: PlannedRequests): number {
  return discovery + registration + token + question
}

/** Adds the targets up. */
export function planOf(
  targets: readonly PlannedTarget[],
  skipped: readonly PlannedSkip[],
): DiscoverPlan {
  const origins = new Map<string, PlannedOrigin>()
  for (const { origin, requests } of targets) {
    const before = origins.get(origin)
    origins.set(origin, {
      origin,
      targets: (before?.targets ?? 0) + 1,
      requests: (before?.requests ?? 0) + sumOf(requests),
      tokenRequests: (before?.tokenRequests ?? 0) + requests.token,
      registrations: (before?.registrations ?? 0) + requests.registration,
    })
  }
  const all = [...origins.values()]
  const total = (count: (one: PlannedOrigin) => number): number =>
    all.reduce((sum, one) => sum + count(one), 0)
  return {
    targets,
    skipped,
    origins: all,
    requests: total(({ requests }) => requests),
    tokenRequests: total(({ tokenRequests }) => tokenRequests),
    registrations: total(({ registrations }) => registrations),
    atMost: targets.reduce((sum, { atMost }) => sum + atMost, 0),
  }
}
