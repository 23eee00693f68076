import type { RedisClientLike } from '../../../src/redis/index.ts'

export interface Connected {
  readonly client: RedisClientLike
  close(): void
}

export function ioredisClient(port: number): Promise<Connected>
export function nodeRedisClient(port: number): Promise<Connected>
