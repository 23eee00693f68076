/** Healthy responders on loopback addresses of their own, in one process: `node server.mjs <how many>`. Told anything, it says what it saw since. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createListener } from 'node:net'
import { addressOf, numbersTo } from '../fan-out/origins.mjs'
import { metadata } from '../fhir/metadata.mjs'
import { patient } from '../fhir/patient.mjs'
import { ANSWER_MS } from './flows.mjs'

const numbers = numbersTo(Number(process.argv[2]))
const FHIR = 'application/fhir+json'
const GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade'
const bundle = JSON.stringify({
  resourceType: 'Bundle',
  type: 'searchset',
  total: 1,
  entry: [
    {
      resource: { ...patient(1), birthDate: '1946-04-05' },
      search: { mode: 'match', score: 0.98, extension: [{ url: GRADE, valueCode: 'certain' }] },
    },
  ],
})
const token = '{"access_token":"token","token_type":"Bearer","expires_in":3600}'
let requests = 0
const open = new Map()
let mostAtOnce = 0

const http = createServer((request, response) => {
  const { localAddress: address } = request.socket
  const [path] = request.url.split('?')
  requests += 1
  const atOnce = (open.get(address) ?? 0) + 1
  open.set(address, atOnce)
  mostAtOnce = Math.max(mostAtOnce, atOnce)
  request.resume()
  setTimeout(() => {
    open.set(address, open.get(address) - 1)
    answer(path, address, response)
  }, ANSWER_MS)
})

function answer(path, address, response) {
  const json = (type, body) => response.writeHead(200, { 'content-type': type }).end(body)
  if (path === '/fhir/metadata') return json(FHIR, metadata(`http://${address}:${port}/token`))
  if (path === '/token') return json('application/json', token)
  if (path === '/fhir/Patient/$match') return json(FHIR, bundle)
  return response.writeHead(404).end()
}

async function listen(address, at) {
  const listener = createListener((socket) => http.emit('connection', socket)).listen(at, address)
  await once(listener, 'listening')
  return listener.address().port
}

const [first, ...others] = numbers.map(addressOf)
const port = await listen(first, 0)
for (const address of others) await listen(address, port)
process.on('message', () => {
  process.send({ requests, mostAtOnce })
  requests = 0
  mostAtOnce = 0
})
process.on('disconnect', () => process.exit())
process.send({ port })
