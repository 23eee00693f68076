/** `discoverOn` on a real Redis and BullMQ, with worker processes of their own. */
import { fork, type ChildProcess } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CarequalityClient } from '../../../src/index.ts'
import { discoverOn } from '../../../src/queue/index.ts'
import type { DiscoverOptions } from '../../../src/client/discover.ts'
import type { OutcomeData } from '../../../src/discover/outcome.ts'
import { jwkSigner } from '../../../src/signers/index.ts'
import { root } from '../../support/run.ts'
import type { Connected } from './clients.mjs'
import { startNetwork, type Network } from './network.ts'
import type { openQueue } from './queue.mjs'
import { lacking, startRedis, type RedisServer } from './server.ts'

const missing = lacking('BullMQ')

const secret = new Uint8Array(32).fill(5)
const keys = [{ id: 'a', secret }]
const patient = { name: [{ family: 'Marked', given: ['Mary'] }], birthDate: '1970-01-01' }
const queueName = 'discover'
/** CapabilityStatement, smart-configuration, token and `$match`. */
const REQUESTS_EACH = 4
/** Longer than any takes on a busy machine, while Redis starts anew included. */
const TARGET_MS = 60_000
const CLAIM_MS = TARGET_MS + 5_000
/** Lets the claims of one process end now, where they end within a time. */
const EXPIRE_CLAIMS = `
local expired = 0
for _, claim in ipairs(redis.call('KEYS', 'cq:run:*:claim:*')) do
  local leftMs = redis.call('PTTL', claim)
  local isTheirs = string.sub(redis.call('GET', claim), 1, 8) == ARGV[1]
  if isTheirs and leftMs > 0 and leftMs <= tonumber(ARGV[2]) then
    expired = expired + redis.call('PEXPIRE', claim, 1)
  end
end
return expired`

