// Throughput of a run on a queue at 1, 2, 4 and 8 workers, and how a run grows with its targets, over
// responders on loopback in a process of their own: `node bench/redis/queue.mjs [targets] [workers …]`.
import { fork } from 'node:child_process'
import { randomBytes, webcrypto } from 'node:crypto'
import { createRequire } from 'node:module'
import { CarequalityClient } from '../../dist/index.js'
import { discoverOn } from '../../dist/queue/index.js'
import { jwkSigner } from '../../dist/signers/index.js'
import { startServer } from './server.mjs'

const require = createRequire(new URL('../../test/interop/redis/package.json', import.meta.url))
const { Redis } = require('ioredis')
const { Queue } = require('bullmq')
const [targets = 1_000, ...counts] = process.argv.slice(2).map(Number)
const workerCounts = counts.length > 0 ? counts : [1, 2, 4, 8]

const network = fork(new URL('network.mjs', import.meta.url), [String(targets)])
const bases = await new Promise((resolve) => network.once('message', resolve))
const pair = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, true, [
  'sign',
])
const key = await webcrypto.subtle.exportKey('jwk', pair.privateKey)
for (const count of workerCounts) {
  const server = await startServer()
  const secret = randomBytes(32)
  const queueName = 'discover'
  const given = JSON.stringify({
    redisPort: server.port,
    key,
    queueName,
    secret: secret.toString('base64'),
  })
  const worker = new URL('../../test/interop/redis/worker.mjs', import.meta.url)
  const workers = Array.from({ length: count }, () =>
    fork(worker, [given], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
  )
  await Promise.all(workers.map((one) => new Promise((resolve) => one.once('message', resolve))))
  const redis = { client: new Redis(server.port, '127.0.0.1'), keys: [{ id: 'a', secret }] }
  const queue = new Queue(queueName, { connection: { host: '127.0.0.1', port: server.port } })
  const client = new CarequalityClient({
    clientId: 'client',
    signer: await jwkSigner({ key }),
    allowInsecureLoopback: true,
  })
  const run = discoverOn(queue, {
    ...{ client, redis, targets: bases.map((baseUrl) => ({ baseUrl })) },
    patient: { name: [{ family: 'Peters' }], birthDate: '1946-04-05' },
    policy: { targetTimeoutMs: 60_000 },
  })
  const began = performance.now()
  const { counts: kinds } = await run.summary
  const seconds = (performance.now() - began) / 1_000
  console.log(
    `${targets} targets, ${count} workers: ${seconds.toFixed(1)} s, ${(targets / seconds).toFixed(0)} a second, ${kinds.matched} matched`,
  )
  for (const one of workers) one.kill('SIGKILL')
  await queue.close()
  redis.client.disconnect()
  await client.close()
  await server.close()
}
network.kill()
