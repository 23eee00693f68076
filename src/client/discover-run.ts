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
import { Mailbox } from '../lib/mailbox.ts'
import { TargetSieve, type Found } from './find-targets.ts'
import { locateTargets, type Located } from './locate-targets.ts'
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
  /** Work begins with the targets that are located first. Default: with all of them at once. */
  readonly asLocated?: boolean
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
  const { length: targets } = given
  return new Run<O>({
    ...{ now: http.now, targets, deadlineMs, signal, concurrency, perOrigin },
    prepare: (ended, cancelReason) => {
      http.emit({ type: 'discover.started', run, targets })
      return prepare(parts, discovery, workshop, ended, cancelReason)
    },
    watch: () => {
      const watched = http.watchPieces('discover.run', run)
      return (
        watched && {
          within: (work) => watched.within(work),
          end: ({ complete, counts }) => watched.end({ run: { targets, complete, counts } }),
        }
      )
    },
    onOutcome: http.isWatched
      ? (outcome, done) => http.emit(shown(run, outcome, done, targets))
      : undefined,
    onEnd: ({ counts, complete, requests, tookMs }: DiscoverSummary) => {
      http.emit({ type: 'discover.finished', run, targets, counts, complete, requests, tookMs })
      workshop.onEnd?.()
    },
  })
}

/** The targets, as they are located; those that are not when the run ends are cancelled. */
async function* prepare<O>(
  parts: Parts,
  { given, as, policy, deadlineMs }: Discovery,
  { run, settled, jobsOf, asLocated = false }: Workshop<O>,
  ended: AbortSignal,
  cancelReason: () => CancelReason,
): AsyncGenerator<Prepared<O>, void, void> {
  const { http } = parts
  const limits = { signal: ended, timeoutMs: deadlineMs, runId: run }
  const located = new Mailbox<Located>()
  const locating = http.call('client.discover', limits, (call) =>
    locateTargets(given, { parts, as, policy }, call, (one) => located.put(one)),
  )
  const close = (): void => located.close()
  void locating.then(close, close)
  // Whom a budget leaves out depends on all who were named.
  const isWhole = !asLocated || policy.maxResponders < given.length
  const sieve = new TargetSieve(policy.maxResponders)
  const missing = new Map(given.map(({ id }, position) => [position, { id, position }]))
  for await (const batch of located.batches(isWhole)) {
    if (ended.aborted || http.closed) break
    for (const { target } of batch) missing.delete(target.position)
    const { found, notAsked: others } = await sieve.sift(batch)
    yield {
      settled: others.map(({ target, failure }) => settled(notAsked(target, failure, 0))),
      jobs: await jobsOf(found, ended),
    }
  }
  const reason = http.closed ? 'closed' : cancelReason()
  const cancelled = (target: DiscoverTarget): O =>
    settled(notAsked(target, { kind: 'cancelled', reason }, 0))
  yield { jobs: [], settled: Array.from(missing.values(), cancelled) }
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
