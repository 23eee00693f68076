/**
 * A run over 200 sandbox responders on a queue: this process hands the targets over and takes the
 * outcomes, a worker asks. Start as many workers as you like, on any machine. Redis from
 * examples/compose.yaml, or REDIS_URL.
 */
import { randomBytes } from 'node:crypto'
import { CarequalityClient } from 'carequality-fhir'
import { discoverOn, startDiscoverWorker } from 'carequality-fhir/queue'
import { redisLimits, redisTokenCache } from 'carequality-fhir/redis'
import { createSandbox } from 'carequality-fhir/testing'
import { bullMq, redisClient, url } from './_redis.ts'

const [client, bullmq] = [await redisClient(), bullMq()]
if (typeof client === 'string' || typeof bullmq === 'string') {
  console.log(`not run: ${typeof client === 'string' ? client : String(bullmq)}`)
} else {
  const sandbox = await createSandbox({ responders: 200, faults: 0.1, seed: 1 })
  const redis = { client, keys: [{ id: '2026-11', secret: randomBytes(32) }] }
  const carequality = new CarequalityClient({
    ...sandbox.options,
    tokenCache: redisTokenCache(redis),
    limits: redisLimits(redis),
  })
  const queueName = `discover-${process.pid}`
  const queue = new bullmq.Queue(queueName, { connection: { url } })
  const worker = startDiscoverWorker({
    Worker: bullmq.Worker,
    connection: { url, maxRetriesPerRequest: null },
    ...{ queueName, client: carequality, redis },
  })
  const run = discoverOn(queue, {
    client: carequality,
    redis,
    targets: sandbox.responders,
    patient: {
      name: [{ family: 'Peters', given: ['Timothy'] }],
      birthDate: '1946-04-05',
      gender: 'male',
    },
  })
  let outcomes = 0
  for await (const { target } of run) if (target.id !== '') outcomes += 1
  const { counts, complete } = await run.summary
  console.log(`${outcomes} outcomes; ${counts.matched} matched, complete: ${complete}`)
  await worker.close()
  await queue.close()
  await carequality.close()
}
if (typeof client !== 'string') client.disconnect()
