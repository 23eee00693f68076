/**
 * Servers that want a client certificate, one for each TLS version, in a process of their own. What is
 * asked for at `/close` ends its connection. Told anything, it says how many connections came since,
 * and how many of them resumed a session.
 */
import { once } from 'node:events'
import { createServer } from 'node:https'
import { identities } from './identities.mjs'

const { ca, server: certified, client } = await identities()
const options = { ...certified, ca, requestCert: true, rejectUnauthorized: true }
let connections = 0
let resumed = 0

async function listen(version) {
  const limits = { minVersion: version, maxVersion: version, sessionIdContext: version }
  const server = createServer({ ...options, ...limits }, (request, response) => {
    const connection = request.url === '/close' ? 'close' : 'keep-alive'
    response.writeHead(200, { 'content-type': 'application/json', connection }).end('{"a":1}')
  })
  server.on('secureConnection', (socket) => {
    connections += 1
    if (socket.isSessionReused()) resumed += 1
  })
  server.keepAliveTimeout = 600_000 // a contender waits for its turn
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server.address().port
}

process.on('message', () => {
  process.send({ connections, resumed })
  connections = resumed = 0
})
process.on('disconnect', () => process.exit())
process.send({
  ports: { 'TLSv1.3': await listen('TLSv1.3'), 'TLSv1.2': await listen('TLSv1.2') },
  ca,
  client,
})
