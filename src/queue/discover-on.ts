/** A run whose targets are asked by workers, perhaps on other machines. */
import { CarequalityClient } from '../client/client.ts'
import { discoveryOf, type DiscoverOptions } from '../client/discover.ts'
import { nameOf, notAsked, runOf, type Discovery } from '../client/discover-run.ts'
import type { Found } from '../client/find-targets.ts'
import type { OutcomeData } from '../discover/outcome.ts'
import type { DiscoverRun, Job } from '../discover/run.ts'
import { delay } from '../lib/abort.ts'
import { requireFunction, requireText, requireWhole } from '../lib/arguments.ts'
import { ignoreRejection } from '../lib/ignore-rejection.ts'
import { ownOptions } from '../lib/own.ts'
import { keyring, type SealingKey } from '../redis/keyring.ts'
import { patientStore, type RedisOptions, type RedisStore } from '../redis/store.ts'
import type { QueueLike } from './bullmq-like.ts'
import { LOST_AFTER_MS, OutcomeReader } from './outcome-reader.ts'
import { chunksOf, jobPlace, type Payload } from './payload.ts'
import { RunStore } from './run-store.ts'

/**
 * What `client.discover` takes, and where the run lives. How many targets are asked at once is the
 * workers' own: `policy.concurrency` is a `TypeError` here.
 */
export interface DiscoverOnOptions extends DiscoverOptions {
  /** Locates the targets; it needs no key that signs. The workers' clients ask them. */
  client: CarequalityClient
  redis: RedisOptions
  /** Targets of one job. Default 20. */
  targetsPerJob?: number | undefined
}

const DEADLINE_MS = 600_000
const TARGETS_PER_JOB = 20
/** How long the run's keys outlive its deadline. */
const AFTER_MS = 300_000
/** When a run is cancelled: for workers to say what they had sent by then. */
const LAST_WORD_MS = 2_000
/** A job whose worker died is taken by another one; each attempt is one that was lost. */
const ATTEMPTS = 20
const BACKOFF_MS = 500

/**
 * `client.discover` on a queue: the same outcomes and summary, while workers made with
 * `startDiscoverWorker` do the asking. Every target is claimed before it is asked and its first
 * outcome stays, however many workers die. Jobs and outcomes are encrypted; they end with the run.
 * Cancelling, leaving the loop included, stops the workers. Where Redis is lost for 15 s, targets
 * without an outcome end as `cancelled`, `store-lost`.
 *
 * Outcomes have no `responder`; `client.organization(outcome.target.oid)` gives one. A slow loop does
 * not hold the workers up.
 *
 * @param queue a BullMQ `Queue`; its name is the workers' `queueName`.
 * @throws TypeError for a wrong option.
 */
export function discoverOn(queue: QueueLike, options: DiscoverOnOptions): DiscoverRun<OutcomeData> {
  const given = ownOptions(options)
  requireText((queue as Partial<QueueLike>).name, 'queue.name')
  requireFunction((queue as Partial<QueueLike>).addBulk, 'queue.addBulk', 'needed')
  if (!(given.client instanceof CarequalityClient)) {
    throw new TypeError('"client" must be a CarequalityClient')
  }
  if (given.policy !== undefined && ownOptions(given.policy, 'policy').concurrency !== undefined) {
    throw new TypeError('"policy.concurrency" is the workers\': see startDiscoverWorker')
  }
  const { parts, as } = CarequalityClient.partsOf(given.client)
  const size = requireWhole(given.targetsPerJob, 'targetsPerJob') ?? TARGETS_PER_JOB
  const discovery = discoveryOf(parts, as, { deadlineMs: DEADLINE_MS, ...given })
  const [key] = keyring(given.redis.keys)
  const store = patientStore(given.redis)
  const run = parts.http.randomUUID()
  let reader: OutcomeReader | undefined
  return runOf<OutcomeData>(parts, discovery, {
    ...{ run, concurrency: Infinity, perOrigin: Infinity },
    settled: (outcome) => outcome,
    onEnd: () => reader?.end(),
    jobsOf: async (found, ended) => {
      const lifeMs = discovery.deadlineMs + AFTER_MS
      const runStore = await RunStore.open(store, key, run, lifeMs)
      const own = new OutcomeReader(runStore)
      reader = own
      const silent = silenceAfter(ended)
      if (found.length > 0) {
        // Before the hand-over: the queue may take the jobs after the run has ended.
        const end = (): void => ignoreRejection(runStore.end())
        ended.addEventListener('abort', end, { once: true })
        const endsAt = await endOf(store, parts.http.now() + discovery.deadlineMs)
        const payload = { runId: run, lifeMs, endsAt }
        const jobs = await jobsFor(found, size, payload, discovery, key)
        if (!(await handOver(queue, jobs, runStore, ended))) {
          end()
          return found.map((one) => jobOf(one, () => Promise.resolve('lost'), silent))
        }
        own.start()
      }
      return found.map((one) => jobOf(one, () => own.outcomeOf(one.asked.position), silent))
    },
  })
}

