/** The parts of BullMQ that are used; the user installs it and passes it in. No code. */

/** A BullMQ `Queue`, as far as it is used. */
export interface QueueLike {
  readonly name: string
  addBulk(jobs: { name: string; data: unknown; opts: QueueJobOptions }[]): Promise<unknown>
}

/** The job options that are set. */
export interface QueueJobOptions {
  readonly jobId: string
  readonly attempts: number
  readonly backoff: { readonly type: 'fixed'; readonly delay: number }
  readonly removeOnComplete: true
  readonly removeOnFail: { readonly age: number }
}

/** A BullMQ `Job`, as far as it is used. */
export interface JobLike {
  readonly id?: string | undefined
  readonly data: unknown
}

/** A BullMQ `Worker`, as far as it is used. */
export interface WorkerLike {
  close(force?: boolean): Promise<void>
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** BullMQ's `Worker` class, or one like it. `Connection` is whatever that class takes. */
export type WorkerClass<Connection> = new (
  name: string,
  processor: (job: JobLike) => Promise<void>,
  options: {
    connection: Connection
    concurrency: number
    lockDuration: number
    stalledInterval: number
    maxStalledCount: number
  },
) => WorkerLike
