/**
 * Two processes with one token: each client has its own connection to Redis, as it would on another
 * machine. Redis from examples/compose.yaml, or REDIS_URL.
 */
import { randomBytes } from 'node:crypto'
import { CarequalityClient } from 'carequality-fhir'
import { redisLimits, redisTokenCache } from 'carequality-fhir/redis'
import { createSandbox } from 'carequality-fhir/testing'
import { redisClient } from './_redis.ts'

const connections = [await redisClient(), await redisClient()]
const [missing] = connections.filter((one) => typeof one === 'string')
if (missing !== undefined) console.log(`not run: ${missing}`)
else {
  const sandbox = await createSandbox()
  // From your secret store; the same for all processes.
  const keys = [{ id: '2026-11', secret: randomBytes(32) }]
  for (const [index, client] of connections.entries()) {
    if (typeof client === 'string') continue
    const redis = { client, keys }
    const carequality = new CarequalityClient({
      ...sandbox.options,
      tokenCache: redisTokenCache(redis),
      limits: redisLimits(redis),
    })
    const responder = await carequality.organization('2.16.840.1.113883.3.13.1')
    await responder.patients.read('1316024')
    await carequality.close()
    const requests = sandbox.requests.filter(({ method }) => method === 'POST').length
    console.log(`process ${index + 1} has read the patient; token requests so far: ${requests}`)
  }
}
for (const one of connections) if (typeof one !== 'string') one.disconnect()
