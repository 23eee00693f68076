/**
 * `discover` over many processes, on BullMQ; see docs/scaling.md.
 *
 * @module carequality-fhir/queue
 */
export { discoverOn } from './discover-on.ts'
export type { DiscoverOnOptions } from './discover-on.ts'
export { startDiscoverWorker } from './worker.ts'
export type { DiscoverWorker, DiscoverWorkerOptions } from './worker.ts'
export type { JobLike, QueueJobOptions, QueueLike, WorkerClass, WorkerLike } from './bullmq-like.ts'
export type { RedisClientLike, RedisKey, RedisOptions } from '../redis/index.ts'
