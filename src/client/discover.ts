import { copyContext, joinContexts, type AuthorizationContext } from '../auth/identity.ts'
import { askTarget, type AskParts } from '../discover/ask-target.ts'
import type { AskControl } from '../discover/asked-target.ts'
import { HedgeBudget } from '../discover/hedge.ts'
import type { Candidates, Matched, NoMatch, OutcomeData } from '../discover/outcome.ts'
import { planOf, type DiscoverPlan } from '../discover/plan.ts'
import { policyOf, type DiscoverPolicy, type Policy } from '../discover/policy.ts'
import { questionOf, type Question } from '../discover/question.ts'
import type { DiscoverRun, Job } from '../discover/run.ts'
import { targetsOf, type TargetInput } from '../discover/targets.ts'
import type { PatientDemographics } from '../fhir/interactions/match.ts'
import { LONGEST_TIMER_MS } from '../lib/deadline.ts'
import { requirePositive, requireSignal } from '../lib/arguments.ts'
import { ownOptions } from '../lib/own.ts'
import { PURPOSE_NEEDED, purposesOf } from '../lib/purposes.ts'
import { connectionTo, type Wanted } from './connect.ts'
import { nameOf, notAsked, runOf, type Discovery } from './discover-run.ts'
import { TargetSieve } from './find-targets.ts'
import { inOrder, planned, remembered, type AskedAs, type RankedTarget } from './known-responder.ts'
import { locateTargets, type Located } from './locate-targets.ts'
import type { Parts } from './parts.ts'
import type { ConnectedResponder, Responder } from './responder.ts'

/** Whom to ask for whom. */
export interface DiscoverOptions {
  /** Who is looked for: a name or a birth date at least. Only what people are recognised by is sent. */
  patient: PatientDemographics
  /** Who is asked: OIDs, base URLs, entries of a directory or a snapshot. There is no "everybody". */
  targets: Iterable<TargetInput>
  /** In whose name and what for, as `client.as` takes it. Default: the client's. */
  context?: AuthorizationContext | undefined
  policy?: DiscoverPolicy | undefined
  /** Milliseconds for the whole run; what has no outcome then is `cancelled`. Default 30,000. */
  deadlineMs?: number | undefined
  /** Ends the run; what has no outcome then is `cancelled`. */
  signal?: AbortSignal | undefined
}

/**
 * What became of one target, told apart by `kind`. `responder` is ready for more, a search of
 * documents for example; it is no part of the outcome's JSON.
 */
export type DiscoverOutcome =
  | ((Matched | Candidates | NoMatch) & { readonly responder: Responder })
  | (Exclude<OutcomeData, Matched | Candidates | NoMatch> & {
      readonly responder?: Responder | undefined
    })

const DEADLINE_MS = 30_000
const PER_ORIGIN = 4
const WANTED: Wanted = { version: 'R4', fallback: [] }

/** Throws `TypeError` for a wrong option. */
export function discoveryOf(
  parts: Parts,
  as: AuthorizationContext,
  options: DiscoverOptions,
): Discovery {
  const { patient, targets, context, policy, deadlineMs, signal } = ownOptions(options)
  requireSignal(signal, 'signal')
  // TEFCA's responders are to be sent all demographics that are known.
  const usual = parts.udap?.directoryRelease === 'rce-r4' ? 'full' : 'two-step'
  const checked = policyOf(policy, usual)
  const deadline = requirePositive(deadlineMs, 'deadlineMs') ?? DEADLINE_MS
  const identity = joinContexts(as, copyContext(context ?? {}))
  requirePurposeFor(parts, identity)
  return {
    question: questionOf(patient, checked.disclosure, checked.onlyCertainMatches),
    given: targetsOf(targets),
    as: identity,
    policy: checked,
    deadlineMs: Math.min(deadline, LONGEST_TIMER_MS),
    signal,
  }
}

/** Where each responder has an identity of its own, that is checked when it is known. */
function requirePurposeFor(parts: Parts, as: AuthorizationContext): void {
  if (!parts.requirePurpose || parts.context !== undefined) return
  const { purposeOfUse } = joinContexts(parts.own, as)
  if (purposesOf(purposeOfUse).length === 0) throw new TypeError(PURPOSE_NEEDED)
}

/** Reads the directory where it must, and asks no responder. */
export async function plan(
  parts: Parts,
  { question, given, as, policy, deadlineMs: timeoutMs, signal }: Discovery,
): Promise<DiscoverPlan> {
  return parts.http.call('client.plan', { signal, timeoutMs }, async (call) => {
    const located: Located[] = []
    await locateTargets(given, { parts, as, policy }, call, (one) => located.push(one))
    const { found, notAsked } = await new TargetSieve(policy.maxResponders).sift(located)
    return planOf(
      (await inOrder(parts, found)).map((one) => planned(parts, one, question)),
      notAsked.map(({ target, failure }) => ({ target, ...failure })),
    )
  })
}

/** Starts nothing: a run begins when its outcomes or its summary are wanted. */
export function discover(parts: Parts, discovery: Discovery): DiscoverRun<DiscoverOutcome> {
  const { policy, question } = discovery
  const hedge = policy.hedge ? new HedgeBudget() : undefined
  const run = parts.http.randomUUID()
  return runOf<DiscoverOutcome>(parts, discovery, {
    ...{ run, concurrency: policy.concurrency, perOrigin: PER_ORIGIN, asLocated: true },
    settled: (outcome) => outcome,
    jobsOf: async (found) => {
      const ranked = await inOrder(parts, found)
      return ranked.map((one) => jobOf(parts, one, question, policy, { hedge, runId: run }))
    },
  })
}

function jobOf(
  parts: Parts,
  { found, known }: RankedTarget,
  question: Question,
  { targetTimeoutMs: timeoutMs }: Policy,
  { hedge, runId }: Pick<AskControl, 'hedge' | 'runId'>,
): Job<DiscoverOutcome> {
  const { asked, context, origin } = found
  return {
    origin,
    cancelled: (reason, queuedMs) => {
      return notAsked(nameOf(asked), { kind: 'cancelled', reason }, queuedMs, asked.aliases)
    },
    ask: async (signal, cancelReason, queuedMs) => {
      let responder: Responder | undefined
      const askParts = askPartsOf(parts, found, known, (one) => (responder = one))
      const control = { timeoutMs, signal, cancelReason, queuedMs, hedge, runId }
      const outcome = await askTarget(asked, question, context, askParts, control)
      return withResponder(outcome, responder)
    },
  }
}

/** What one target is asked with; `onConnected` is told of the responder. */
export function askPartsOf(
  parts: Parts,
  asked: AskedAs,
  known?: ConnectedResponder<'R4'>,
  onConnected?: (responder: Responder) => void,
): AskParts {
  const { http, limits, servers: memory, resolver } = parts
  const { place, context } = asked
  return {
    ...{ http, limits, memory },
    connect: async (_target, _context, call) => {
      // What was at hand when the run began is good unless it has been dropped since.
      if (known !== undefined && resolver.missing(place.baseUrl) === 0) {
        onConnected?.(known)
        return known
      }
      const responder = await http.call('client.discover', call, async (call) => {
        const { connection } = await connectionTo(parts, place, WANTED, context, call)
        return remembered(parts, connection, asked)
      })
      onConnected?.(responder)
      return responder
    },
  }
}

/** Not enumerable: outcomes are data, and this is not. */
function withResponder(outcome: OutcomeData, responder: Responder | undefined): DiscoverOutcome {
  return Object.defineProperty(outcome, 'responder', { value: responder }) as DiscoverOutcome
}
