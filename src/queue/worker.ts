/** A process that queries the targets of runs on a queue. */
import { CarequalityClient } from '../client/client.ts'
import { contextKey } from '../auth/identity.ts'
import { askPartsOf } from '../client/discover.ts'
import { nameOf, notAsked } from '../client/discover-run.ts'
import type { Parts } from '../client/parts.ts'
import { askTarget } from '../discover/ask-target.ts'
import { placesPerOrigin } from '../discover/memory-limits.ts'
import { HedgeBudget } from '../discover/hedge.ts'
import type { CancelReason, OutcomeData } from '../discover/outcome.ts'
import { TransportError } from '../errors.ts'
import { parseUrl } from '../http/policies/egress.ts'
import { delay } from '../lib/abort.ts'
import { requireFunction, requireText, requireWhole } from '../lib/arguments.ts'
import { ownOptions } from '../lib/own.ts'
import { keyring, type SealingKey } from '../redis/keyring.ts'
import { patientStore, type RedisOptions, type RedisStore } from '../redis/store.ts'
import type { JobLike, WorkerClass } from './bullmq-like.ts'
import {
  byOrigin,
  isPayload,
  isSealedJob,
  jobPlace,
  type Payload,
  type QueuedTarget,
} from './payload.ts'
import { RunStore } from './run-store.ts'

/** Where the work comes from, and what it needs. */
export interface DiscoverWorkerOptions<Connection> {
  /** BullMQ's `Worker` class. */
  Worker: WorkerClass<Connection>
  /** What that class takes as its connection. */
  connection: Connection
  /** The queue's name. */
  queueName: string
  /**
   * Queries the targets, with its own signer. Give it `limits: redisLimits(…)` and `tokenCache:
   * redisTokenCache(…)`, so that all workers count as one for the servers.
   */
  client: CarequalityClient
  redis: RedisOptions
  /** Jobs at once; each has some 20 targets. Default 4. */
  concurrency?: number | undefined
  /** Called with BullMQ's errors, a lost connection for example. */
  onError?: ((error: Error) => void) | undefined
}

/** A running worker. */
export interface DiscoverWorker {
  /** Takes no further job and waits for the current ones. */
  close(): Promise<void>
}

const CONCURRENCY = 4
/** A job of a worker that died is given to another one within some seconds. */
const LOCK_MS = 10_000
const STALLED_MS = 5_000
const MAX_STALLED = 20
/** How much longer than its target's time a claim is good. */
const CLAIM_MARGIN_MS = 5_000
const END_POLL_MS = 500
/** What ended with this worker and not with the run. */
const LEFT_TO_OTHERS: ReadonlySet<CancelReason> = new Set(['store-lost', 'closed'])
/** An outcome is not abandoned while Redis restarts. */
const WRITE_TRIES = 60
const WRITE_PAUSE_MS = 500

/**
 * Starts a worker; any number of them, on any number of machines, share the work. A target that a
 * worker died over is asked again once its claim has ended; the outcome's `attempts` count the lost one.
 *
 * @throws TypeError for a wrong option.
 */
export function startDiscoverWorker<Connection>(
  options: DiscoverWorkerOptions<Connection>,
): DiscoverWorker {
  const given = ownOptions(options)
  requireFunction(given.Worker, 'Worker', 'needed')
  requireText(given.queueName, 'queueName')
  requireFunction(given.onError, 'onError')
  if (!(given.client instanceof CarequalityClient)) {
    throw new TypeError('"client" must be a CarequalityClient')
  }
  const concurrency = requireWhole(given.concurrency, 'concurrency') ?? CONCURRENCY
  const store = patientStore(given.redis)
  const desk = new Desk(given.client, store, keyring(given.redis.keys))
  const { Worker, connection, queueName, onError } = given
  const worker = new Worker(queueName, (job) => desk.work(job), {
    ...{ connection, concurrency, lockDuration: LOCK_MS },
    ...{ stalledInterval: STALLED_MS, maxStalledCount: MAX_STALLED },
  })
  worker.on('error', (error) => onError?.(error))
  return {
    close: async () => {
      await worker.close()
    },
  }
}

class Desk {
  readonly #parts: Parts
  readonly #store: RedisStore
  readonly #keys: readonly SealingKey[]
  /** Of all runs that this worker works for. */
  readonly #hedge = new HedgeBudget()

  constructor(client: CarequalityClient, store: RedisStore, keys: readonly SealingKey[]) {
    this.#parts = CarequalityClient.partsOf(client).parts
    this.#store = store
    this.#keys = keys
  }

