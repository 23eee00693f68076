/** What a job says to a worker. Sealed in Redis, because it names the patient. */
import type { AuthorizationContext } from '../auth/identity.ts'
import type { Place } from '../client/connection.ts'
import type { AskedTarget } from '../discover/asked-target.ts'
import type { Question } from '../discover/question.ts'
import { isRecord } from '../lib/arguments.ts'

/** One target of a job. Plain data. */
export interface QueuedTarget {
  readonly asked: AskedTarget
  readonly place: Place
  readonly context: AuthorizationContext
}

/** A job: some targets of one run, those of an origin together. */
export interface Payload {
  readonly runId: string
  readonly question: Question
  readonly targets: readonly QueuedTarget[]
  readonly targetTimeoutMs: number
  readonly hedge: boolean
  /** When the run ends, by Redis's clock; later nobody is asked. */
  readonly endsAt: number
  /** How long the run's keys stay. */
  readonly lifeMs: number
}

/** What the job's data looks like to BullMQ. */
export interface SealedJob {
  readonly sealed: string
}

export function isSealedJob(data: unknown): data is SealedJob {
  return isRecord(data) && typeof data.sealed === 'string'
}

/** Sealed by this library, perhaps by another version of it. */
export function isPayload(value: unknown): value is Payload {
  return (
    isRecord(value) &&
    typeof value.runId === 'string' &&
    isRecord(value.question) &&
    Array.isArray(value.targets) &&
    typeof value.targetTimeoutMs === 'number' &&
    typeof value.hedge === 'boolean' &&
    typeof value.endsAt === 'number' &&
    typeof value.lifeMs === 'number'
  )
}

/** Where a job's text belongs: at another job it does not open. */
export function jobPlace(jobId: string): string {
  return `job ${jobId}`
}

/** At most `size` targets a job, neighbours at one origin together. */
export function chunksOf<T extends { readonly origin: string }>(
  targets: readonly T[],
  size: number,
): readonly (readonly T[])[] {
  const ordered = [...byOrigin(targets, ({ origin }) => origin).values()].flat()
  return Array.from({ length: Math.ceil(ordered.length / size) }, (_, at) =>
    ordered.slice(at * size, (at + 1) * size),
  )
}

export function byOrigin<T>(
  targets: readonly T[],
  originOf: (target: T) => string,
): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const target of targets) {
    const origin = originOf(target)
    const neighbours = groups.get(origin)
    if (neighbours === undefined) groups.set(origin, [target])
    else neighbours.push(target)
  }
  return groups
}
