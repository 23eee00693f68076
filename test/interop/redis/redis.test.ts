/** `./redis` on a real Redis, through both client libraries, and between processes. */
import { fork, type ChildProcess } from 'node:child_process'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import {
  redisLeases,
  redisRegistrations,
  redisTokenCache,
  type RedisOptions,
} from '../../../src/redis/index.ts'
import { tokenCacheContract } from '../../../src/testing/index.ts'
import { root, run } from '../../support/run.ts'
import type { Connected } from './clients.mjs'
import { startResponder } from './responder.ts'
import { lacking, slowWay, startRedis, type RedisServer } from './server.ts'

const missing = lacking('Redis')

const secret = new Uint8Array(32).fill(7)
const keys = [{ id: 'a', secret }]
const { signal } = new AbortController()
let redis: RedisServer

async function connect(library: 'ioredis' | 'redis', port = redis.port): Promise<Connected> {
  const { ioredisClient, nodeRedisClient } = await import('./clients.mjs')
  return library === 'ioredis' ? ioredisClient(port) : nodeRedisClient(port)
}

function tokenOf(accessToken: string, lifeMs = 300_000) {
  const sentAt = Date.now()
  return { accessToken, scope: 'system/Patient.read', sentAt, expiresAt: sentAt + lifeMs }
}