describe.skipIf(missing !== undefined)('A run on a queue', () => {
  let redis: RedisServer
  let network: Network
  let connected: Connected
  let queue: ReturnType<typeof openQueue>
  let client: CarequalityClient
  let key: JsonWebKey
  let workers: ChildProcess[]

  beforeEach(async () => {
    workers = []
    redis = await startRedis()
    const { ioredisClient } = await import('./clients.mjs')
    const modules = await import('./queue.mjs')
    connected = await ioredisClient(redis.port)
    queue = modules.openQueue(queueName, redis.port)
    const how = { name: 'ECDSA', namedCurve: 'P-384' }
    const pair = await crypto.subtle.generateKey(how, true, ['sign', 'verify'])
    key = await crypto.subtle.exportKey('jwk', pair.privateKey)
    const signer = await jwkSigner({ key })
    client = new CarequalityClient({
      clientId: 'marked-client-id',
      signer,
      allowInsecureLoopback: true,
    })
  }, 60_000)
  afterEach(async () => {
    for (const worker of workers) worker.kill('SIGKILL')
    await queue.close()
    connected.close()
    await client.close()
    network.close()
    await redis.close()
  }, 60_000)

  async function startWorkers(count: number): Promise<void> {
    const given = JSON.stringify({
      ...{ redisPort: redis.port, key, queueName },
      secret: Buffer.from(secret).toString('base64'),
    })
    const started = Array.from({ length: count }, () =>
      fork(`${root}/test/interop/redis/worker.mjs`, [given], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      }),
    )
    workers.push(...started)
    await Promise.all(
      started.map(
        (one) => new Promise<void>((resolve) => void one.once('message', () => resolve())),
      ),
    )
  }

  /** Kills a worker; what it had claimed is free at once instead of after a minute, if it would be by itself. */
  async function killWorker(worker: ChildProcess): Promise<void> {
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    worker.kill('SIGKILL')
    await ended
    const owner = String(worker.pid).padStart(8, '0')
    expect(await redis.ask('EVAL', EXPIRE_CLAIMS, '0', owner, String(CLAIM_MS))).toMatch(/^:\d/)
  }

  const run = (more: Pick<DiscoverOptions, 'signal'> = {}) =>
    discoverOn(queue, {
      ...{ client, patient, redis: { client: connected.client, keys } },
      targets: network.bases.map((baseUrl) => ({ baseUrl })),
      policy: { targetTimeoutMs: TARGET_MS },
      ...more,
    })

  /** Until nothing has arrived at the responders for two seconds. */
  async function quiet(): Promise<void> {
    let before = -1
    await expect
      .poll(
        () => {
          const isQuiet = before === network.requests.count
          before = network.requests.count
          return isQuiet
        },
        { interval: 2_000, timeout: 60_000 },
      )
      .toBe(true)
  }

  /** What a run without faults sends to each target, and at most 5 in 100 more. */
  function expectFewMore(targets: number): void {
    const matches = [...network.matches.values()].reduce((sum, one) => sum + one, 0)
    const { count } = network.requests
    expect(matches).toBeLessThanOrEqual(1.05 * targets)
    expect(network.tokens.count).toBeLessThanOrEqual(1.05 * targets)
    expect(count).toBeLessThanOrEqual(1.05 * REQUESTS_EACH * targets)
  }

  test('gives every target its outcome once, and leaves nothing readable in Redis', async () => {
    network = await startNetwork(10, 5, 5)
    await startWorkers(2)
    const started = run()
    const outcomes: OutcomeData[] = []
    for await (const outcome of started) outcomes.push(outcome)
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(50).fill('matched'))
    expect(new Set(outcomes.map(({ target }) => target.id)).size).toBe(50)
    expect(await started.summary).toMatchObject({ complete: true, targets: 50 })
    expect([...network.matches.values()]).toEqual(Array(50).fill(1))
    expect(network.requests.count).toBe(50 * REQUESTS_EACH)
    expect(network.most.atOnce).toBeLessThanOrEqual(4)
    const written = redis.written()
    expect(written).toContain('cq:run:')
    for (const mark of ['arked', '1970-01-01', '127.0.0.1:', 'Patient', 'birthDate']) {
      expect(written).not.toContain(mark)
    }
  }, 120_000)

  test('has all outcomes, none twice, though two of eight workers are killed and Redis starts anew', async () => {
    network = await startNetwork(100, 10, 20)
    await startWorkers(8)
    const started = run()
    const ids: string[] = []
    const kinds: Record<string, number> = {}
    for await (const { target, kind } of started) {
      ids.push(target.id)
      kinds[kind] = (kinds[kind] ?? 0) + 1
      if (ids.length === 100) await Promise.all(workers.slice(0, 2).map(killWorker))
      if (ids.length === 300) {
        await redis.kill()
        await redis.start()
      }
    }
    expect(kinds).toEqual({ matched: 1_000 })
    expect(new Set(ids).size).toBe(1_000)
    expect(network.matches.size).toBe(1_000)
    expectFewMore(1_000)
    expect(network.most.atOnce).toBeLessThanOrEqual(4)
  }, 300_000)

  test.each([
    ['is gone', (own: RedisServer) => own.kill(), (own: RedisServer) => own.start()],
    ['hangs', (own: RedisServer) => own.pause(), (own: RedisServer) => own.resume()],
  ])(
    'goes on where Redis %s for a while: all outcomes, none twice, nothing asked again',
    async (_what, harm, heal) => {
      network = await startNetwork(40, 10, 20)
      await startWorkers(2)
      const started = run()
      const ids: string[] = []
      const kinds: Record<string, number> = {}
      let healed: Promise<void> | undefined
      for await (const { target, kind } of started) {
        ids.push(target.id)
        kinds[kind] = (kinds[kind] ?? 0) + 1
        if (ids.length < 100 || healed !== undefined) continue
        await harm(redis)
        // Away until the workers have run out of what they may do without it.
        healed = quiet().then(() => heal(redis))
        healed.catch(() => undefined)
      }
      await healed
      expect(kinds).toEqual({ matched: 400 })
      expect(new Set(ids).size).toBe(400)
      expect((await started.summary).complete).toBe(true)
      expectFewMore(400)
    },
    300_000,
  )

  test('that is cancelled stops its workers, and every target has its outcome', async () => {
    // Slow enough that most are still to be asked when it is cancelled.
    network = await startNetwork(20, 10, 1_000)
    await startWorkers(1)
    const aborter = new AbortController()
    const started = run({ signal: aborter.signal })
    const kinds: Record<string, number> = {}
    for await (const { kind } of started) {
      kinds[kind] = (kinds[kind] ?? 0) + 1
      if (kinds.matched === 20) aborter.abort()
    }
    expect((kinds.matched ?? 0) + (kinds.cancelled ?? 0)).toBe(200)
    expect(kinds.cancelled).toBeGreaterThan(0)
    // The worker looks every half second; then nothing more arrives.
    await quiet()
    expect([...network.matches.values()].length).toBeLessThan(200)
  }, 120_000)

  test('without Redis ends with what it has, and says so', async () => {
    network = await startNetwork(5, 4, 5)
    await startWorkers(1)
    await redis.kill()
    const started = run()
    const reasons = new Set<unknown>()
    for await (const outcome of started)
      reasons.add('reason' in outcome ? outcome.reason : outcome.kind)
    expect([...reasons]).toEqual(['store-lost'])
    expect(await started.summary).toMatchObject({ complete: false, targets: 20 })
    // BullMQ's queue does not close without it.
    await redis.start()
  }, 120_000)
})
