/** A server that wants a client certificate, a plain one, and a proxy that counts. */
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type AddressInfo } from 'node:net'
import { authority } from '../support/authority.ts'
import type { Plan } from './plan.ts'

export interface Probes {
  readonly plan: Plan['probes']
  close(): Promise<void>
}

const serve: RequestListener = ({ headers }, response) => {
  // What came by the proxy says so.
  const source = headers['x-by-proxy'] === undefined ? 'direct' : 'proxied'
  response
    .writeHead(200, { 'content-type': 'application/fhir+json' })
    .end(JSON.stringify({ resourceType: 'Patient', id: '1', meta: { source } }))
}

export async function startProbes(): Promise<Probes> {
  const ca = authority()
  const own = ca.issue('localhost', true)
  const client = ca.issue('client.example.org')
  const tls = createTlsServer(
    { cert: own.certificate.pem, key: own.keyPem, ca: ca.pem, requestCert: true },
    serve,
  )
  const plain = createServer(serve)
  const proxy = makeProxy()
  const [tlsPort, plainPort, proxyPort] = await Promise.all([tls, plain, proxy].map(listening))
  return {
    plan: {
      tlsBase: `https://127.0.0.1:${tlsPort}/r4`,
      plainBase: `http://127.0.0.1:${plainPort}/r4`,
      proxy: `http://127.0.0.1:${proxyPort}`,
      ca: ca.pem,
      cert: client.certificate.pem,
      key: client.keyPem,
    },
    close: async () => {
      for (const server of [tls, plain, proxy]) server.closeAllConnections()
      await Promise.all(
        [tls, plain, proxy].map((server) => new Promise((done) => server.close(done))),
      )
    },
  }
}

/** Marks what passes, whether it is asked for a tunnel or for the whole URL; it must not be a real proxy. */
function makeProxy(): Server {
  const marked = createServer((request, response) => {
    request.headers['x-by-proxy'] = 'yes'
    serve(request, response)
  })
  marked.on('connect', (_request, socket, head) => {
    const { port } = marked.address() as AddressInfo
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.write(head)
      upstream.pipe(socket).pipe(upstream)
    })
    for (const end of [socket, upstream]) end.on('error', () => undefined)
  })
  return marked
}

export async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done)
  })
  return (server.address() as AddressInfo).port
}