describe.skipIf(missing !== undefined)('Redis', () => {
  beforeAll(async () => {
    redis = await startRedis()
  }, 30_000)
  afterAll(() => redis.close())

  describe.each(['ioredis', 'redis'] as const)('through %s', (library) => {
    let options: RedisOptions
    let close: () => void
    beforeAll(async () => {
      const connected = await connect(library)
      options = { client: connected.client, keys, timeoutMs: 10_000 }
      close = () => connected.close()
    })
    afterAll(() => close())

    for (const { name, run: check } of tokenCacheContract(() => redisTokenCache(options))) {
      test(`token cache: ${name}`, check)
    }

    test('a lease is given back by its owner alone, and ends by Redis’s time', async () => {
      const leases = redisLeases(options)
      const release = await leases.lease(library, { ms: 60_000 })
      expect(await leases.lease(library, { ms: 60_000 })).toBeUndefined()
      await release?.()
      const next = await leases.lease(library, { ms: 60_000 })
      await release?.()
      expect(await leases.lease(library, { ms: 60_000 })).toBeUndefined()
      await next?.()
    })

    test('a registration is stored, replaced and removed', async () => {
      const store = redisRegistrations(options)
      const registration = {
        ...{ clientId: 'c', scope: 's', grantTypes: ['client_credentials'] },
        ...{ leafThumbprint: 't', at: 1 },
      }
      await store.set(library, registration, { signal })
      await store.set(library, { ...registration, clientId: 'd' }, { signal })
      expect(await store.get(library, { signal })).toEqual({ ...registration, clientId: 'd' })
      await store.delete(library, { signal })
      expect(await store.get(library, { signal })).toBeUndefined()
    })
  })

  describe('keys and clocks', () => {
    let client: RedisOptions['client']
    let connected: Connected
    beforeAll(async () => {
      connected = await connect('ioredis')
      client = connected.client
    })
    afterAll(() => connected.close())
    const cacheOf = (more: Partial<RedisOptions> = {}) =>
      redisTokenCache({ client, keys, timeoutMs: 10_000, ...more })

    test('an old key still reads while the new one writes', async () => {
      const newer = { id: 'b', secret: new Uint8Array(32).fill(9) }
      const token = tokenOf('old')
      await cacheOf().set('rotated', token, { signal })
      const rotating = cacheOf({ keys: [newer, ...keys] })
      expect(await rotating.get('rotated', { signal })).toEqual(token)
      const next = tokenOf('new')
      await rotating.set('rotated', next, { signal })
      expect(await cacheOf({ keys: [newer] }).get('rotated', { signal })).toEqual(next)
    })

    test('a registration outlives the key that it was written with, and two keys lease it to one process', async () => {
      const newer = { id: 'b', secret: new Uint8Array(32).fill(9) }
      const storeOf = (some: RedisOptions['keys']) =>
        redisRegistrations({ client, keys: some, timeoutMs: 10_000, prefix: 'rotation' })
      const registration = {
        ...{ clientId: 'c', scope: 's', grantTypes: ['client_credentials'] },
        ...{ leafThumbprint: 't', at: 1 },
      }
      await storeOf(keys).set('server', registration, { signal })
      const rotating = storeOf([newer, ...keys])
      expect(await rotating.get('server', { signal })).toEqual(registration)
      expect(await storeOf([newer]).get('server', { signal })).toEqual(registration)
      const release = await storeOf(keys).lease('server', { ms: 60_000, signal })
      expect(release).toBeDefined()
      expect(await rotating.lease('server', { ms: 60_000, signal })).toBeUndefined()
      await release?.()
      const next = await rotating.lease('server', { ms: 60_000, signal })
      expect(await storeOf(keys).lease('server', { ms: 60_000, signal })).toBeUndefined()
      await next?.()
    })

    test('another secret under the same id opens nothing', async () => {
      await cacheOf().set('other', tokenOf('t'), { signal })
      const other = cacheOf({ keys: [{ id: 'a', secret: new Uint8Array(32).fill(1) }] })
      expect(await other.get('other', { signal })).toBeUndefined()
    })

    test('a value that was moved to another name, or changed, is not given out', async () => {
      await cacheOf({ prefix: 'moved' }).set('one', tokenOf('1'), { signal })
      await cacheOf({ prefix: 'moved' }).set('two', tokenOf('2'), { signal })
      const places = (await redis.ask('KEYS', 'moved:token:*')).match(/moved:token:\S+/g) ?? []
      expect(places).toHaveLength(2)
      const [first = '', second = ''] = places
      await redis.ask('COPY', first, second, 'REPLACE')
      const cache = cacheOf({ prefix: 'moved' })
      const found = await Promise.allSettled(
        ['one', 'two'].map(async (name) => cache.get(name, { signal })),
      )
      const given = found.map((one) =>
        one.status === 'fulfilled' ? one.value?.accessToken : 'none',
      )
      expect([...given].sort()).toEqual([expect.stringMatching(/^[12]$/), 'none'])
    })

    test.each([-600_000, 600_000])(
      'a process whose clock is %i ms off shares tokens all the same',
      async (off) => {
        const now = (): number => Date.now() + off
        const token = tokenOf('shared')
        await cacheOf().set(`clock${off}`, token, { signal })
        const seen = await cacheOf({ now }).get(`clock${off}`, { signal })
        expect(seen?.accessToken).toBe('shared')
        expect(Math.abs((seen?.expiresAt ?? 0) - (token.expiresAt + off))).toBeLessThan(5_000)
        const theirs = { ...token, sentAt: token.sentAt + off, expiresAt: token.expiresAt + off }
        await cacheOf({ now }).set(`back${off}`, theirs, { signal })
        const back = await cacheOf().get(`back${off}`, { signal })
        expect(Math.abs((back?.expiresAt ?? 0) - token.expiresAt)).toBeLessThan(5_000)
      },
    )
  })

  test.each([
    ['shared-tokens', 'process 2 has read the patient; token requests so far: 1'],
    ['discover-queue', '200 outcomes; '],
  ])('examples/%s.ts runs on it', async (example, expected) => {
    const { code, output } = await run('env', [
      `REDIS_URL=redis://127.0.0.1:${redis.port}`,
      'node',
      `examples/dist/${example}.js`,
    ])
    expect([code, output]).toEqual([0, expect.stringContaining(expected)])
  })

  describe('between processes', () => {
    let responder: Awaited<ReturnType<typeof startResponder>>
    let key: JsonWebKey
    beforeAll(async () => {
      const how = { name: 'ECDSA', namedCurve: 'P-384' }
      const pair = await crypto.subtle.generateKey(how, true, ['sign', 'verify'])
      key = await crypto.subtle.exportKey('jwk', pair.privateKey)
    })
    beforeEach(async () => {
      await redis.ask('FLUSHALL')
      responder = await startResponder()
      onTestFinished(() => responder.close())
    })

    interface Told {
      readonly read: number
      readonly failed: readonly string[]
      readonly events: Readonly<Record<string, number>>
    }

    function start(
      callers: number,
      redisPort = redis.port,
    ): { child: ChildProcess; ready: Promise<void>; told: Promise<Told> } {
      const given = JSON.stringify({
        ...{ redisPort, key, base: responder.base, callers },
        secret: Buffer.from(secret).toString('base64'),
      })
      const child = fork(`${root}/test/interop/redis/process.mjs`, [given], {
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      })
      let output = ''
      child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
      const ready = new Promise<void>((resolve) => child.once('message', () => resolve()))
      const told = new Promise<Told>((resolve, reject) => {
        child.once('exit', (code) => {
          if (code === 0) resolve(JSON.parse(output) as Told)
          else reject(new Error(`the process ended with ${String(code)}`))
        })
      })
      told.catch(() => undefined)
      return { child, ready, told }
    }

    test('8 processes with 250 callers each make one token request, and Redis holds no secret', async () => {
      const processes = Array.from({ length: 8 }, () => start(250))
      await Promise.all(processes.map(({ ready }) => ready))
      for (const { child } of processes) child.send('go')
      const told = await Promise.all(processes.map((one) => one.told))
      expect(told.map(({ read, failed }) => [read, failed])).toEqual(Array(8).fill([250, []]))
      expect(responder.tokens).toBe(1)
      expect(responder.reads).toBe(2_000)
      const written = redis.written()
      expect(written).toContain('cq:token:')
      for (const mark of ['marked', 'system/', '127.0.0.1', '"accessToken"']) {
        for (const text of [mark, Buffer.from(mark).toString('base64url').replace(/.$/, '')]) {
          expect(written).not.toContain(text)
        }
      }
    }, 120_000)

    test('a process that is killed with the lease in hand holds nobody up for longer than the lease', async () => {
      responder.hold = true
      const dying = start(1)
      await dying.ready
      dying.child.send('go')
      await expect.poll(() => responder.tokens, { timeout: 30_000 }).toBe(1)
      const next = start(5)
      await next.ready
      const lease =
        /cq:token-lease:\S+/.exec(await redis.ask('KEYS', 'cq:token-lease:*'))?.[0] ?? ''
      dying.child.kill('SIGKILL')
      next.child.send('go')
      responder.hold = false
      // The lease's 20 s, without waiting for them.
      expect(await redis.ask('PTTL', lease)).toMatch(/^:1\d{4}|^:20000/)
      expect(responder.tokens).toBe(1)
      await redis.ask('PEXPIRE', lease, '1')
      const { read, failed } = await next.told
      expect([read, failed]).toEqual([5, []])
      expect(responder.tokens).toBe(2)
    }, 120_000)

    test.each([
      ['stays away', (own: RedisServer) => own.kill()],
      ['is full', (own: RedisServer) => own.ask('CONFIG', 'SET', 'maxmemory', '1')],
      ['is read-only', (own: RedisServer) => own.ask('REPLICAOF', '127.0.0.1', '1')],
    ])(
      'where Redis %s each process gets a token of its own, and nobody fails',
      async (_what, harm) => {
        const own = await startRedis()
        onTestFinished(() => own.close())
        const processes = [start(50, own.port), start(50, own.port)]
        await Promise.all(processes.map(({ ready }) => ready))
        await harm(own)
        for (const { child } of processes) child.send('go')
        const told = await Promise.all(processes.map((one) => one.told))
        expect(told.map(({ read, failed }) => [read, failed])).toEqual([
          [50, []],
          [50, []],
        ])
        expect(told.every(({ events }) => (events['token.cache-failed'] ?? 0) > 0)).toBe(true)
        expect(responder.tokens).toBe(2)
      },
      120_000,
    )

    test('a slow Redis costs no more than its time limit, and nobody fails', async () => {
      let delayMs = 0
      const slow = await slowWay(redis.port, () => delayMs)
      onTestFinished(() => slow.close())
      const one = start(50, slow.port)
      await one.ready
      delayMs = 30_000
      one.child.send('go')
      const { read, failed } = await one.told
      expect([read, failed]).toEqual([50, []])
      expect(responder.tokens).toBe(1)
    }, 120_000)
  })
})
