/** Servers on free loopback ports, plain or with TLS, and what they keep of each request. */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'

/** A server on a free loopback port; `tls` are Node's options for an https server. */
export async function listen(tls) {
  const server = tls === undefined ? createServer() : createTlsServer(tls)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const sockets = new Set()
  server.on('connection', (socket) => sockets.add(socket))
  return {
    server,
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${server.address().port}`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(resolve)
      }),
  }
}

/** The client certificate of a request, DER; undefined without one. */
export function certificateOf({ socket }) {
  return socket.getPeerCertificate?.().raw
}

/** The name of a certificate in `cnf` (RFC 8705, section 3.1). */
export function thumbprintOf(certificate) {
  return certificate && createHash('sha256').update(certificate).digest('base64url')
}

/** What is kept of a request; `certificate` is the thumbprint of the client's. */
export function seenOf(request, body) {
  const { method, url, headers } = request
  return { method, url, headers, body, certificate: thumbprintOf(certificateOf(request)) }
}

/** The body of a request or an answer. */
export async function textOf(message) {
  let text = ''
  for await (const chunk of message) text += chunk
  return text
}
