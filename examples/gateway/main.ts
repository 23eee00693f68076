/** Starts the gateway: on the sandbox, or on a real network by the variables of docs/getting-started.md. */
import { readFile } from 'node:fs/promises'
import { once } from 'node:events'
import { CarequalityClient, type CarequalityClientOptions } from 'carequality-fhir'
import { createSandbox } from 'carequality-fhir/testing'
import { Gateway, type Log } from './gateway.ts'
import { serve } from './server.ts'
import { hsmSigner, softHsm } from './signer.ts'

const log: Log = (line) => void process.stdout.write(`${JSON.stringify(line)}\n`)
const organizations = (
  process.env['ORGANIZATIONS'] ?? '2.16.840.1.113883.3.13.1,2.999.10,2.999.20'
).split(',')

const client = new CarequalityClient({
  ...(await network()),
  requirePurpose: true, // a call path that forgot its purpose fails before any request
  onEvent: ({ type, ...details }) => log({ event: type, ...details }),
})
const gateway = new Gateway(client, organizations, log)
const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
const server = serve(gateway, log).listen(Number(process.env['PORT'] ?? 0), '127.0.0.1')
await once(server, 'listening')
log({ event: 'gateway.started', address: server.address() })

// New requests are no longer accepted; those underway end, or lose their connection after ten seconds.
await stopped
server.close()
const impatience = setTimeout(() => server.closeAllConnections(), 10_000)
await once(server, 'close')
clearTimeout(impatience)
await gateway.close()
log({ event: 'gateway.stopped' })

async function network(): Promise<CarequalityClientOptions> {
  const apiKey = process.env['CAREQUALITY_API_KEY']
  if (apiKey === undefined) {
    const { options, pem } = await createSandbox()
    return { ...options, signer: hsmSigner(softHsm(pem.key), [pem.certificates]) }
  }
  const read = (name: string): Promise<string> => readFile(process.env[name] ?? name, 'utf8')
  return {
    directory: { release: 'carequality-r4', environment: 'production', apiKey },
    clientId: process.env['CAREQUALITY_CLIENT_ID'] ?? '',
    // In production the key stays in the HSM: pkcs11Signer of carequality-fhir/node.
    signer: hsmSigner(softHsm(await read('CAREQUALITY_KEY_FILE')), [
      await read('CAREQUALITY_CERTIFICATES_FILE'),
    ]),
  }
}
