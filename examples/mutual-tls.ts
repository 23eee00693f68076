/**
 * A directory behind mutual TLS, with a certificate authority of its own; the FHIR servers are asked
 * as ever. Offline: https servers on loopback ports hand everything to the sandbox's directory.
 */
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import { TLSSocket } from 'node:tls'
import { CarequalityClient, DirectoryClient, isCarequalityError } from 'carequality-fhir'
import { nodeTransport } from 'carequality-fhir/node'
import { createSandbox } from 'carequality-fhir/testing'
import { createAuthority } from './_certificates.ts'

const oid = '2.999.10'
const sandbox = await createSandbox()
const { apiKey } = sandbox.options.directory
const authority = createAuthority('Example CA')
const { cert, key } = authority.issue('fhir.example-hospital.org')
const strict = await serve('the directory', true)
const other = await serve('another server', false)

const transport = nodeTransport({ ca: authority.cert, cert, key, origins: [strict] })
const client = new CarequalityClient({
  ...sandbox.options,
  directory: { ...directoryAt(strict), transport },
})
const responder = await client.organization(oid)
const { birthDate } = await responder.patients.read('1316024')
print(`${responder.entry?.name ?? ''}: 1316024 born ${birthDate ?? 'on no known date'}`)

// The same transport, and an origin that it was not given the certificate for.
await new DirectoryClient({ ...directoryAt(other), transport }).read(oid)
await client.close()

print('\nWhat is refused')
const foreign = createAuthority('Another CA').issue('fhir.example-hospital.org')
await tryWith('no client certificate', { ca: authority.cert })
await tryWith('one of another authority', { ca: authority.cert, ...foreign, origins: [strict] })
await tryWith('a server that Node’s own authorities do not know', { cert, key, origins: [strict] })

async function tryWith(what: string, options: Parameters<typeof nodeTransport>[0]): Promise<void> {
  const own = nodeTransport(options)
  try {
    await new DirectoryClient({ ...directoryAt(strict), transport: own, timeoutMs: 2_000 }).read(
      oid,
    )
    print(`  ${what}: taken`)
  } catch (error) {
    if (!isCarequalityError(error)) throw error
    print(`  ${what}: ${error.code}`)
  }
  await own.close?.()
}

/** `allowInsecureLoopback` is for examples and tests. */
function directoryAt(origin: string) {
  const baseUrl = `${origin}/fhir`
  return { release: 'carequality-r4', baseUrl, apiKey, allowInsecureLoopback: true } as const
}

async function serve(name: string, insists: boolean): Promise<string> {
  const server = createServer(
    {
      ...authority.issue('127.0.0.1'),
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: insists,
    },
    (request, response) => {
      print(`${name} saw ${certificateOf(request.socket)}`)
      const { authorization = '', accept = '' } = request.headers
      const url = `https://directory.prod.carequality.org${request.url ?? ''}`
      void sandbox
        .fetch(new Request(url, { headers: { authorization, accept } }))
        .then(async (answer) => {
          response.writeHead(answer.status, Object.fromEntries(answer.headers))
          response.end(await answer.text())
        })
    },
  )
  return originOf(server)
}

/** Neither the server nor its connections keep the process alive. */
async function originOf(server: Server): Promise<string> {
  server.unref().on('connection', (socket: TLSSocket) => socket.unref())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port was bound')
  return `https://127.0.0.1:${address.port}`
}

function certificateOf(socket: unknown): string {
  const subject = socket instanceof TLSSocket ? socket.getPeerCertificate().subject : undefined
  return subject === undefined ? 'no client certificate' : `the certificate of ${subject.CN}`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
