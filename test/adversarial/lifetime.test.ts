/** L2, L3: nothing piles up, nothing is left running. */
import { spawn } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished, describe, expect, test } from 'vitest'
import type { CarequalityClient, Responder } from '../../src/index.ts'
import { failureOf } from '../support/answering-fetch.ts'
import { root } from '../support/run.ts'
import { asking, provider } from '../support/token-endpoint.ts'
import {
  BASE,
  clientOf,
  OID,
  responseOf,
  SmallNetwork,
  stageOf,
  transportTo,
  type Stage,
} from './small-network.ts'
import { ownClock, turns } from '../support/time.ts'

async function connected(network: SmallNetwork): Promise<Responder> {
  const { client } = await clientOf(transportTo((request) => network.answer(request)))
  return client.responder({ baseUrl: BASE })
}

describe('one AbortSignal for many calls', () => {
  test('L2: 2,000 calls, at once and in turn: one listener at most, none afterwards, no warning', async () => {
    const warnings: Error[] = []
    const warn = (warning: Error): void => void warnings.push(warning)
    process.on('warning', warn)
    onTestFinished(() => void process.off('warning', warn))
    const { signal } = new AbortController()
    const count = (): number => getEventListeners(signal, 'abort').length
    const { patients, fhir } = await connected(new SmallNetwork())
    const calls: (() => Promise<unknown>)[] = [
      () => patients.read('p', { signal }),
      () => patients.search({ family: 'Zebulon' }, { signal }).toArray({ max: 9 }),
      () => patients.match({ birthDate: '1931-02-17' }, { signal }),
      async () => {
        const { body } = await fhir.binary('Binary/b', { signal })
        for await (const piece of body) expect(piece.length).toBeGreaterThan(0)
      },
    ]
    const work = (number: number): Promise<unknown> =>
      calls[number % calls.length]?.() ?? Promise.resolve()
    const atOnce = Array.from({ length: 1_000 }, (_, number) => work(number))
    expect(count()).toBe(1)
    await Promise.all(atOnce)
    expect(count()).toBe(0)
    for (let number = 0; number < 1_000; number += 1) await work(number)
    expect(count()).toBe(0)
    await turns()
    expect(warnings).toEqual([])
  })

  test('L2: one listener for a thousand who wait for a token, with and without a time', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const tokens = await provider({ fetch: () => new Promise(() => undefined) })
    const authorize = tokens.authorizer(asking())
    const url = asking().fhirBaseUrl
    const waiting = Array.from({ length: 1_000 }, (_, number) =>
      failureOf(authorize({ url, signal, ...(number % 2 === 0 ? { timeoutMs: 60_000 } : {}) })),
    )
    await turns()
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    const reason = new Error('mine')
    controller.abort(reason)
    for (const error of await Promise.all(waiting)) expect(error).toBe(reason)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  test('L2: its abort reaches all of them, each with its reason', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const { patients } = await connected(new SmallNetwork({ tokenDelay: 50 }))
    const reads = Array.from({ length: 300 }, () => failureOf(patients.read('p', { signal })))
    const reason = new Error('mine')
    controller.abort(reason)
    for (const error of await Promise.all(reads)) expect(error).toBe(reason)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })
})

const closed = { name: 'AbortError', message: 'the client was closed' }

/** The whole path from the directory on. */
async function path(client: CarequalityClient): Promise<void> {
  const { patients, fhir } = await client.organization(OID)
  await patients.read('p')
  await patients.search({ family: 'Zebulon' }).toArray({ max: 9 })
  await patients.match({ birthDate: '1931-02-17' })
  await fhir.binary('Binary/b')
}

