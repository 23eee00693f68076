/** A Redis for the examples that need one, and the libraries that speak to it; or why there is none. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { WorkerClass, QueueLike } from 'carequality-fhir/queue'
import type { RedisClientLike } from 'carequality-fhir/redis'

type Client = RedisClientLike & {
  on(event: 'error', listener: () => void): unknown
  connect(): Promise<void>
  disconnect(): void
}
type Redis = new (url: string, options: object) => Client

/** What is used of BullMQ. */
export interface BullMq {
  readonly Queue: new (
    name: string,
    options: { connection: { url: string } },
  ) => QueueLike & { close(): Promise<void> }
  readonly Worker: WorkerClass<{ url: string; maxRetriesPerRequest: null }>
}

export const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'

/** A connected client of ioredis. */
export async function redisClient(): Promise<Client | string> {
  const ioredis = required<{ Redis: Redis }>('ioredis')
  if (typeof ioredis === 'string') return ioredis
  const client = new ioredis.Redis(url, {
    ...{ lazyConnect: true, maxRetriesPerRequest: 1, retryStrategy: () => null },
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch {
    return 'no Redis responds (docker compose -f examples/compose.yaml up -d, or set REDIS_URL)'
  }
}

export const bullMq = (): BullMq | string => required<BullMq>('bullmq')

function required<T>(name: string): T | string {
  for (const place of ['package.json', 'test/interop/redis/package.json']) {
    try {
      const loaded: T = createRequire(join(process.cwd(), place))(name)
      return loaded
    } catch {
      // the next place
    }
  }
  return `${name} is not installed (npm install ${name})`
}
