/** A directory of any size on a loopback port, in a process of its own: its work is not the client's. */
import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'
import { organization } from './entries.mjs'

const PAGE = 1000
const pages = new Map()

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  const [, encoding] = pathname.split('/')
  const size = Number(searchParams.get('size'))
  const offset = Number(searchParams.get('offset') ?? 0)
  response.setHeader('content-type', 'application/fhir+json')
  if (encoding === 'gzip') {
    if (!request.headers['accept-encoding']?.includes('gzip')) throw new Error('no gzip asked for')
    response.setHeader('content-encoding', 'gzip')
  }
  response.end(page(encoding, offset, size))
})

function page(encoding, offset, size) {
  const key = `${encoding} ${offset} ${size}`
  const known = pages.get(key)
  if (known !== undefined) return known
  const base = `http://localhost:${server.address().port}/${encoding}/fhir`
  const count = Math.min(PAGE, size - offset)
  const bundle = {
    resourceType: 'Bundle',
    type: 'searchset',
    total: size,
    link:
      offset + count < size
        ? [{ relation: 'next', url: `${base}?offset=${offset + count}&size=${size}` }]
        : [],
    entry: Array.from({ length: count }, (_, index) => ({
      fullUrl: `${base}/Organization/${offset + index}`,
      resource: organization(offset + index),
      search: { mode: 'match' },
    })),
  }
  const plain = Buffer.from(JSON.stringify(bundle))
  const body = encoding === 'gzip' ? gzipSync(plain) : plain
  pages.set(key, body)
  return body
}

server.listen(0, 'localhost', () => process.send(server.address().port))
process.on('disconnect', () => process.exit())
