// One of several processes that share registrations: registers when it is told to, and prints its client id.
import { ioredisClient } from './clients.mjs'
import { redisRegistrations } from '../../../dist/redis/index.js'
import { pemSigner } from '../../../dist/signers/index.js'
import { trustStore, UdapClient } from '../../../dist/udap/index.js'

const { redisPort, secret, base, community, identity } = JSON.parse(process.argv[2])
const { client, close } = await ioredisClient(redisPort)
const http = { allowInsecureLoopback: true }
const udap = new UdapClient({
  ...http,
  clientUri: identity.clientUri,
  signer: await pemSigner(identity.pem),
  clientName: 'Test',
  contacts: ['mailto:a@example.org'],
  scope: 'system/Patient.read',
  trust: trustStore([community], http),
  registrations: redisRegistrations({
    client,
    keys: [{ id: 'a', secret: Buffer.from(secret, 'base64') }],
  }),
})
const metadata = await udap.discover(base)
process.send('ready')
await new Promise((resolve) => process.once('message', resolve))
const [result] = await Promise.allSettled([udap.register(metadata)])
console.log(JSON.stringify({ clientId: result.value?.clientId, code: result.reason?.code }))
await udap.close()
close()
process.disconnect()
