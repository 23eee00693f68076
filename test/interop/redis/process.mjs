// One of several processes that share tokens: asks 250 times at once and prints what came of it.
import { ioredisClient } from './clients.mjs'
import { redisTokenCache } from '../../../dist/redis/index.js'
import { CarequalityClient } from '../../../dist/index.js'
import { jwkSigner } from '../../../dist/signers/index.js'

const { redisPort, secret, key, base, callers } = JSON.parse(process.argv[2])
const { client, close } = await ioredisClient(redisPort)
const events = {}
const carequality = new CarequalityClient({
  clientId: 'marked-client-id',
  signer: await jwkSigner({ key }),
  tokenCache: redisTokenCache({
    client,
    keys: [{ id: 'a', secret: Buffer.from(secret, 'base64') }],
  }),
  allowInsecureLoopback: true,
  onEvent: ({ type }) => (events[type] = (events[type] ?? 0) + 1),
})
const responder = await carequality.responder({ baseUrl: base })
process.send?.('ready')
if (process.send) await new Promise((resolve) => process.once('message', resolve))
const results = await Promise.allSettled(
  Array.from({ length: callers }, () => responder.patients.read('marked-patient')),
)
const failed = results.filter(({ status }) => status === 'rejected')
console.log(
  JSON.stringify({
    read: results.length - failed.length,
    failed: [...new Set(failed.map(({ reason }) => reason.code ?? String(reason)))],
    events,
  }),
)
await carequality.close()
close()
process.disconnect?.()
