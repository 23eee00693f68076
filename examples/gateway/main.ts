/** Starts the gateway on the sandbox; a real network gives `directory`, `clientId` and its HSM instead. */
import { once } from 'node:events'
import { CarequalityClient } from 'carequality-fhir'
import { createSandbox } from 'carequality-fhir/testing'
import type { Log } from './gateway.ts'
import { serve } from './server.ts'
import { hsmSigner, softHsm } from './signer.ts'

const log: Log = (line) => void process.stdout.write(`${JSON.stringify(line)}\n`)
const { options, pem } = await createSandbox()
const client = new CarequalityClient({
  ...options,
  signer: hsmSigner(softHsm(pem.key), [pem.certificates]),
  requirePurpose: true, // a call path that forgot its purpose fails before any request
  onEvent: ({ type, ...details }) => log({ event: type, ...details }),
})
const organizations = ['2.16.840.1.113883.3.13.1', '2.999.10', '2.999.20']
const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
const server = serve(client, organizations, log).listen(
  Number(process.env['PORT'] ?? 0),
  '127.0.0.1',
)
await once(server, 'listening')
log({ event: 'gateway.started', address: server.address() })

// New requests are no longer accepted; those underway end, or lose their connection after ten seconds.
await stopped
server.close()
setTimeout(() => server.closeAllConnections(), 10_000).unref()
await once(server, 'close')
await client.close()
log({ event: 'gateway.stopped' })
