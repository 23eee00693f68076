/** A FHIR and token server on a loopback port, with prebuilt bodies, in a process of its own: its work is not the client's. */
import { createServer } from 'node:http'
import { metadata } from './metadata.mjs'
import { patient } from './patient.mjs'

/** As long as real ones, and a JWT, because one of the clients reads it. */
const TOKEN = ['{"alg":"none"}', `{"exp":4102444800,"x":"${'x'.repeat(450)}"}`, 'signature']
  .map((part) => Buffer.from(part).toString('base64url'))
  .join('.')
const FHIR = { 'content-type': 'application/fhir+json' }
const JSON_TYPE = { 'content-type': 'application/json' }
const one = Buffer.from(JSON.stringify(patient(1)))
const pages = new Map()

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  let form = ''
  for await (const chunk of request) form += chunk
  if (pathname === '/fhir/metadata')
    return response.writeHead(200, FHIR).end(metadata(tokenEndpoint()))
  if (pathname === '/token') return response.writeHead(200, JSON_TYPE).end(token())
  if (request.headers.authorization !== `Bearer ${TOKEN}`) return response.writeHead(401).end()
  if (pathname === '/fhir/Patient/patient-1') return response.writeHead(200, FHIR).end(one)
  if (!/^\/fhir\/Patient(\/_search)?$/.test(pathname)) return response.writeHead(404).end()
  const asked = form === '' ? searchParams : new URLSearchParams(form)
  const [offset, count, all, delayMs] = ['offset', '_count', 'all', 'delay'].map((name) =>
    Number(asked.get(name) ?? 0),
  )
  const body = page({ offset, count, all, delayMs })
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
  response.writeHead(200, FHIR).end(body)
})

function page({ offset, count, all, delayMs }) {
  const key = `${offset} ${count} ${all} ${delayMs}`
  const known = pages.get(key)
  if (known !== undefined) return known
  const base = `http://127.0.0.1:${server.address().port}/fhir`
  const next = offset + count < all
  const body = Buffer.from(
    JSON.stringify({
      resourceType: 'Bundle',
      type: 'searchset',
      total: all,
      link: next
        ? [
            {
              relation: 'next',
              url: `${base}/Patient?_count=${count}&offset=${offset + count}&all=${all}&delay=${delayMs}`,
            },
          ]
        : [],
      entry: Array.from({ length: count }, (_, index) => ({
        fullUrl: `${base}/Patient/patient-${offset + index}`,
        resource: patient(offset + index),
        search: { mode: 'match' },
      })),
    }),
  )
  pages.set(key, body)
  return body
}

const tokenEndpoint = () => `http://127.0.0.1:${server.address().port}/token`

function token() {
  return JSON.stringify({ access_token: TOKEN, token_type: 'Bearer', expires_in: 3600 })
}

server.listen(0, '127.0.0.1', () => {
  process.send({ port: server.address().port, token: TOKEN })
})
process.on('disconnect', () => process.exit())
