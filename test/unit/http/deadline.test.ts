import { getEventListeners } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { HttpRequest } from '../../../src/http/messages.ts'
import type { CallOptions, HttpOptions } from '../../../src/types.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import { holdTime, turn, turns, until } from '../../support/time.ts'
import { ask, clientOf, json, serve, type Loopback } from './loopback.ts'

const unhandled: unknown[] = []
const listen = (reason: unknown): void => void unhandled.push(reason)
beforeEach(() => {
  unhandled.length = 0
  process.on('unhandledRejection', listen)
})
afterEach(async () => {
  await turn()
  process.off('unhandledRejection', listen)
  expect(unhandled).toEqual([])
})

interface Hanging {
  readonly origin: string
  /** Whether it was asked. */
  readonly asked: () => boolean
}

/** A server that trickles headers without end; node:http cannot. */
async function trickling(): Promise<Hanging> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.write('HTTP/1.1 200 OK\r\n')
    const timer = setInterval(() => socket.write('x-a: b\r\n'), 5)
    socket.on('close', () => clearInterval(timer))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { origin, asked: () => sockets.size > 0 }
}

async function hanging(answer: Parameters<typeof serve>[0]): Promise<Hanging> {
  const server = await serve(answer)
  return { origin: server.origin, asked: () => server.seen.length > 0 }
}

const start = (response: ServerResponse): ServerResponse =>
  response.writeHead(200, { 'content-type': 'application/json' })

const HANGING: Readonly<Record<string, () => Promise<Hanging>>> = {
  'never answers': () => hanging(() => undefined),
  'trickles headers': trickling,
  'stalls before the body': () => hanging((response) => start(response).flushHeaders()),
  'stalls in the body': () => hanging((response) => void start(response).write('{"a":')),
  'sends interim answers for ever': () =>
    hanging((response) => {
      const timer = setInterval(() => response.writeProcessing(), 5)
      response.on('close', () => clearInterval(timer))
    }),
  'trickles the body': () =>
    hanging((response) => {
      start(response)
      const timer = setInterval(() => response.write(' '), 5)
      response.on('close', () => clearInterval(timer))
    }),
}

/**
 * How a call failed, and after how many milliseconds of held time. `meanwhile` happens when the server was
 * asked, which is known of one that says so.
 */
async function failing(
  { origin, asked = () => true }: Pick<Hanging, 'origin'> & Partial<Hanging>,
  client: HttpOptions,
  exchange: Partial<HttpRequest>,
  call: CallOptions = {},
  meanwhile: () => void = () => undefined,
): Promise<{ error: unknown; took: number }> {
  const time = holdTime()
  const begin = performance.now()
  let over = false
  const failed = failureOf(ask(clientOf(client), origin, exchange, call)).finally(() => {
    over = true
  })
  await until(() => over || asked())
  await turns()
  meanwhile()
  await time.passUntil(() => over)
  return { error: await failed, took: performance.now() - begin }
}

const askedOf = ({ origin, seen }: Loopback): Hanging => ({ origin, asked: () => seen.length > 0 })

describe.each(Object.entries(HANGING))('R3: a server that %s', (_, make) => {
  test('is left after attemptTimeoutMs', async () => {
    const server = await make()
    const { origin } = server
    const { error, took } = await failing(server, { attemptTimeoutMs: 60 }, { retry: 'never' })
    expect(error).toMatchObject({ code: 'ERR_CQ_TIMEOUT', retryable: true, origin })
    expect((error as Error).message).toContain('60 ms')
    expect(took).toBeGreaterThan(55)
    expect(took).toBeLessThan(1_000)
  })

  test('is left after the timeoutMs of the client or of the call, attempts included', async () => {
    const server = await make()
    for (const [client, call] of [
      [{ timeoutMs: 80 }, {}],
      [{ timeoutMs: 9_000 }, { timeoutMs: 80 }],
      [{ attemptTimeoutMs: 300 }, { timeoutMs: 480 }],
    ] as const) {
      const whole = 'timeoutMs' in call ? call.timeoutMs : 80
      const { error, took } = await failing(server, client, {}, call)
      expect(error).toMatchObject({ code: 'ERR_CQ_TIMEOUT', operation: 'test.ask' })
      expect((error as Error).message).toContain(`test.ask took longer than ${whole} ms`)
      expect(took).toBeGreaterThan(75)
      expect(took).toBeLessThan(1_000)
    }
  })

  test.each([new Error('mine'), 'text', 0, null, { a: 1 }])(
    'is left when the caller leaves, with the very reason: %j',
    async (reason) => {
      const server = await make()
      const controller = new AbortController()
      const { signal } = controller
      const { error, took } = await failing(server, {}, {}, { signal }, () => {
        controller.abort(reason)
      })
      expect(error).toBe(reason)
      expect(took).toBeLessThan(1_000)
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    },
  )

  test('is left when the client closes', async () => {
    const { origin, asked } = await make()
    const client = clientOf()
    const failed = failureOf(ask(client, origin))
    await until(asked)
    void client.close()
    expect(await failed).toMatchObject({ name: 'AbortError', message: 'the client was closed' })
  })
})

