/** The servers of a case: a `fetch` that answers from its list, or one of node:http. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FetchLike } from '../../../src/index.ts'
import type { CaseAnswer } from './model.ts'

/** Answers by the first of the list that fits; requests are kept as `METHOD url`. */
export function caseFetch(
  answers: readonly CaseAnswer[],
  requests: string[],
  bodies: string[],
): FetchLike {
  const used = new Map<CaseAnswer, number>()
  return async (request) => {
    const body = request.method === 'POST' ? await request.text() : ''
    requests.push(`${request.method} ${request.url}`)
    bodies.push(body)
    const found = answers.find(
      (answer) =>
        fits(answer, request, body) && (used.get(answer) ?? 0) < (answer.times ?? Infinity),
    )
    if (found === undefined)
      return new Response('not served by this case', {
        status: 404,
        headers: { 'content-type': 'text/plain' },
      })
    used.set(found, (used.get(found) ?? 0) + 1)
    const { status = 200 } = found
    const empty = status === 204 || status === 304
    return new Response(empty ? null : bytesOf(found), { status, headers: headersOf(found) })
  }
}

function fits(
  { method, url, urlMatches, bodyMatches }: CaseAnswer,
  request: Request,
  body: string,
): boolean {
  return (
    (method ?? request.method) === request.method &&
    (url === undefined || url === request.url) &&
    (urlMatches === undefined || new RegExp(urlMatches).test(request.url)) &&
    (bodyMatches === undefined || new RegExp(bodyMatches).test(body))
  )
}

/** The same on a loopback port; `count` says how many requests came. */
export async function caseServer(
  answers: readonly CaseAnswer[],
): Promise<{ readonly base: string; readonly count: () => number; readonly close: () => void }> {
  let count = 0
  const server = createServer((request, response) => {
    count += 1
    const conditional = request.headers['if-none-match'] !== undefined
    const found = answers.find(
      ({ path = '', ifNoneMatch = conditional }) =>
        new RegExp(path).test(request.url ?? '') && ifNoneMatch === conditional,
    ) ?? { status: 404 }
    const { status = 200 } = found
    response.writeHead(status, headersOf(found))
    response.end(status === 204 || status === 304 ? undefined : bytesOf(found))
  })
  const port = await listen(server)
  const close = (): void => {
    server.closeAllConnections()
    server.close()
  }
  return { base: `http://127.0.0.1:${port}/r4`, count: () => count, close }
}

export async function listen(server: Server | import('node:tls').Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return (server.address() as AddressInfo).port
}

function bytesOf({ bodyBase64, text, body }: CaseAnswer): Uint8Array<ArrayBuffer> {
  if (bodyBase64 !== undefined) return Uint8Array.from(Buffer.from(bodyBase64, 'base64'))
  return new TextEncoder().encode(text ?? (body === undefined ? '' : JSON.stringify(body)))
}

function headersOf({ body, headers }: CaseAnswer): Record<string, string> {
  return { ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }), ...headers }
}
