/** A run over whatever works on its targets: in this process, or by a queue. */
import type { AuthorizationContext } from '../auth/identity.ts'
import type { AskedTarget } from '../discover/asked-target.ts'
import type {
  CancelReason,
  Candidates,
  DiscoverTarget,
  Matched,
  NoMatch,
  OutcomeData,
  OutcomeFacts,
} from '../discover/outcome.ts'
import type { Policy } from '../discover/policy.ts'
import type { Question } from '../discover/question.ts'
import { Run, type DiscoverRun, type Job, type Prepared } from '../discover/run.ts'
import type { DiscoverSummary } from '../discover/summary.ts'
import type { Given } from '../discover/targets.ts'
import type { UntimedEvent } from '../events.ts'
import { parseUrl } from '../http/policies/egress.ts'
import { findTargets, type Found, type FoundTargets } from './find-targets.ts'
import type { Parts } from './parts.ts'

/** One checked call of `plan` or `discover`. */
export interface Discovery {
  readonly question: Question
  readonly given: readonly Given[]
  readonly as: AuthorizationContext
  readonly policy: Policy
  readonly deadlineMs: number
  readonly signal: AbortSignal | undefined
}

/** Who works on the targets of a run, and how many at once. */
export interface Workshop<O> {
  /** Names the run. */
  readonly run: string
  readonly concurrency: number
  readonly perOrigin: number
  /** The outcome of a target that is not asked. */
  readonly settled: (outcome: NotAskedOutcome) => O
  /** Never rejects. */
  readonly jobsOf: (
    found: readonly Found[],
    ended: AbortSignal,
  ) => readonly Job<O>[] | Promise<readonly Job<O>[]>
  readonly onEnd?: () => void
}

/** A run over whatever works on its targets. */
export function runOf<O extends OutcomeData>(
  parts: Parts,
  discovery: Discovery,
  workshop: Workshop<O>,
): DiscoverRun<O> {
  const { http } = parts
  const { deadlineMs, signal, given } = discovery
  const { run, concurrency, perOrigin } = workshop
  return new Run<O>({
    ...{ now: http.now, deadlineMs, signal, concurrency, perOrigin },
    prepare: async (ended, cancelReason) => {
      http.emit({ type: 'discover.started', run, targets: given.length })
      return prepare(parts, discovery, workshop, ended, cancelReason)
    },
    watch: () => {
      const watched = http.watchPieces('discover.run', run)
      return (
        watched && {
          within: (work) => watched.within(work),
          end: ({ targets, complete, counts }) =>
            watched.end({ run: { targets, complete, counts } }),
        }
      )
    },
    onOutcome: http.isWatched
      ? (outcome, done, total) => http.emit(shown(run, outcome, done, total))
      : undefined,
    onEnd: ({ targets, counts, complete, requests, tookMs }: DiscoverSummary) => {
      http.emit({ type: 'discover.finished', run, targets, counts, complete, requests, tookMs })
      workshop.onEnd?.()
    },
  })
}

async function prepare<O>(
  parts: Parts,
  { given, as, policy, deadlineMs }: Discovery,
  { run, settled, jobsOf }: Workshop<O>,
  ended: AbortSignal,
  cancelReason: () => CancelReason,
): Promise<Prepared<O>> {
  const limits = { signal: ended, timeoutMs: deadlineMs, runId: run }
  let targets: FoundTargets
  try {
    targets = await parts.http.call('client.discover', limits, (call) =>
      findTargets(parts, given, as, policy, call),
    )
  } catch {
    const reason = parts.http.closed ? 'closed' : cancelReason()
    const ends = given.map(({ id }, position) =>
      settled(notAsked({ id, position }, { kind: 'cancelled', reason }, 0)),
    )
    return { jobs: [], settled: ends }
  }
  return {
    settled: targets.notAsked.map(({ target, failure }) => settled(notAsked(target, failure, 0))),
    jobs: await jobsOf(targets.found, ended),
  }
}

/** What outcomes call a target by. */
export function nameOf({ id, position, oid, name, baseUrl }: AskedTarget): DiscoverTarget {
  return { id, position, oid, name, baseUrl }
}

/** What is no answer about the patient. */
export type NotAskedOutcome = Exclude<OutcomeData, Matched | Candidates | NoMatch>

type Rest<T> = T extends OutcomeData ? Omit<T, keyof OutcomeFacts> : never

/** An outcome without a request. */
export function notAsked(
  target: OutcomeFacts['target'],
  rest: Rest<NotAskedOutcome>,
  queuedMs: number,
  aliases: readonly string[] = [],
): NotAskedOutcome {
  const times = { queuedMs, tokenMs: 0, requestMs: 0 }
  return { target, aliases, ...rest, ...times, attempts: 0, hedged: false, disclosures: [] }
}

/** What an observer is told: nothing of the patient. */
function shown(
  run: string,
  outcome: OutcomeData,
  done: number,
  total: number,
): UntimedEvent<'discover.outcome'> {
  const { kind, target, queuedMs, tokenMs, requestMs, attempts } = outcome
  return {
    ...{ type: 'discover.outcome', run, kind, done, total, attempts },
    reason: 'reason' in outcome ? outcome.reason : undefined,
    code: 'error' in outcome ? outcome.error?.code : undefined,
    organization: target.oid,
    origin: target.baseUrl === undefined ? undefined : parseUrl(target.baseUrl)?.origin,
    queuedMs: Math.round(queuedMs),
    tokenMs: Math.round(tokenMs),
    requestMs: Math.round(requestMs),
  }
}
