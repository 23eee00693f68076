/** The runner's servers for one run: the sandbox, the fault matrix, and what only the runner can tell. */
import { createPublicKey, verify, type JsonWebKey } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createSandbox } from '../../src/testing/index.ts'
import { startAdversary } from '../adversarial/adversary.ts'
import { CERTIFICATE, PRIVATE_KEY } from '../adversarial/run.ts'
import { FaultReferee } from './fault-referee.ts'
import type { Plan, RemoteEnd } from './plan.ts'
import { listening, startProbes } from './probe-servers.ts'
import { serveSlowly, type SlowServer } from './slow-server.ts'

export interface Control {
  readonly plan: Plan
  /** What a browser may load. */
  readonly pages: Map<string, { readonly type: string; readonly body: string }>
  /** What a runtime reports at its end. */
  report(): Promise<unknown>
  close(): Promise<void>
}

type Answers = Readonly<Record<string, (body: unknown) => unknown>>

/** Starts everything on free loopback ports; `isLight` leaves most of the matrix out. */
export async function startControl(isLight: boolean): Promise<Control> {
  const sandbox = await createSandbox({ directorySize: 2_500 })
  const listeners = await sandbox.listen()
  const adversary = await startAdversary()
  const referee = new FaultReferee(adversary)
  const probes = await startProbes()
  const pages: Control['pages'] = new Map()
  const slow = serveSlowly()
  let [reported, next] = newReport()
  const answers: Answers = {
    '/plan': () => plan,
    '/report': (body) => {
      reported(body)
      return true
    },
    '/tokens': () => sandbox.requests.filter(isTokenRequest).length,
    '/closed': () => slow.closed(),
    '/begin': (body) => referee.begin((body as { title: string }).title),
    '/judge': (body) => referee.judge(body as RemoteEnd),
    '/verify': (body) => isVerified(body as Signed),
  }
  const server = createServer((request, response) => {
    answer(request, response, { answers, pages, slow }).catch(() => response.destroy())
  })
  // A runtime may come back to a connection after a pause; only the faults are to break any.
  server.keepAliveTimeout = 0
  const control = `http://127.0.0.1:${await listening(server)}`
  const { directory, clientId } = sandbox.options
  const plan: Plan = {
    control,
    sandbox: {
      directoryBaseUrl: listeners.directoryBaseUrl,
      apiKey: directory.apiKey,
      clientId,
      ...sandbox.pem,
    },
    slowBase: `${control}/slow`,
    faults: {
      titles: referee.titles(isLight),
      key: `-----BEGIN PRIVATE KEY-----\n${PRIVATE_KEY}\n-----END PRIVATE KEY-----`,
      certificate: `-----BEGIN CERTIFICATE-----\n${CERTIFICATE}\n-----END CERTIFICATE-----`,
    },
    probes: probes.plan,
  }
  return {
    plan,
    pages,
    report: async () => {
      const value = await next
      ;[reported, next] = newReport()
      return value
    },
    close: async () => {
      server.closeAllConnections()
      await Promise.all([
        new Promise((done) => server.close(done)),
        listeners.close(),
        adversary.close(),
        probes.close(),
      ])
    },
  }
}

function newReport(): [report: (value: unknown) => void, arrival: Promise<unknown>] {
  let report: (value: unknown) => void = () => undefined
  const arrival = new Promise<unknown>((done) => {
    report = done
  })
  return [report, arrival]
}

function isTokenRequest({ method, body }: { method: string; body: string }): boolean {
  return method === 'POST' && body.includes('client_assertion=')
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  parts: { answers: Answers; pages: Control['pages']; slow: SlowServer },
): Promise<void> {
  const { pathname } = new URL(request.url ?? '', 'http://127.0.0.1')
  if (pathname.startsWith('/slow/')) {
    parts.slow.answer(pathname.slice('/slow/'.length), response)
    return
  }
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const page = parts.pages.get(pathname)
  if (page !== undefined) {
    response.writeHead(200, { 'content-type': page.type }).end(page.body)
    return
  }
  const make = parts.answers[pathname]
  if (make === undefined) {
    response.writeHead(404).end()
    return
  }
  const text = Buffer.concat(chunks).toString()
  const value = await make(text === '' ? undefined : JSON.parse(text))
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

interface Signed {
  readonly alg: string
  readonly assertion: string
  readonly jwk: JsonWebKey
}

/** Checks a JWS with Node's crypto, which the library does not use. */
function isVerified({ alg, assertion, jwk }: Signed): boolean {
  const [header = '', claims = '', signature = ''] = assertion.split('.')
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const { alg: said } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg: string }
  const options = alg.startsWith('ES')
    ? ({ key, dsaEncoding: 'ieee-p1363' } as const)
    : alg.startsWith('PS')
      ? { key, padding: 6, saltLength: -1 }
      : key
  const data = Buffer.from(`${header}.${claims}`)
  const hash = `sha${alg.slice(2)}`
  return said === alg && verify(hash, data, options, Buffer.from(signature, 'base64url'))
}
