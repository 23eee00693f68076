/** A directory of any size on a loopback port, in a process of its own: its work is not the client's. */
import { createServer } from 'node:http'
import { organization } from './entries.mjs'

const PAGE = 1000
const pages = new Map()

const server = createServer((request, response) => {
  const { searchParams } = new URL(request.url, 'http://localhost')
  const size = Number(request.headers['x-directory-size'] ?? searchParams.get('size'))
  const offset = Number(searchParams.get('offset') ?? 0)
  response.setHeader('content-type', 'application/fhir+json')
  response.end(page(offset, size))
})

function page(offset, size) {
  const key = `${offset} ${size}`
  const known = pages.get(key)
  if (known !== undefined) return known
  const origin = `http://localhost:${server.address().port}`
  const count = Math.min(PAGE, size - offset)
  const bundle = {
    resourceType: 'Bundle',
    type: 'searchset',
    total: size,
    link:
      offset + count < size
        ? [{ relation: 'next', url: `${origin}/fhir?offset=${offset + count}&size=${size}` }]
        : [],
    entry: Array.from({ length: count }, (_, index) => ({
      fullUrl: `${origin}/fhir/Organization/${offset + index}`,
      resource: organization(offset + index),
      search: { mode: 'match' },
    })),
  }
  const body = Buffer.from(JSON.stringify(bundle))
  // The small directory is asked for again and again; the large one would not fit.
  if (size <= 50_000) pages.set(key, body)
  return body
}

server.listen(0, 'localhost', () => process.send(server.address().port))
process.on('disconnect', () => process.exit())