describe('close()', () => {
  const stages: Stage[] = [
    'directory',
    'metadata',
    'token',
    'read',
    'search',
    'page',
    'match',
    'binary',
  ]
  test.each(stages)(
    'L3: ends what waits for %s, at once, and refuses what comes later',
    async (stage) => {
      const network = new SmallNetwork()
      let arrive = (): void => undefined
      const arrived = new Promise<void>((resolve) => (arrive = resolve))
      const { client } = await clientOf({
        send: async (request) => {
          if (stageOf(request) !== stage) return responseOf(await network.answer(request))
          arrive()
          return new Promise(() => undefined)
        },
      })
      const call = failureOf(path(client))
      await arrived
      const took = ownClock()
      await client.close()
      expect(await call).toMatchObject(closed)
      expect(took()).toBeLessThan(500)
      expect(await failureOf(client.organization(OID))).toMatchObject(closed)
      expect(await failureOf(client.as({ scope: 'x' }).organization(OID))).toMatchObject(closed)
    },
  )

  test('L3: ends what waits for a shared token that somebody else is fetching', async () => {
    const network = new SmallNetwork()
    const { client } = await clientOf(
      transportTo((request) => network.answer(request)),
      {
        tokenCache: {
          get: () => undefined,
          set: () => undefined,
          delete: () => undefined,
          lease: () => undefined,
        },
      },
    )
    const { patients } = await client.responder({ baseUrl: BASE })
    const call = failureOf(patients.read('p'))
    await turns()
    await client.close()
    expect(await call).toMatchObject(closed)
  })
})

describe('a process that is done', () => {
  const transports = [
    ['fetch', 'fetch: (request) => fetch(request),'],
    ['the default transport', ''],
    ['nodeTransport', 'transport: nodeTransport(),'],
  ] as const

  test.each(transports)(
    'L3: exits by itself within a second after the last call, by %s',
    async (_what, transport) => {
      const { origin } = await keepAliveServer()
      const { code, idleMs, output } = await child(`
      import { FhirPatientClient } from './dist/index.js'
      import { nodeTransport } from './dist/node/index.js'
      const patients = new FhirPatientClient({
        baseUrl: '${origin}',
        allowInsecureLoopback: true,
        ${transport}
      })
      await Promise.all(Array.from({ length: 10 }, () => patients.read('p')))
      const leaving = new AbortController()
      const left = patients.read('slow', { signal: leaving.signal }).catch(() => undefined)
      setTimeout(() => leaving.abort(), 50)
      await left
      ${DONE}
    `)
      expect(output).toMatch(/^done after \d+$/)
      expect(code).toBe(0)
      expect(idleMs).toBeLessThan(1_000)
    },
  )

  test('L3: exits though a renewal of its token was due in a while', async () => {
    const { code, idleMs, output } = await child(`
      import { CarequalityClient } from './dist/index.js'
      import { createSandbox } from './dist/testing/index.js'
      const { options } = await createSandbox()
      const client = new CarequalityClient(options)
      const { patients } = await client.organization('2.16.840.1.113883.3.13.1')
      await patients.read('1316024')
      ${DONE}
    `)
    expect(output).toMatch(/^done after \d+$/)
    expect(code).toBe(0)
    expect(idleMs).toBeLessThan(1_000)
  })
})

/** Keeps its connections for a minute, and never answers what is called slow. */
async function keepAliveServer(): Promise<{ origin: string; server: Server }> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    if (request.url?.endsWith('slow') === true) return
    response.setHeader('content-type', 'application/fhir+json')
    response.end('{"resourceType":"Patient","id":"p"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

/** The last line of a {@link child}: says at its exit how long it had nothing to do but did not leave. */
const DONE = `
      const { idle } = performance.eventLoopUtilization()
      process.on('exit', () => {
        const idleMs = Math.round(performance.eventLoopUtilization().idle - idle)
        process.stdout.write('done after ' + idleMs)
      })
`

/** Runs a program against the built package; how long it waited after it was done. */
function child(program: string): Promise<{ code: number | null; idleMs: number; output: string }> {
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 280_000,
    })
    let output = ''
    running.stdout.on('data', (text: Buffer) => (output += text.toString()))
    running.stderr.on('data', (text: Buffer) => (output += text.toString()))
    running.on('error', reject)
    running.on('close', (code) => {
      resolve({ code, idleMs: Number(output.split(' ').at(-1) ?? Infinity), output })
    })
  })
}
