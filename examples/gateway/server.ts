/** The gateway behind HTTP, for the hospital's own network. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { isCarequalityError } from 'carequality-fhir/errors'
import { purposes, type Gateway, type Log, type Purpose } from './gateway.ts'

/** POST /patients, GET /documents, GET /content; each with `purpose`. */
export function serve(gateway: Gateway, log: Log): Server {
  return createServer((request, response) => {
    const gone = new AbortController()
    response.on('close', () => gone.abort()) // the caller has left: no further requests
    route(gateway, request, response, gone.signal).catch((error: unknown) => {
      fail(response, error, log)
    })
  })
}

async function route(
  gateway: Gateway,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://gateway')
  const needed = (name: string): string => {
    const value = searchParams.get(name)
    if (value === null) throw new TypeError(`"${name}" is needed`)
    return value
  }
  const purpose = purposeOf(needed('purpose'))
  switch (`${request.method ?? ''} ${pathname}`) {
    case 'POST /patients':
      json(response, await gateway.find(JSON.parse(await text(request)), purpose, signal))
      return
    case 'GET /documents': {
      const [organization, patient] = [needed('organization'), needed('patient')]
      json(response, await gateway.documents(organization, patient, purpose, signal))
      return
    }
    case 'GET /content': {
      const [organization, url] = [needed('organization'), needed('url')]
      const { body, contentType } = await gateway.content(organization, url, purpose, signal)
      response.setHeader('content-type', contentType ?? 'application/octet-stream')
      await pipeline(body, response) // an incomplete document breaks the connection
      return
    }
    default:
      json(response, { error: 'not found' }, 404)
  }
}

function purposeOf(value: string): Purpose {
  if (value === 'TREAT' || value === 'HPAYMT') return value
  throw new TypeError(`"purpose" must be one of ${Object.keys(purposes).join(', ')}`)
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** Errors of the library have no secret and nothing of a patient in them: they may be logged and shown. */
function fail(response: ServerResponse, error: unknown, log: Log): void {
  const known = isCarequalityError(error) ? error : undefined
  const status = known === undefined ? (error instanceof TypeError ? 400 : 500) : 502
  log({ event: 'gateway.failed', status, ...known?.toJSON() })
  if (response.headersSent) return
  const retryAfter = known?.retryAfterMs
  if (retryAfter !== undefined) response.setHeader('retry-after', Math.ceil(retryAfter / 1000))
  json(response, { code: known?.code, retryable: known?.retryable ?? false }, status)
}
