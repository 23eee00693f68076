// Clients of the two libraries that users have, as their documentation makes them.
import { Redis } from 'ioredis'
import { createClient } from 'redis'

/** Fails fast, so that nothing waits in the library's own queue. */
export async function ioredisClient(port) {
  const client = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: 1, lazyConnect: true })
  client.on('error', () => undefined)
  await client.connect()
  return { client, close: () => client.disconnect() }
}

export async function nodeRedisClient(port) {
  const client = createClient({
    url: `redis://127.0.0.1:${port}`,
    disableOfflineQueue: true,
    socket: { reconnectStrategy: () => 50 },
  })
  client.on('error', () => undefined)
  await client.connect()
  return { client, close: () => client.destroy() }
}