  /** Rejects if the job must be run again. */
  async work(job: JobLike): Promise<void> {
    const opened = await this.#open(job)
    // It can never be decrypted: an old job of a key that is gone.
    if (opened === undefined) return
    const { payload, key } = opened
    const run = await RunStore.open(this.#store, key, payload.runId, payload.lifeMs)
    const aborter = new AbortController()
    const watching = new AbortController()
    void watchEnd(run, aborter, watching.signal).catch(() => undefined)
    try {
      const done = await inLanes(payload.targets, (target) =>
        this.#target(target, payload, run, aborter.signal),
      )
      if (done.includes(false)) {
        throw new TransportError('ERR_CQ_STORE_FAILED', 'targets are left for another attempt')
      }
    } finally {
      watching.abort()
    }
  }

  async #open(job: JobLike): Promise<{ payload: Payload; key: SealingKey } | undefined> {
    const { id, data } = job
    if (id === undefined || !isSealedJob(data)) return undefined
    for (const key of this.#keys) {
      const opened = await key.open(data.sealed, jobPlace(id), 0)
      if (isPayload(opened?.value)) return { payload: opened.value, key }
    }
    return undefined
  }

  /** False where the target is still to be queried. */
  async #target(
    target: QueuedTarget,
    payload: Payload,
    run: RunStore,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { position } = target.asked
    const owner = this.#parts.http.randomUUID()
    try {
      for (;;) {
        const claim = await run.claim(position, owner, payload.targetTimeoutMs + CLAIM_MARGIN_MS)
        if (claim.state === 'done') return true
        if (claim.state === 'mine') {
          const outcome = await this.#ask(target, payload, signal)
          if (outcome.kind === 'cancelled' && LEFT_TO_OTHERS.has(outcome.reason)) {
            await run.giveUp(position, owner)
            return false
          }
          await write(run, position, { ...outcome, attempts: outcome.attempts + claim.times - 1 })
          return true
        }
        // Its worker may be alive; if not, its claim ends.
        await delay(Math.min(1_000, claim.leftMs + 10), signal)
      }
    } catch {
      // A cancelled run wants no more of it.
      return signal.aborted
    }
  }

  async #ask(
    { asked, place, context }: QueuedTarget,
    { question, targetTimeoutMs, hedge, endsAt, runId }: Payload,
    signal: AbortSignal,
  ): Promise<OutcomeData> {
    const parts = this.#parts
    const offset = await this.#store.offsetMs().catch(() => 0)
    const leftMs = endsAt - (parts.http.now() + offset)
    if (signal.aborted || leftMs <= 0) {
      const reason = signal.aborted ? 'signal' : 'deadline'
      return notAsked(nameOf(asked), { kind: 'cancelled', reason }, 0, asked.aliases)
    }
    const askParts = askPartsOf(parts, { place, context, contextKey: contextKey(context) })
    return askTarget(asked, question, context, askParts, {
      ...{ signal, timeoutMs: Math.min(targetTimeoutMs, leftMs), queuedMs: 0 },
      ...{ cancelReason: () => 'signal', runId, hedge: hedge ? this.#hedge : undefined },
    })
  }
}

/**
 * Few at once at one origin: a target's time must not pass while its neighbors have all the slots.
 */
async function inLanes(
  targets: readonly QueuedTarget[],
  work: (target: QueuedTarget) => Promise<boolean>,
): Promise<readonly boolean[]> {
  const groups = byOrigin(targets, ({ asked: { baseUrl } }) => parseUrl(baseUrl)?.origin ?? baseUrl)
  const done: boolean[] = []
  const lane = async (waiting: QueuedTarget[]): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      done.push(await work(next))
    }
  }
  const lanes = [...groups.values()].flatMap((waiting) =>
    Array.from({ length: placesPerOrigin }, () => lane(waiting)),
  )
  await Promise.all(lanes)
  return done
}

/** The patient's data was sent: the outcome is worth waiting for Redis. */
async function write(run: RunStore, position: number, outcome: OutcomeData): Promise<void> {
  for (let left = WRITE_TRIES; ; left -= 1) {
    try {
      await run.write(position, outcome)
      return
    } catch (error) {
      if (left === 0) throw error
      await delay(WRITE_PAUSE_MS, new AbortController().signal)
    }
  }
}

async function watchEnd(
  run: RunStore,
  aborter: AbortController,
  watched: AbortSignal,
): Promise<void> {
  for (;;) {
    await delay(END_POLL_MS, watched)
    if (await run.isOpen().catch(() => true)) continue
    aborter.abort(new DOMException('the run has ended', 'AbortError'))
    return
  }
}
