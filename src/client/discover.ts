import { copyContext, joinContexts, type AuthorizationContext } from '../auth/context.ts'
import { askTarget, type AskParts } from '../discover/ask-target.ts'
import { GateSlot } from '../discover/gate.ts'
import { HedgeBudget } from '../discover/hedge.ts'
import type {
  CancelReason,
  Candidates,
  Matched,
  NoMatch,
  OutcomeData,
  OutcomeFacts,
} from '../discover/outcome.ts'
import { planOf, type DiscoverPlan } from '../discover/plan.ts'
import { policyOf, type DiscoverPolicy, type Policy } from '../discover/policy.ts'
import { questionOf, type Question } from '../discover/question.ts'
import { Run, type DiscoverRun, type Job, type Prepared } from '../discover/run.ts'
import type { DiscoverSummary } from '../discover/summary.ts'
import { targetsOf, type Given, type TargetInput } from '../discover/targets.ts'
import type { PatientDemographics } from '../fhir/interactions/match.ts'
import { LONGEST_TIMER_MS } from '../lib/deadline.ts'
import { requirePositive, requireSignal } from '../lib/arguments.ts'
import { ownOptions } from '../lib/own.ts'
import type { Call } from '../http/call.ts'
import type { RequestGate } from '../http/messages.ts'
import { parseUrl } from '../http/policies/egress.ts'
import { connectionTo, type Place, type Wanted } from './connect.ts'
import { findTargets, type FoundTargets } from './find-targets.ts'
import { inOrder, planned, type GatedResponder, type RankedTarget } from './known-responder.ts'
import type { Parts } from './options.ts'
import { ConnectedResponder, type Responder } from './responder.ts'

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

/** One checked call of `plan` or `discover`. */
export interface Discovery {
  readonly question: Question
  readonly given: readonly Given[]
  readonly as: AuthorizationContext
  readonly policy: Policy
  readonly deadlineMs: number
  readonly signal: AbortSignal | undefined
}

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
  return {
    question: questionOf(patient, checked.disclosure, checked.onlyCertainMatches),
    given: targetsOf(targets),
    as: joinContexts(as, copyContext(context ?? {})),
    policy: checked,
    deadlineMs: Math.min(deadline, LONGEST_TIMER_MS),
    signal,
  }
}

/** Reads the directory where it must, and asks no responder. */
export async function plan(
  parts: Parts,
  { question, given, as, policy, deadlineMs: timeoutMs, signal }: Discovery,
): Promise<DiscoverPlan> {
  return parts.http.call('client.plan', { signal, timeoutMs }, async (call) => {
    const { found, notAsked } = await findTargets(parts, given, as, policy, call)
    return planOf(
      (await inOrder(parts, found)).map((one) => planned(parts, one, question)),
      notAsked.map(({ target, failure }) => ({ target, ...failure })),
    )
  })
}

/** Starts nothing: a run begins when its outcomes or its summary are wanted. */
export function discover(parts: Parts, discovery: Discovery): DiscoverRun<DiscoverOutcome> {
  const { http } = parts
  const { policy, deadlineMs, signal, given } = discovery
  const run = http.randomUUID()
  return new Run<DiscoverOutcome>({
    ...{
      now: http.now,
      deadlineMs,
      signal,
      concurrency: policy.concurrency,
      perOrigin: PER_ORIGIN,
    },
    prepare: async (ended, cancelReason) => {
      http.emit('discover.started', { run, targets: given.length })
      return prepare(parts, discovery, ended, cancelReason)
    },
    onOutcome: (outcome, done, total) =>
      http.emit('discover.outcome', shown(run, outcome, done, total)),
    onEnd: ({ targets, counts, complete, requests, tookMs }: DiscoverSummary) =>
      http.emit('discover.finished', { run, targets, counts, complete, requests, tookMs }),
  })
}

