/// <reference types="node" />
import type { OriginOf } from './respond.ts'

const LOOPBACK = '127.0.0.1'
const LARGEST_BODY = 1_000_000

/** Answers a request to `host`; documents name the origins that `originOf` gives. */
export type Send = (request: Request, host: string, originOf: OriginOf) => Promise<Response>

/** Servers that listen, one for each host. */
export interface Listeners {
  readonly originOf: OriginOf
  close(): Promise<void>
}

interface Incoming extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly rawHeaders: readonly string[]
}

interface Outgoing {
  writeHead(status: number, headers?: Record<string, string>): unknown
  write(chunk: Uint8Array, done: () => void): unknown
  end(): unknown
}

/** Binds one loopback port for each host. None of the servers keeps the process alive. */
export async function listenAll(hosts: readonly string[], send: Send): Promise<Listeners> {
  const { createServer } = nodeHttp()
  const origins = new Map<string, string>()
  const originOf: OriginOf = (host) => origins.get(host) ?? `https://${host}`

  const servers = hosts.map((host) => {
    const server = createServer((incoming, outgoing) => {
      const left = new AbortController()
      outgoing.once('close', () => {
        left.abort()
      })
      const origin = originOf(host)
      if (`http://${incoming.headers.host ?? ''}` !== origin) {
        outgoing.writeHead(421).end()
        return
      }
      exchange(incoming, outgoing, origin, left.signal, (request) =>
        send(request, host, originOf),
      ).catch(() => {
        outgoing.destroy() // what rejects behind `fetch` is a broken connection on a port
      })
    })
    server.on('connection', (socket) => {
      socket.unref()
    })
    return { host, server }
  })

  const close = async (): Promise<void> => {
    await Promise.all(
      servers.map(
        ({ server }) =>
          new Promise<void>((resolve) => {
            server.close(() => {
              resolve()
            })
            server.closeAllConnections()
          }),
      ),
    )
  }

  try {
    for (const { host, server } of servers) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(0, LOOPBACK, resolve)
      })
      server.unref()
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('no port was bound')
      origins.set(host, `http://${LOOPBACK}:${address.port}`)
    }
  } catch (error) {
    await close()
    throw error
  }
  return { originOf, close }
}

/** By its name and not by import(), which bundlers for browsers would follow. */
function nodeHttp(): typeof import('node:http') {
  const { process } = globalThis as { process?: Partial<NodeJS.Process> }
  const http = process?.getBuiltinModule?.('node:http')
  if (http === undefined) throw new Error('listen() needs "node:http", which this platform lacks')
  return http
}

async function exchange(
  incoming: Incoming,
  outgoing: Outgoing,
  origin: string,
  signal: AbortSignal,
  send: (request: Request) => Promise<Response>,
): Promise<void> {
  const { method = 'GET', url = '/' } = incoming
  const body = await readBody(incoming)
  if (body === undefined) {
    outgoing.writeHead(413)
    outgoing.end()
    return
  }
  const headers = new Headers()
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i] ?? '', incoming.rawHeaders[i + 1] ?? '')
  }
  const takesBody = method !== 'GET' && method !== 'HEAD'
  const request = new Request(origin + url, {
    method,
    headers,
    signal,
    ...(takesBody ? { body } : {}),
  })
  const response = await send(request)
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  for await (const chunk of response.body ?? []) {
    await new Promise<void>((resolve) => {
      outgoing.write(chunk, resolve)
    })
  }
  outgoing.end()
}

/** Undefined where it is larger than any request of this kind. */
async function readBody(incoming: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of incoming) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > LARGEST_BODY) return undefined
  }
  return text + decoder.decode()
}
