/** One measured run: its own Redis, responders and workers, which end with it. */
import { fork } from 'node:child_process'
import { randomBytes, webcrypto } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { CarequalityClient } from '../../dist/index.js'
import { discoverOn } from '../../dist/queue/index.js'
import { jwkSigner } from '../../dist/signers/index.js'
import { startServer } from './server.mjs'

const require = createRequire(new URL('../../test/interop/redis/package.json', import.meta.url))
const { Redis } = require('ioredis')
const { Queue } = require('bullmq')

const QUEUE = 'discover'
const DEADLINE_MS = 60 * 60 * 1000
/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10

/** Wall time, processor time of all workers for each target, and Redis's peak. Throws where an outcome is anything but a match. */
export async function measure({ targets, workers: count }) {
  const network = await started('network.mjs', String(targets))
  const server = await startServer()
  const secret = randomBytes(32)
  const pair = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, true, [
    'sign',
  ])
  const key = await webcrypto.subtle.exportKey('jwk', pair.privateKey)
  const given = JSON.stringify({
    ...{ redisPort: server.port, key, queueName: QUEUE, secret: secret.toString('base64') },
  })
  const worker = '../../test/interop/redis/worker.mjs'
  const workers = await Promise.all(Array.from({ length: count }, () => started(worker, given)))
  const redis = { client: new Redis(server.port, '127.0.0.1'), keys: [{ id: 'a', secret }] }
  const queue = new Queue(QUEUE, { connection: { host: '127.0.0.1', port: server.port } })
  const signer = await jwkSigner({ key })
  const client = new CarequalityClient({ clientId: 'client', signer, allowInsecureLoopback: true })
  try {
    const before = cpuOf(workers)
    const began = performance.now()
    const run = discoverOn(queue, {
      ...{ client, redis, targets: network.message.map((baseUrl) => ({ baseUrl })) },
      patient: { name: [{ family: 'Peters' }], birthDate: '1946-04-05' },
      policy: { targetTimeoutMs: 60_000 },
      deadlineMs: DEADLINE_MS,
    })
    const { counts } = await run.summary
    const seconds = (performance.now() - began) / 1_000
    if (counts.matched !== targets) throw new Error(`not all matched: ${JSON.stringify(counts)}`)
    const cpuMs = (cpuOf(workers) - before) / targets
    const [, peak] = /used_memory_peak:(\d+)/.exec(await redis.client.info('memory'))
    return { targets, workers: count, seconds, cpuMs, redisMb: Number(peak) / 1e6 }
  } finally {
    for (const { child } of [network, ...workers]) child.kill('SIGKILL')
    await queue.close()
    redis.client.disconnect()
    await client.close()
    await server.close()
  }
}

/** A process, and its first message. */
async function started(file, argument) {
  const child = fork(new URL(file, import.meta.url), [argument], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const message = await new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)))
  })
  return { child, message }
}

/** Milliseconds of processor time of all of them; 0 where the system does not say. */
function cpuOf(workers) {
  return workers.reduce((sum, { child }) => {
    try {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ')
      return sum + (Number(fields[11]) + Number(fields[12])) * TICK_MS
    } catch {
      return sum
    }
  }, 0)
}
