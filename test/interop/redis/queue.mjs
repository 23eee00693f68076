// BullMQ's queue, as its documentation makes it.
import { Queue } from 'bullmq'

export function openQueue(name, port) {
  const queue = new Queue(name, {
    connection: { host: '127.0.0.1', port, maxRetriesPerRequest: null },
  })
  queue.on('error', () => undefined)
  return queue
}
