/** The contents of a job. Encrypted in Redis, because it names the patient. */
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
  /** When the run ends, by Redis's clock; no request is made later. */
  readonly endsAt: number
  /** How long the run's keys are stored. */
  readonly lifeMs: number
}

/** The job's data as BullMQ sees it. */
export interface SealedJob {
  readonly sealed: string
}

export function isSealedJob(data: unknown): data is SealedJob {
  return isRecord(data) && typeof data.sealed === 'string'
}

/** Encrypted by this library, perhaps by another version of it. */
export function isPayload(value: unknown): value is Payload {
  return (
    isRecord(value) &&
    typeof value.runId === 'string' &&
    isRecord(value.question) &&
    Array.isArray(value.targets) &&
    typeof value.targetTimeoutMs === 'number' &&
    typeof value.endsAt === 'number' &&
    typeof value.lifeMs === 'number'
  )
}

/** Binds a job's text to its place: it cannot be decrypted elsewhere. */
export function jobPlace(jobId: string): string {
  return `job ${jobId}`
}

/** At most `size` targets a job, neighbours at one origin together. */
export function chunksOf<T extends { readonly origin: string }>(
  targets: readonly T[],
  size: number,
): readonly (readonly T[])[] {
  const byOrigin = new Map<string, T[]>()
  for (const target of targets) {
    const neighbours = byOrigin.get(target.origin)
    if (neighbours === undefined) byOrigin.set(target.origin, [target])
    else neighbours.push(target)
  }
  const ordered = [...byOrigin.values()].flat()
  return Array.from({ length: Math.ceil(ordered.length / size) }, (_, at) =>
    ordered.slice(at * size, (at + 1) * size),
  )
}
