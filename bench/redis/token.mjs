// What a shared token costs beside a bare GET of the same connection: interleaved rounds in one run.
// Needs redis-server and test/interop/redis: `npm run install:interop && node bench/redis/token.mjs`.
import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { redisTokenCache } from '../../dist/redis/index.js'
import { startServer } from './server.mjs'

const { Redis } = createRequire(new URL('../../test/interop/redis/package.json', import.meta.url))(
  'ioredis',
)
const server = await startServer()
const client = new Redis(server.port, '127.0.0.1')
const cache = redisTokenCache({
  client,
  keys: [{ id: 'a', secret: randomBytes(32) }],
  timeoutMs: 10_000,
})
const { signal } = new AbortController()
const sentAt = Date.now()
const token = {
  accessToken: 'x'.repeat(900),
  scope: 'system/Patient.read',
  sentAt,
  expiresAt: sentAt + 3_600_000,
}
await cache.set('key', token, { signal })
const [place] = await client.keys('cq:token:*')

const CALLS = 2_000
const ways = {
  'bare GET': () => client.get(place),
  'shared token': () => cache.get('key', { signal }),
}
const rows = Object.fromEntries(Object.keys(ways).map((name) => [name, { wall: [], cpu: [] }]))
for (let round = 0; round < 15; round += 1) {
  for (const [name, ask] of Object.entries(ways)) {
    const [before, began] = [process.cpuUsage(), performance.now()]
    for (let count = 0; count < CALLS; count += 1) await ask()
    const { user, system } = process.cpuUsage(before)
    // The first rounds warm up.
    if (round < 3) continue
    rows[name].wall.push(((performance.now() - began) / CALLS) * 1_000)
    rows[name].cpu.push((user + system) / CALLS)
  }
}
const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]
for (const [name, { wall, cpu }] of Object.entries(rows)) {
  console.log(`${name}: ${median(wall).toFixed(1)} µs, ${median(cpu).toFixed(1)} µs of CPU`)
}
const ratio = (what) => median(rows['shared token'][what]) / median(rows['bare GET'][what])
console.log(
  `ratio: ${ratio('wall').toFixed(2)} of wall time, ${ratio('cpu').toFixed(2)} of CPU (at most 1.2)`,
)
client.disconnect()
await server.close()
