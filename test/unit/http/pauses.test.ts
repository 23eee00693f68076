import { describe, expect, test, onTestFinished, vi } from 'vitest'
import type { HttpClient } from '../../../src/http/client.ts'
import type { ClientEvent, Transport } from '../../../src/types.ts'
import { failureOf, jsonAnswer, wire } from '../../support/answering-fetch.ts'
import { ask, clientOf, json, serve } from './loopback.ts'
import { CarequalityClient } from '../../../src/index.ts'
import { memoryLimits } from '../../../src/discover/memory-limits.ts'
import type { PauseBoard, SharedPause } from '../../../src/http/policies/pause-board.ts'
import { createSandbox } from '../../../src/testing/index.ts'
import { holdTime, turns, until } from '../../support/time.ts'

/** L4: an origin in trouble is not hammered by those who try again. */
describe('retry budget', () => {
  /** A server that answers with what `status` says at the time. */
  async function moody(): Promise<{
    status: (number: number) => number
    origin: string
    seen: () => number
  }> {
    const mood = { status: (number: number) => (number > 0 ? 503 : 200), origin: '', seen: () => 0 }
    const server = await serve((response, number) => json(response, mood.status(number)))
    return Object.assign(mood, { origin: server.origin, seen: () => server.seen.length })
  }

  async function times(count: number, client: HttpClient, origin: string): Promise<void> {
    for (let done = 0; done < count; done += 1) await ask(client, origin)
  }

  describe('the retry budget of an origin', () => {
    test('L4: 35 repeats in a row, then none until successes have paid for one', async () => {
      const server = await moody()
      const events: ClientEvent[] = []
      const client = clientOf({ onEvent: (event) => events.push(event) })
      await times(25, client, server.origin)
      expect(server.seen()).toBe(25 + 35)
      const spent = events.filter(({ type }) => type === 'http.retries-spent')
      expect(spent).toHaveLength(8) // the 18th call has its second repeat refused, the 7 after it their first
      expect(spent[0]).toMatchObject({ origin: server.origin })

      // 10 of 500 are left and a repeat costs 14: three successes are not enough, four are.
      server.status = () => 200
      await times(3, client, server.origin)
      server.status = () => 503
      const before = server.seen()
      await times(1, client, server.origin)
      expect(server.seen() - before).toBe(1)
      server.status = () => 200
      await times(1, client, server.origin)
      server.status = () => 503
      await times(1, client, server.origin)
      expect(server.seen() - before).toBe(1 + 1 + 2)
    })

    test('L4: a repeat that helped is refunded, so that single failures never use it up', async () => {
      const server = await moody()
      server.status = (number) => (number % 2 === 1 ? 503 : 200)
      const client = clientOf()
      await times(60, client, server.origin)
      expect(server.seen()).toBe(120)
    })

    test('L4: connections that are closed count as well, the first repeat at once included', async () => {
      const server = await serve((response) => void response.destroy())
      const client = clientOf()
      for (let call = 0; call < 25; call += 1) {
        expect(await failureOf(ask(client, server.origin))).toMatchObject({
          code: 'ERR_CQ_NETWORK',
        })
      }
      expect(server.seen).toHaveLength(25 + 35)
    })

    test('L4: other origins have budgets of their own', async () => {
      const [ill, other] = [await moody(), await moody()]
      const client = clientOf()
      await times(30, client, ill.origin)
      await times(1, client, other.origin)
      expect(other.seen()).toBe(3)
    })

    test('L4: 300 responders, 30 % of them down: at most 1.3 requests a call over 40 rounds, healthy ones once', async () => {
      const seen = new Map<string, number>()
      const down = (origin: string): boolean => Number(/\d+/.exec(origin)?.[0]) % 10 < 3
      const transport: Transport = {
        send: ({ url }) => {
          const { origin } = new URL(url)
          seen.set(origin, (seen.get(origin) ?? 0) + 1)
          return Promise.resolve(answerOf(down(origin) ? 503 : 200))
        },
      }
      const client = clientOf({ transport })
      const origins = Array.from({ length: 300 }, (_, number) => `https://r${number}.example.org`)
      const rounds = 40
      for (let round = 0; round < rounds; round += 1) {
        const answers = await Promise.all(origins.map((origin) => ask(client, origin)))
        expect(answers.map(({ status }) => status === 503)).toEqual(origins.map(down))
      }
      const requests = [...seen.values()].reduce((sum, count) => sum + count, 0)
      expect(requests / (rounds * origins.length)).toBeLessThanOrEqual(1.3)
      for (const [origin, count] of seen) expect(count).toBe(down(origin) ? rounds + 35 : rounds)
    })
  })

  function answerOf(status: number): { status: number; headers: Headers; body: null } {
    return { status, headers: new Headers(), body: null }
  }
})

/** Pauses after `Retry-After` that processes share: two clients with one board are two processes. */
describe('shared pauses', () => {
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
})

