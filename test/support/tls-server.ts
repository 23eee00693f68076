/** https servers and a proxy on the loopback, with a certificate authority made for the tests. */
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer, type ServerOptions } from 'node:https'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import type { Certified } from './authority.ts'

export { authority, type Certified } from './authority.ts'

/** What a server saw of a request. */
export interface TlsSeen {
  readonly url: string
  /** Common name of the client certificate; undefined without one. */
  readonly client: string | undefined
  readonly protocol: string | null
  /** Whether the connection went on with an earlier TLS session. */
  readonly resumed: boolean
}

/** An https server that asks for a client certificate and takes whoever comes. `headers`: further ones of its answers. */
export async function serveTls(
  certified: Certified,
  options: ServerOptions = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly origin: string; readonly seen: TlsSeen[] }> {
  const seen: TlsSeen[] = []
  const server = createServer(
    {
      cert: certified.certificate.pem,
      key: certified.keyPem,
      requestCert: true,
      rejectUnauthorized: false,
      ...options,
    },
    (request, response) => {
      const { socket } = request
      if (!(socket instanceof TLSSocket)) throw new Error('no TLS')
      const peer = socket.getPeerCertificate() as { subject?: { CN?: string } }
      const protocol = socket.getProtocol()
      const resumed = socket.isSessionReused()
      seen.push({ url: request.url ?? '', client: peer.subject?.CN, protocol, resumed })
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end('{"a":1}')
    },
  )
  return { origin: `https://127.0.0.1:${await listening(server)}`, seen }
}

/**
 * A proxy that tunnels, and keeps where to and which client certificate it was shown; https where it
 * is certified. `hosts`: where names lead, by its own lights.
 */
export async function serveProxy(
  certified?: Certified,
  hosts: Readonly<Record<string, string>> = {},
): Promise<{
  readonly url: string
  readonly tunnels: string[]
  readonly clients: (string | undefined)[]
}> {
  const tunnels: string[] = []
  const clients: (string | undefined)[] = []
  const server =
    certified === undefined
      ? createHttpServer()
      : createServer({
          cert: certified.certificate.pem,
          key: certified.keyPem,
          requestCert: true,
          rejectUnauthorized: false,
        })
  server.on('request', (_, response) => response.writeHead(400).end())
  server.on('connect', (request, client: Socket) => {
    const target = request.url ?? ''
    tunnels.push(target)
    const { socket } = request
    const peer = socket instanceof TLSSocket ? socket.getPeerCertificate() : undefined
    clients.push((peer as { subject?: { CN?: string } } | undefined)?.subject?.CN)
    const [host = '', port = ''] = target.split(':')
    const far = connect(Number(port), hosts[host] ?? host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      far.pipe(client)
      client.pipe(far)
    })
    far.on('error', () => client.destroy())
    client.on('error', () => far.destroy())
  })
  const scheme = certified === undefined ? 'http' : 'https'
  return { url: `${scheme}://127.0.0.1:${await listening(server)}`, tunnels, clients }
}

async function listening(server: Server | ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}
