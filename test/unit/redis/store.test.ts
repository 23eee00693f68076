import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { RedisStore, type Script } from '../../../src/redis/store.ts'
import { redisTokenCache } from '../../../src/redis/index.ts'

type Reply = (command: string, args: readonly string[]) => Promise<unknown>

function world(reply: Reply) {
  const sent: string[][] = []
  const state = { now: 1_000_000 }
  const call = (command: string, args: string[]): Promise<unknown> => {
    sent.push([command, ...args])
    return reply(command, args)
  }
  const store = new RedisStore({ client: { call }, now: () => state.now })
  return { sent, state, store, call }
}

const refused =
  (message: string): Reply =>
  () =>
    Promise.reject(new Error(message))

describe('a store that fails', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('gets no command for a second, then twice as long for each failure, at most 10 s', async () => {
    const { sent, state, store } = world(refused('connect ECONNREFUSED 10.0.0.1:6379'))
    const pauses: number[] = []
    for (let round = 0; round < 6; round += 1) {
      await expect(store.command('GET', 'a')).rejects.toMatchObject({ code: 'ERR_CQ_STORE_FAILED' })
      const began = state.now
      const before = sent.length
      while (sent.length === before) {
        state.now += 100
        await store.command('GET', 'a').catch(() => undefined)
      }
      pauses.push(state.now - began)
      state.now += 20_000
    }
    // Each round fails twice.
    expect(pauses).toEqual([1_000, 4_000, 10_000, 10_000, 10_000, 10_000])
  })

  test('and is asked as usual after it has responded again', async () => {
    let isAway = true
    const { state, store } = world(() =>
      isAway ? Promise.reject(new Error('Connection is closed.')) : Promise.resolve('PONG'),
    )
    await store.command('PING').catch(() => undefined)
    isAway = false
    await expect(store.command('PING')).rejects.toThrow('does not respond')
    state.now += 1_000
    expect(await store.command('PING')).toBe('PONG')
    isAway = true
    await store.command('PING').catch(() => undefined)
    isAway = false
    state.now += 1_000
    expect(await store.command('PING')).toBe('PONG')
  })

  test('by silence has half a second for each command', async () => {
    const { store } = world(() => new Promise(() => undefined))
    const asked = store.command('GET', 'a')
    const seen = vi.fn()
    asked.catch(seen)
    await vi.advanceTimersByTimeAsync(499)
    expect(seen).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(seen).toHaveBeenCalledOnce()
    expect(vi.getTimerCount()).toBe(0)
  })

  test.each(['OOM command not allowed', 'READONLY You can’t write', 'MISCONF Redis is'])(
    'with "%s" is there all the same: the next command is sent',
    async (message) => {
      const { sent, store } = world(refused(message))
      const code = /^[A-Z]+/.exec(message)?.[0] ?? ''
      await expect(store.command('SET', 'a', 'b')).rejects.toThrow(`refused the command (${code})`)
      await store.command('GET', 'a').catch(() => undefined)
      expect(sent).toHaveLength(2)
    },
  )

  test('says nothing of names, values and addresses', async () => {
    const { store } = world(refused('ERR near marked-value at marked-host'))
    const error: unknown = await store
      .command('SET', 'marked-name', 'marked-value')
      .catch((e: unknown) => e)
    expect(JSON.stringify(error) + String(error)).not.toContain('marked')
    expect((error as Error).cause).toBeUndefined()
  })
})

test('a script is sent whole once, and by its digest afterwards', async () => {
  const known = new Set<string>()
  const { sent, store } = world((command) => {
    if (command === 'EVAL') known.add('it')
    if (command === 'EVALSHA' && !known.has('it')) {
      return Promise.reject(new Error('NOSCRIPT No matching script.'))
    }
    return Promise.resolve(1)
  })
  const script: Script = { text: 'return 1' }
  expect(await store.script(script, ['k'], ['v'])).toBe(1)
  expect(await store.script(script, ['k'], ['v'])).toBe(1)
  const digest = 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db'
  expect(sent).toEqual([
    ['EVALSHA', digest, '1', 'k', 'v'],
    ['EVAL', 'return 1', '1', 'k', 'v'],
    ['EVALSHA', digest, '1', 'k', 'v'],
  ])
})

test('a client of node-redis is sent one list, of ioredis a command and its arguments', async () => {
  const sendCommand = vi.fn(() => Promise.resolve('PONG'))
  await new RedisStore({ client: { sendCommand } }).command('GET', 'a')
  expect(sendCommand).toHaveBeenCalledWith(['GET', 'a'])
  const call = vi.fn(() => Promise.resolve('PONG'))
  const client = { call, sendCommand: () => Promise.reject(new Error('ioredis has another one')) }
  await new RedisStore({ client }).command('GET', 'a')
  expect(call).toHaveBeenCalledWith('GET', ['a'])
})

test('clocks within a second count as equal, and are compared once a minute', async () => {
  let redisMs = 1_000_900
  const { sent, state, store } = world(() =>
    Promise.resolve([String(Math.floor(redisMs / 1_000)), String((redisMs % 1_000) * 1_000)]),
  )
  expect(await store.offsetMs()).toBe(0)
  redisMs = 1_660_000
  expect(await store.offsetMs()).toBe(0)
  expect(sent).toHaveLength(1)
  state.now += 60_000
  expect(await store.offsetMs()).toBe(600_000)
})

const secret = new Uint8Array(32)
const client = { call: () => Promise.resolve(null) }

test.each([
  ['"client" must', { client: {} as never }],
  ['"client" must', { client: null as never }],
  ['"keys" must', { client, keys: [] }],
  ['"keys" must', { client, keys: 'x' as never }],
  ['"keys" must each have an id', { client, keys: [{ id: 'a.b', secret }] }],
  [
    '"keys" must each have an id',
    {
      client,
      keys: [
        { id: 'a', secret },
        { id: 'a', secret },
      ],
    },
  ],
  ['the secret of "a"', { client, keys: [{ id: 'a', secret: new Uint8Array(31) }] }],
  ['"prefix" must', { client, prefix: 'a b' }],
  ['"timeoutMs" must', { client, timeoutMs: 0 }],
  ['"now" must', { client, now: 5 as never }],
])('a wrong option is a TypeError that says %s', (what, options) => {
  expect(() => redisTokenCache({ keys: [{ id: 'a', secret }], ...options })).toThrow(
    expect.objectContaining({
      name: 'TypeError',
      message: expect.stringContaining(what) as string,
    }),
  )
})

test('options of a polluted prototype are none', () => {
  Object.defineProperty(Object.prototype, 'prefix', { value: 'evil', configurable: true })
  try {
    expect(new RedisStore({ client }).prefix).toBe('cq')
  } finally {
    Reflect.deleteProperty(Object.prototype, 'prefix')
  }
})