describe('L1: a caller who leaves', () => {
  test('before the call, sends nothing', async () => {
    const server = await serve((response) => json(response))
    const signal = AbortSignal.abort('early')
    expect(await failureOf(ask(clientOf(), server.origin, {}, { signal }))).toBe('early')
    expect(server.seen).toHaveLength(0)
  })

  test('during a pause between attempts, ends the pause', async () => {
    const server = await serve((response) => json(response, 503, { 'retry-after': '20' }))
    const controller = new AbortController()
    const { signal } = controller
    const { error, took } = await failing(askedOf(server), {}, {}, { signal }, () => {
      controller.abort('during the pause')
    })
    expect(error).toBe('during the pause')
    expect(took).toBeLessThan(1_000)
    expect(server.seen).toHaveLength(1)
  })

  test('while a form is being signed, is not held', async () => {
    const server = await serve((response) => json(response))
    const controller = new AbortController()
    const form = (): Promise<string> => new Promise(() => undefined)
    const asked = failing(server, {}, { form }, { signal: controller.signal })
    controller.abort('meanwhile')
    expect((await asked).error).toBe('meanwhile')
    expect(server.seen).toHaveLength(0)
  })

  test('L3: closes the connection', async () => {
    const server = await serve((response) => void start(response).write('{'))
    const controller = new AbortController()
    const asked = failing(server, {}, {}, { signal: controller.signal })
    await until(() => server.seen.length === 1)
    controller.abort('gone')
    await asked
    await until(() => server.cut === 1)
  })

  test('L2: has no listeners left on a signal after 200 calls, good and bad', async () => {
    const server = await serve((response, number) => {
      if (number % 5 === 0) response.destroy()
      else json(response, number % 3 === 0 ? 404 : 200)
    })
    const { signal } = new AbortController()
    let added = 0
    const add = signal.addEventListener.bind(signal)
    signal.addEventListener = (...all: Parameters<typeof add>) => {
      added += 1
      add(...all)
    }
    const client = clientOf()
    for (let round = 0; round < 10; round += 1) {
      const asked = Array.from({ length: 20 }, () =>
        ask(client, server.origin, {}, { signal }).catch(() => undefined),
      )
      await Promise.all(asked)
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    expect(added).toBe(10) // one for all calls under way, not one for each call or attempt
  })
})

describe('L1: the deadline', () => {
  test('covers a form that is never signed, while the attempt’s clock does not', async () => {
    const server = await serve((response) => json(response))
    const time = holdTime()
    const slow = async (): Promise<string> => {
      await time.pass(120)
      return 'a=1'
    }
    const client = clientOf({ attemptTimeoutMs: 100 })
    expect((await ask(client, server.origin, { form: slow })).status).toBe(200)
    const form = (): Promise<string> => new Promise(() => undefined)
    const { error } = await failing(server, {}, { form }, { timeoutMs: 40 })
    expect(error).toMatchObject({ code: 'ERR_CQ_TIMEOUT' })
  })

  test('of an attempt lets the next attempt have its own time', async () => {
    const server = await serve((response, number) => {
      if (number > 2) json(response)
    })
    const time = holdTime()
    const asked = ask(clientOf({ attemptTimeoutMs: 50 }), server.origin)
    for (const count of [1, 2]) {
      await until(() => server.seen.length === count)
      await time.passUntil(() => server.seen.length > count)
    }
    expect((await asked).status).toBe(200)
    expect(server.seen).toHaveLength(3)
  })

  test('bounds every hop of a redirect together', async () => {
    const server = await serve((response, number) => {
      setTimeout(() => json(response, 307, { location: `/${number}` }), 50)
    })
    const { error } = await failing(server, { attemptTimeoutMs: 90 }, { retry: 'never' })
    expect(error).toMatchObject({ code: 'ERR_CQ_TIMEOUT' })
    expect(server.seen).toHaveLength(2)
  })

  test('holds for a transport that ignores its signal, in the answer and in the body', async () => {
    const forever = new Promise<never>(() => undefined)
    const endless = { [Symbol.asyncIterator]: () => ({ next: () => forever }) }
    const transports = [
      { send: () => forever },
      { send: () => Promise.resolve({ status: 200, headers: new Headers(), body: endless }) },
    ]
    for (const transport of transports) {
      const { error } = await failing(
        { origin: 'https://h.test/' },
        { transport },
        {},
        { timeoutMs: 40 },
      )
      expect(error).toMatchObject({ code: 'ERR_CQ_TIMEOUT' })
    }
  })

  test('L6: a transport that fails after the deadline is nobody’s unhandled rejection', async () => {
    const late = (): Promise<never> =>
      new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 40))
    const options = { transport: { send: late }, timeoutMs: 15 }
    const { error } = await failing({ origin: 'https://h.test/' }, options, {})
    expect(error).toMatchObject({ code: 'ERR_CQ_TIMEOUT' })
    await vi.advanceTimersByTimeAsync(50)
  })
})

describe('close', () => {
  test('ends all pending calls, refuses later ones and closes the transport', async () => {
    const server = await serve(() => undefined)
    const client = clientOf()
    const pending = Array.from({ length: 20 }, () => failureOf(ask(client, server.origin)))
    await until(() => server.seen.length > 0)
    await client.close()
    for (const error of await Promise.all(pending))
      expect(error).toMatchObject({ name: 'AbortError' })
    const seen = server.seen.length
    expect(await failureOf(ask(client, server.origin))).toMatchObject({ name: 'AbortError' })
    expect(server.seen).toHaveLength(seen)
    let closed = 0
    const transport = {
      send: () => Promise.reject(new Error('x')),
      close: () => Promise.resolve(void (closed += 1)),
    }
    await clientOf({ transport }).close()
    expect(closed).toBe(1)
  })
})