/** What a server in trouble costs it and us: the retry budget and the pause that all calls share. */
describe('storms of retries', () => {
  const SICK = 'https://sick.example/'
  const WELL = 'https://well.example/'
  const from = (url: string, origin: string): boolean => url.startsWith(origin)

  describe('L4: a server that always fails', () => {
    test('gets 35 repeats and then one request a call, and the others keep theirs', async () => {
      const http = wire(({ url }) => jsonAnswer('{}', {}, from(url, SICK) ? 503 : 200))
      const client = clientOf(http.options)
      for (let call = 0; call < 100; call += 1) {
        expect((await ask(client, SICK)).status).toBe(503)
        expect((await ask(client, WELL)).status).toBe(200)
      }
      const asked = (origin: string) => http.requests.filter(({ url }) => from(url, origin)).length
      expect(asked(SICK)).toBe(100 + Math.floor(500 / 14))
      expect(asked(WELL)).toBe(100)
      const spent = http.events.filter((event) => event.type === 'http.retries-spent')
      expect(spent.length).toBeGreaterThan(0)
      expect(new Set(spent.map(({ origin }) => origin))).toEqual(new Set([new URL(SICK).origin]))
    })

    test('among 300 servers of which a third is down costs less than 1.7 requests a call', async () => {
      const http = wire(({ url }) => {
        const number = Number(/s(\d+)\./.exec(url)?.[1])
        return jsonAnswer('{}', {}, number % 10 < 3 ? 503 : 200)
      })
      const client = clientOf(http.options)
      const calls = Array.from({ length: 3_000 }, (_, call) =>
        ask(client, `https://s${call % 300}.example/`),
      )
      await Promise.all(calls)
      expect(http.requests.length / 3_000).toBeLessThan(1.7)
    })

    test('is repeated again when it has got well: success pays', async () => {
      let sick = true
      const http = wire(() => jsonAnswer('{}', {}, sick ? 503 : 200))
      const client = clientOf(http.options)
      for (let call = 0; call < 50; call += 1) await ask(client, SICK)
      sick = false
      for (let call = 0; call < 14; call += 1) await ask(client, SICK)
      sick = true
      const before = http.requests.length
      await ask(client, SICK)
      expect(http.requests.length - before).toBe(2)
    })

    test('a network that fails is paid for as well', async () => {
      const http = wire(() => Promise.reject(new Error('down')))
      const client = clientOf(http.options)
      for (let call = 0; call < 50; call += 1) await failureOf(ask(client, SICK))
      expect(http.requests).toHaveLength(50 + Math.floor(500 / 14))
    })
  })

  describe('R15: a Retry-After', () => {
    test.each([429, 503])('with %i is heeded by every call to that origin', async (status) => {
      let hit = 0
      const times: number[] = []
      const http = wire(({ url }) => {
        if (!from(url, SICK)) return jsonAnswer('{}')
        times.push(performance.now())
        hit += 1
        return hit === 1 ? jsonAnswer('{}', { 'retry-after': '1' }, status) : jsonAnswer('{}')
      })
      const time = holdTime()
      const client = clientOf(http.options)
      const first = ask(client, SICK)
      await until(() => http.events.some(({ type }) => type === 'http.retry'))
      const later = Array.from({ length: 20 }, () => ask(client, `${SICK}other`))
      expect((await ask(client, WELL)).status).toBe(200) // while no time passes
      await time.pass(989)
      await turns()
      await time.passUntil(() => times.length === 22, 1)
      const answers = await Promise.all([first, ...later])
      expect(answers.every((answer) => answer.status === 200)).toBe(true)
      const [start = 0, ...others] = times
      expect(others).toHaveLength(21)
      expect(Math.min(...others) - start).toBeGreaterThanOrEqual(990)
    })

    test('beyond the time of a later call fails that call at once, unsent, with how long', async () => {
      const http = wire(() => jsonAnswer('{"patient":"MARK"}', { 'retry-after': '120' }, 429))
      const client = clientOf(http.options)
      expect((await ask(client, SICK)).status).toBe(429)
      const answer = await ask(client, SICK)
      expect(answer.status).toBe(429)
      expect(answer.context.retryAfterMs).toBeGreaterThan(118_000)
      expect(answer.bytes).toHaveLength(0)
      expect(http.requests).toHaveLength(1)
    })

    test('that is garbage, or with another status, stops nobody', async () => {
      for (const [status, value] of [
        [429, '-5'],
        [503, 'soon'],
        [200, '120'],
        [404, '120'],
      ] as const) {
        const http = wire(() => jsonAnswer('{}', { 'retry-after': value }, status))
        const client = clientOf(http.options)
        await ask(client, SICK, { retry: 'never' })
        await ask(client, SICK, { retry: 'never' })
        expect(http.requests).toHaveLength(2)
      }
    })
  })
})
