/** A token endpoint in a process of its own: its path says how late it answers and how long a token lives. */
import { createServer } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

let requests = 0

const server = createServer(async (request, response) => {
  requests += 1
  const token = `token-${requests}`
  const [, , delayMs, lifeS] = request.url.split('/')
  request.resume()
  await delay(Number(delayMs))
  response.setHeader('content-type', 'application/json')
  response.end(
    JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: Number(lifeS) }),
  )
})

server.listen(0, '127.0.0.1', () => process.send(server.address().port))
process.on('message', () => process.send(requests))
process.on('disconnect', () => process.exit())
