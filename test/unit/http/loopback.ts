import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { onTestFinished } from 'vitest'
import { HttpClient } from '../../../src/http/client.ts'
import { kyTransport } from '../../../src/http/transport/ky-transport.ts'
import type { HttpResponse, HttpRequest } from '../../../src/http/messages.ts'
import type { CallOptions, HttpOptions, Transport } from '../../../src/types.ts'

export { until } from '../../support/time.ts'

/** A request as it stood on the wire. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** Names the connection: the port it came from. */
  readonly connection: number | undefined
  /** By `performance.now`. */
  readonly at: number
}

export interface Loopback {
  readonly origin: string
  readonly seen: Seen[]
  /** How many answers the other side cut before their end. */
  cut: number
}

/** A server on port 0 that is gone after the test. `answer` gets each request's number, from 1. */
export async function serve(
  answer: (response: ServerResponse, number: number, seen: Seen) => void,
): Promise<Loopback> {
  const seen: Seen[] = []
  const loopback = { origin: '', seen, cut: 0 }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    response.on('close', () => {
      if (!response.writableFinished) loopback.cut += 1
    })
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const connection = request.socket.remotePort
      const body = Buffer.concat(chunks).toString()
      const one = { method, url, headers, body, connection, at: performance.now() }
      seen.push(one)
      answer(response, seen.length, one)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  loopback.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return loopback
}

/** Answers with JSON. */
export function json(
  response: ServerResponse,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end('{"a":1}')
}

let makeTransport: () => Transport | undefined = () => kyTransport()

/** Has the suites that use {@link clientOf} run over another transport than `fetch`. */
export function useTransport(make: () => Transport | undefined): void {
  makeTransport = make
}

/** A client that may ask the loopback and pauses for no time between attempts. */
export function clientOf(options: HttpOptions = {}): HttpClient {
  const client = new HttpClient({
    allowInsecureLoopback: true,
    randomUUID: () => '00000000-0000-4000-8000-000000000000',
    ...(options.fetch === undefined ? { transport: makeTransport() } : {}),
    ...options,
  })
  onTestFinished(() => client.close())
  return client
}

/** One exchange in a call of its own. */
export function ask(
  client: HttpClient,
  url: string,
  exchange: Partial<HttpRequest> = {},
  options: CallOptions = {},
): Promise<HttpResponse> {
  return client.call('test.ask', options, (call) =>
    client.exchange(
      {
        url,
        pathTemplate: '/test',
        accept: 'application/json',
        kind: 'metadata',
        retry: 'safe',
        attemptTimeoutMs: 5_000,
        ...exchange,
      },
      call,
    ),
  )
}

/** Everything that a log could make of an error. */
export function shownOf(error: unknown): string {
  const { message, stack } = error as Error
  return [
    message,
    stack,
    String(error),
    JSON.stringify(error),
    inspect(error, { depth: 8 }),
    inspect(error, { depth: 8, showHidden: true, getters: true }),
  ].join('\n')
}