/** By Redis's clock where it can be asked; else by ours. */
async function endOf(store: RedisStore, ours: number): Promise<number> {
  return ours + (await store.offsetMs().catch(() => 0))
}

type BulkJobs = Parameters<QueueLike['addBulk']>[0]

async function jobsFor(
  found: readonly Found[],
  size: number,
  base: Pick<Payload, 'runId' | 'endsAt' | 'lifeMs'>,
  { question, policy }: Discovery,
  key: SealingKey,
): Promise<BulkJobs> {
  const removeOnFail = { age: Math.ceil(base.lifeMs / 1_000) }
  const opts = { attempts: ATTEMPTS, backoff: { type: 'fixed', delay: BACKOFF_MS } } as const
  return Promise.all(
    chunksOf(found, size).map(async (chunk, at) => {
      const payload: Payload = {
        ...{ ...base, question, targetTimeoutMs: policy.targetTimeoutMs, hedge: policy.hedge },
        targets: chunk.map(({ asked, place, context }) => ({ asked, place, context })),
      }
      const jobId = await key.nameOf(`job ${base.runId} ${at}`)
      const sealed = await key.seal(payload, jobPlace(jobId), Math.ceil(base.endsAt + base.lifeMs))
      const data = { sealed }
      return {
        name: 'discover',
        data,
        opts: { ...opts, jobId, removeOnComplete: true, removeOnFail },
      }
    }),
  )
}

/** False where Redis or the queue does not take them. The same jobs twice are one: their ids are. */
async function handOver(
  queue: QueueLike,
  jobs: BulkJobs,
  runStore: RunStore,
  ended: AbortSignal,
): Promise<boolean> {
  const lost = delay(LOST_AFTER_MS, ended).then(
    () => false,
    () => false,
  )
  const added = (async () => {
    await runStore.hold()
    if (ended.aborted) return false
    await queue.addBulk(jobs)
    return true
  })().catch(() => false)
  return Promise.race([added, lost])
}

/** Some time after the run has ended: whoever has not said a word by then will not. */
function silenceAfter(ended: AbortSignal): Promise<'silent'> {
  return new Promise((resolve) => {
    const onEnd = (): void => {
      void delay(LAST_WORD_MS, new AbortController().signal).then(() => resolve('silent'))
    }
    if (ended.aborted) onEnd()
    else ended.addEventListener('abort', onEnd, { once: true })
  })
}

function jobOf(
  { asked, origin }: Found,
  outcome: () => Promise<OutcomeData | 'lost'>,
  silent: Promise<'silent'>,
): Job<OutcomeData> {
  const cancelled: Job<OutcomeData>['cancelled'] = (reason, queuedMs) =>
    notAsked(nameOf(asked), { kind: 'cancelled', reason }, queuedMs, asked.aliases)
  return {
    origin,
    cancelled,
    ask: async (signal, cancelReason, queuedMs) => {
      const found = await Promise.race([outcome(), silent])
      if (found === 'lost') return cancelled('store-lost', queuedMs)
      if (found === 'silent') return cancelled(cancelReason(), queuedMs)
      // A worker does not know why the run ended.
      return found.kind === 'cancelled' && signal.aborted
        ? { ...found, reason: cancelReason() }
        : found
    },
  }
}
