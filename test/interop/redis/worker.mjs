// A worker process of its own, as a deployment would run it.
import { Worker } from 'bullmq'
import { ioredisClient } from './clients.mjs'
import { CarequalityClient } from '../../../dist/index.js'
import { startDiscoverWorker } from '../../../dist/queue/index.js'
import { redisLimits, redisTokenCache } from '../../../dist/redis/index.js'
import { jwkSigner } from '../../../dist/signers/index.js'

// What it claims in Redis begins with its process, so that a test knows whose it is.
const randomUUID = crypto.randomUUID.bind(crypto)
crypto.randomUUID = () => `${String(process.pid).padStart(8, '0')}${randomUUID().slice(8)}`

const { redisPort, secret, key, queueName } = JSON.parse(process.argv[2])
const { client } = await ioredisClient(redisPort)
const redis = { client, keys: [{ id: 'a', secret: Buffer.from(secret, 'base64') }] }
startDiscoverWorker({
  Worker,
  connection: { host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null },
  queueName,
  client: new CarequalityClient({
    clientId: 'marked-client-id',
    signer: await jwkSigner({ key }),
    tokenCache: redisTokenCache(redis),
    limits: redisLimits(redis),
    allowInsecureLoopback: true,
  }),
  redis,
  concurrency: 2,
})
process.send('ready')
