/** Pauses after `Retry-After` that processes share: two clients with one board are two processes. */
import { expect, onTestFinished, test, vi } from 'vitest'
import { CarequalityClient } from '../../../src/index.ts'
import { memoryLimits } from '../../../src/discover/memory-limits.ts'
import type { PauseBoard, SharedPause } from '../../../src/http/policies/pause-board.ts'
import { createSandbox } from '../../../src/testing/index.ts'

const BASE = 'https://fhir.example.org/r4'

function boardOf(more: Partial<PauseBoard> = {}) {
  const pauses = new Map<string, SharedPause>()
  const looked: string[] = []
  const board: PauseBoard = {
    get: (base) => {
      looked.push(base)
      return pauses.get(base)
    },
    set: (base, pause) => void pauses.set(base, pause),
    ...more,
  }
  return { board, pauses, looked }
}

async function clientOf(board: PauseBoard, status: () => number) {
  const asked: string[] = []
  const { signer } = (await createSandbox()).options
  const client = new CarequalityClient({
    clientId: 'client',
    signer,
    limits: { ...memoryLimits(Date.now), pauses: board },
    fetch: (request) => {
      const { url, method } = new Request(request)
      asked.push(url)
      const reply = (body: object, code = 200, headers = {}) =>
        Promise.resolve(
          new Response(JSON.stringify(body), {
            status: code,
            headers: { 'content-type': 'application/fhir+json', ...headers },
          }),
        )
      if (url.endsWith('/metadata')) {
        return reply({
          resourceType: 'CapabilityStatement',
          fhirVersion: '4.0.1',
          rest: [{ mode: 'server' }],
        })
      }
      if (method === 'POST')
        return reply({ access_token: 't', token_type: 'Bearer', expires_in: 300 })
      if (!url.includes('/Patient/')) return reply({}, 404)
      return status() === 200
        ? reply({ resourceType: 'Patient', id: '1' })
        : reply({}, status(), { 'retry-after': '120' })
    },
  })
  const tokenEndpoint = 'https://fhir.example.org/token'
  const { patients } = await client.responder({ baseUrl: BASE, tokenEndpoint })
  const reads = () => asked.filter((url) => url.includes('/Patient/')).length
  return { patients, reads }
}

test('what one was told by a server, the other heeds a second later at most', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const { board, pauses } = boardOf()
  const one = await clientOf(board, () => 503)
  const other = await clientOf(board, () => 200)
  await expect(one.patients.read('1')).rejects.toMatchObject({ status: 503 })
  expect(pauses.get(BASE)).toEqual({ status: 503, leftMs: 120_000 })
  vi.advanceTimersByTime(1_000)
  // This one looks, and does not wait for what it sees.
  await other.patients.read('1')
  await expect(other.patients.read('1', { timeoutMs: 1_000 })).rejects.toMatchObject({
    status: 503,
  })
  expect(other.reads()).toBe(1)
})

test('a base that is new to a process is looked up before the first request', async () => {
  const { board, pauses } = boardOf()
  const { patients, reads } = await clientOf(board, () => 200)
  pauses.set('https://fhir.example.org/other', { status: 429, leftMs: 60_000 })
  await patients.read('1')
  expect(reads()).toBe(1)
  pauses.set(BASE, { status: 429, leftMs: 60_000 })
  await expect(clientOf(board, () => 200)).rejects.toMatchObject({ retryable: true })
})

test('a base that works costs one look, and later ones no waiting', async () => {
  const { board, looked } = boardOf()
  const { patients, reads } = await clientOf(board, () => 200)
  for (let count = 0; count < 20; count += 1) await patients.read('1')
  expect(reads()).toBe(20)
  expect(looked.filter((base) => base === BASE).length).toBeLessThan(5)
})

test('a board that fails is as if there were none', async () => {
  const fails = (): Promise<never> => Promise.reject(new Error('away'))
  const { board } = boardOf({ get: fails, set: fails })
  const { patients, reads } = await clientOf(board, () => 200)
  await patients.read('1')
  expect(reads()).toBe(1)
})
