/** All responders, in a process of their own: `node server.mjs <how many>`. Told anything, it says what it saw since. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createListener } from 'node:net'
import { setPriority } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { metadata } from '../fhir/metadata.mjs'
import { patient } from '../fhir/patient.mjs'
import { ANSWER_MS, addressOf, isHealthy, numbersTo } from './origins.mjs'

const numbers = numbersTo(Number(process.argv[2]))
const healthy = new Set(numbers.filter(isHealthy).map(addressOf))
const FHIR = 'application/fhir+json'
const found = Buffer.from(JSON.stringify(patient(1)))
const bundle = Buffer.from(
  `{"resourceType":"Bundle","type":"searchset","total":1,"entry":[{"resource":${found}}]}`,
)
const token = '{"access_token":"token","token_type":"Bearer","expires_in":3600}'

/** Addresses → path → the connections on which it was asked for, one for each request. */
const seen = new Map()
let connections = 0
const loop = monitorEventLoopDelay({ resolution: 1 })
loop.enable()

const http = createServer((request, response) => {
  const { localAddress: address } = request.socket
  const paths = seen.get(address) ?? new Map()
  seen.set(address, paths)
  const [path] = request.url.split('?')
  paths.set(path, [...(paths.get(path) ?? []), request.socket])
  request.resume()
  if (!healthy.has(address)) return
  setTimeout(() => answer(path, address, response), ANSWER_MS)
})

function answer(path, address, response) {
  const json = (type, body) => response.writeHead(200, { 'content-type': type }).end(body)
  if (path === '/fhir/metadata') return json(FHIR, metadata(`http://${address}:${port}/token`))
  if (path === '/token') return json('application/json', token)
  if (path === '/fhir/Patient/patient-1') return json(FHIR, found)
  if (/^\/fhir\/Patient(\/_search)?$/.test(path)) return json(FHIR, bundle)
  return response.writeHead(404).end()
}

const isDiscovery = (path) => /metadata$|well-known/.test(path)

/** What came to the healthy ones; `mostConnections` is that of the origin with the most. */
function report() {
  const origins = [...seen].filter(([address]) => healthy.has(address)).map(([, paths]) => paths)
  const requests = origins.flatMap((paths) => [...paths.values()])
  const fromToken = origins.map((paths) => {
    const used = [...paths].flatMap(([path, all]) => (isDiscovery(path) ? [] : all))
    return new Set(used).size
  })
  const said = {
    connections,
    mostConnections: Math.max(...fromToken),
    requests: requests.flat().length,
    repeats: requests.reduce((sum, all) => sum + all.length - 1, 0),
    serverStopMs: loop.max / 1e6,
  }
  loop.reset()
  seen.clear()
  connections = 0
  return said
}

async function listen(address, port) {
  const listener = createListener((socket) => {
    if (healthy.has(address)) connections += 1
    http.emit('connection', socket)
  }).listen(port, address)
  await once(listener, 'listening')
  return listener.address().port
}

// The servers are to be healthy: where the system permits, they go before the client they are asked by.
try {
  setPriority(-10)
} catch {
  // not permitted
}
const [first, ...others] = numbers.map(addressOf)
const port = await listen(first, 0)
for (const address of others) await listen(address, port)
process.on('message', () => process.send(report()))
process.on('disconnect', () => process.exit())
process.send({ port })
