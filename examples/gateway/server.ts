/** The gateway behind HTTP, for the hospital's own network. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { CarequalityClient } from 'carequality-fhir'
import { isCarequalityError } from 'carequality-fhir/errors'
import { clientFor, documents, find, type Log } from './gateway.ts'

/** POST /patients, GET /documents, GET /content; each with `purpose`. */
export function serve(client: CarequalityClient, targets: readonly string[], log: Log): Server {
  return createServer((request, response) => {
    const gone = new AbortController()
    response.on('close', () => gone.abort()) // the caller has left: no further requests
    route(request, response, gone.signal).catch((error: unknown) => fail(response, error))
  })

  async function route(request: IncomingMessage, response: ServerResponse, signal: AbortSignal) {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://gateway')
    const given = (name: string): string => searchParams.get(name) ?? ''
    const purpose = given('purpose')
    const own = clientFor(client, purpose)
    if (pathname === '/patients') {
      const asked = { patient: JSON.parse(await text(request)), targets, signal }
      return json(response, await find(own, asked, (line) => log({ ...line, purpose })))
    }
    if (!['/documents', '/content'].includes(pathname)) return json(response, {}, 404)
    const responder = await own.organization(given('organization'), { signal })
    if (pathname === '/documents')
      return json(response, await documents(responder, given('patient'), signal))
    // A URL outside of the organization's FHIR server is rejected.
    const { body, contentType } = await responder.fhir.binary(given('url'), { signal })
    response.setHeader('content-type', contentType ?? 'application/octet-stream')
    await pipeline(body, response) // an incomplete document breaks the connection
  }

  /** Errors of the library have no secret and nothing of a patient in them: they may be logged and shown. */
  function fail(response: ServerResponse, error: unknown): void {
    const known = isCarequalityError(error) ? error : undefined
    const status = known === undefined ? (error instanceof TypeError ? 400 : 500) : 502
    log({ event: 'gateway.failed', status, ...known?.toJSON() })
    if (!response.headersSent) json(response, { code: known?.code }, status)
  }
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
