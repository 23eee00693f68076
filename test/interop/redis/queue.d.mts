import type { QueueLike } from '../../../src/queue/index.ts'

export function openQueue(name: string, port: number): QueueLike & { close(): Promise<void> }
