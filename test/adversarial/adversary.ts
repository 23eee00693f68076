/** The adversary: an honest origin that may turn on its callers, and an evil one that nobody may ask. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from 'node:net'
import { honestAnswer } from './honest.ts'
import type { Fault, Reply, Seen, StageId, World } from './world.ts'
import { World as CaseWorld } from './world.ts'

/** Both origins, and how a case gets its corner of them. */
export interface Adversary {
  world(what: { stage: StageId; fault: Fault; times?: number | undefined }): World
  /** All that ever reached the evil origin, one text for each connection. */
  readonly evil: readonly string[]
  /** How many requests arrived at the honest origin. */
  readonly requests: number
  close(): Promise<void>
}

/** PEM texts for an honest origin over TLS. */
export interface Tls {
  readonly cert: string
  readonly key: string
}

let cases = 0

/** Starts both origins on free ports of the loopback. */
export async function startAdversary(tls?: Tls): Promise<Adversary> {
  const worlds = new Map<string, World>()
  let requests = 0
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    requests += 1
    // Node's own comes from a clock that no test can hold.
    response.setHeader('date', new Date().toUTCString())
    handle(worlds, request, response).catch(() => request.socket.destroy())
  }
  const honest = tls === undefined ? createServer(listener) : createHttpsServer(tls, listener)
  // The faults decide what is slow, not the server.
  honest.requestTimeout = 0
  honest.headersTimeout = 0
  honest.keepAliveTimeout = 60_000
  honest.on('clientError', (_error, socket) => socket.destroy())
  const evil: string[] = []
  const trap = createTcpServer((socket) => receive(evil, socket))
  const sockets = new Set<Socket>()
  for (const server of [honest, trap]) {
    server.on('connection', (socket: Socket) => {
      socket.on('error', () => undefined)
      socket.setMaxListeners(0)
      socket.unref()
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    })
  }
  const origins = {
    origin: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${await listening(honest)}`,
    evilOrigin: `http://127.0.0.1:${await listening(trap)}`,
  }
  return {
    evil,
    get requests() {
      return requests
    },
    world: (what) => {
      cases += 1
      const world = new CaseWorld(`w${cases.toString(36)}`, origins, what)
      worlds.set(world.id, world)
      return world
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await Promise.all([honest, trap].map((server) => new Promise((done) => server.close(done))))
    },
  }
}

async function handle(
  worlds: ReadonlyMap<string, World>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = '', url = '', headers, socket } = request
  const world = worlds.get(/^\/c\/(\w+)\//.exec(url)?.[1] ?? '')
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  if (world === undefined) {
    socket.destroy()
    return
  }
  const body = Buffer.concat(chunks).toString()
  const stage = world.stageOf(method, url)
  const seen: Seen = { stage, method, url, headers, body, at: performance.now(), date: Date.now() }
  world.record(seen)
  const before = socket.bytesWritten
  world.open.add(socket)
  const closed = (): void => {
    world.open.delete(socket)
    if (stage === world.stage) world.written = Math.max(world.written, socket.bytesWritten - before)
  }
  response.on('finish', closed)
  socket.on('close', closed)
  const good = honestAnswer(world, seen)
  const number = world.count(stage)
  const faulty = stage === world.stage && number <= world.times
  const answer = faulty
    ? await world.fault({ world, request: seen, response, socket, number, good })
    : good
  if (answer !== undefined) send(response, answer)
}

export function send(response: ServerResponse, { status, headers, body }: Reply): void {
  const empty = [204, 304].includes(status)
  response.writeHead(status, {
    ...headers,
    ...(empty ||
    headers['content-length'] !== undefined ||
    headers['transfer-encoding'] !== undefined
      ? {}
      : { 'content-length': Buffer.byteLength(body) }),
  })
  response.end(empty ? undefined : body)
}

/** Takes down every byte and answers as a thief would: as if all were well. */
function receive(evil: string[], socket: Socket): void {
  const index = evil.push('') - 1
  socket.on('data', (chunk) => {
    evil[index] = (evil[index] ?? '') + chunk.toString('latin1')
    const body =
      '{"resourceType":"Patient","id":"pt-canary-1","access_token":"stolen","token_type":"Bearer"}'
    socket.write(
      `HTTP/1.1 200 OK\r\ncontent-type: application/fhir+json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
  })
}

async function listening(server: Server | TcpServer): Promise<number> {
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done)
  })
  server.unref()
  return (server.address() as AddressInfo).port
}