async function prepare(
  parts: Parts,
  { question, given, as, policy, deadlineMs }: Discovery,
  ended: AbortSignal,
  cancelReason: () => CancelReason,
): Promise<Prepared<DiscoverOutcome>> {
  const limits = { signal: ended, timeoutMs: deadlineMs }
  let targets: FoundTargets
  try {
    targets = await parts.http.call('client.discover', limits, (call) =>
      findTargets(parts, given, as, policy, call),
    )
  } catch {
    const reason = parts.http.closed ? 'closed' : cancelReason()
    const settled = given.map(({ id }, position) =>
      notAsked({ id, position }, { kind: 'cancelled', reason }, 0),
    )
    return { jobs: [], settled }
  }
  const hedge = policy.hedge ? new HedgeBudget() : undefined
  const ranked = await inOrder(parts, targets.found)
  return {
    settled: targets.notAsked.map(({ target, failure }) => notAsked(target, failure, 0)),
    jobs: ranked.map((one) => jobOf(parts, one, question, policy, hedge)),
  }
}

function jobOf(
  parts: Parts,
  { found: { asked, place, context, origin }, known }: RankedTarget,
  question: Question,
  { targetTimeoutMs: timeoutMs }: Policy,
  hedge: HedgeBudget | undefined,
): Job<DiscoverOutcome> {
  const { http, limits, servers: memory } = parts
  return {
    origin,
    cancelled: (reason, queuedMs) => {
      const { id, position, oid, name, baseUrl } = asked
      const target = { id, position, oid, name, baseUrl }
      return notAsked(target, { kind: 'cancelled', reason }, queuedMs, asked.aliases)
    },
    ask: async (signal, cancelReason, queuedMs) => {
      let asking: GatedResponder | undefined
      const askParts: AskParts = {
        ...{ http, limits, memory },
        connect: async (_target, _context, gate, call) => {
          // What was at hand when the run began is good unless it has been dropped since.
          const isGood = known !== undefined && parts.resolver.missing(place.baseUrl) === 0
          asking = isGood ? known : await connected(parts, place, context, gate, call)
          asking.slot.current = gate
          return asking.responder
        },
      }
      const control = { timeoutMs, signal, cancelReason, queuedMs, hedge }
      const outcome = await askTarget(asked, question, context, askParts, control)
      if (asking !== undefined) asking.slot.current = undefined
      return withResponder(outcome, asking?.responder)
    },
  }
}

async function connected(
  parts: Parts,
  place: Place,
  asked: AuthorizationContext,
  gate: RequestGate,
  call: Call,
): Promise<GatedResponder> {
  const slot = new GateSlot()
  slot.current = gate
  call.gate = slot
  const { connection, context } = await connectionTo(parts, place, WANTED, asked, call)
  return { responder: new ConnectedResponder<'R4'>(parts, connection, context), slot }
}

/** Not enumerable: outcomes are data, and this is not. */
function withResponder(outcome: OutcomeData, responder: Responder | undefined): DiscoverOutcome {
  return Object.defineProperty(outcome, 'responder', { value: responder }) as DiscoverOutcome
}

type Rest<T> = T extends OutcomeData ? Omit<T, keyof OutcomeFacts> : never

function notAsked(
  target: OutcomeFacts['target'],
  rest: Rest<Exclude<OutcomeData, Matched | Candidates | NoMatch>>,
  queuedMs: number,
  aliases: readonly string[] = [],
): DiscoverOutcome {
  const times = { queuedMs, tokenMs: 0, requestMs: 0 }
  return { target, aliases, ...rest, ...times, attempts: 0, hedged: false, disclosures: [] }
}

/** What an observer is told: nothing of the patient. */
function shown(
  run: string,
  outcome: DiscoverOutcome,
  done: number,
  total: number,
): Parameters<Parts['http']['emit']>[1] {
  const { kind, target, queuedMs, tokenMs, requestMs, attempts } = outcome
  return {
    ...{ run, kind, done, total, attempts },
    reason: 'reason' in outcome ? outcome.reason : undefined,
    code: 'error' in outcome ? outcome.error?.code : undefined,
    organization: target.oid,
    origin: target.baseUrl === undefined ? undefined : parseUrl(target.baseUrl)?.origin,
    queuedMs: Math.round(queuedMs),
    tokenMs: Math.round(tokenMs),
    requestMs: Math.round(requestMs),
  }
}
