/** What the two sides of a queue owe each other, on a real Redis with a queue in this process. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { balpAudit, type AuditEvent } from '../../../src/audit/index.ts'
import { CarequalityClient, type CarequalityClientOptions } from '../../../src/index.ts'
import type { DiscoverPolicy } from '../../../src/discover/policy.ts'
import {
  discoverOn,
  startDiscoverWorker,
  type JobLike,
  type QueueLike,
  type WorkerLike,
} from '../../../src/queue/index.ts'
import { cryptoKeySigner } from '../../../src/signers/index.ts'
import type { Connected } from './clients.mjs'
import { startNetwork, type Network } from './network.ts'
import { lacking, startRedis, type RedisServer } from './server.ts'

const missing = lacking('Jobs of a run')

const keys = [{ id: 'a', secret: new Uint8Array(32).fill(5) }]
const patient = { name: [{ family: 'Marked', given: ['Mary'] }], birthDate: '1970-01-01' }

type Processor = (job: JobLike) => Promise<void>

describe.skipIf(missing !== undefined)('A run and its workers', () => {
  let redis: RedisServer
  let network: Network
  let connected: Connected
  let clients: CarequalityClient[]

  beforeEach(async () => {
    clients = []
    redis = await startRedis()
    const { ioredisClient } = await import('./clients.mjs')
    connected = await ioredisClient(redis.port)
    network = await startNetwork(2, 3, 1)
  }, 60_000)
  afterEach(async () => {
    connected.close()
    for (const client of clients) await client.close()
    network.close()
    await redis.close()
  }, 60_000)

  async function newClient(
    more: Partial<CarequalityClientOptions> = {},
  ): Promise<CarequalityClient> {
    const how = { name: 'ECDSA', namedCurve: 'P-384' }
    const { privateKey, publicKey } = await crypto.subtle.generateKey(how, false, [
      'sign',
      'verify',
    ])
    const signer = await cryptoKeySigner({ key: privateKey, publicKey })
    const client = new CarequalityClient({
      ...{ clientId: 'marked-client-id', signer },
      allowInsecureLoopback: true,
      ...more,
    })
    clients.push(client)
    return client
  }

  /** What a worker does with a job; BullMQ itself is elsewhere. */
  function processorOf(client: CarequalityClient): Processor {
    let processor: Processor | undefined
    class Worker implements WorkerLike {
      constructor(_name: string, given: Processor) {
        processor = given
      }
      close(): Promise<void> {
        return Promise.resolve()
      }
      on(): this {
        return this
      }
    }
    startDiscoverWorker({
      ...{ Worker, connection: undefined, queueName: 'discover', client },
      redis: { client: connected.client, keys },
    })
    if (processor === undefined) throw new Error('no worker was made')
    return processor
  }

  const run = (
    client: CarequalityClient,
    addBulk: (jobs: readonly JobLike[]) => Promise<unknown>,
    more: { signal?: AbortSignal; policy?: DiscoverPolicy } = {},
  ) => {
    const queue: QueueLike = {
      name: 'discover',
      addBulk: (jobs) => addBulk(jobs.map(({ data, opts }) => ({ id: opts.jobId, data }))),
    }
    return discoverOn(queue, {
      ...{ client, patient, redis: { client: connected.client, keys } },
      targets: network.bases.map((baseUrl) => ({ baseUrl })),
      ...more,
    })
  }

  test('jobs that reach the queue after their run was cancelled ask nobody', async () => {
    const client = await newClient()
    const aborter = new AbortController()
    let jobs: readonly JobLike[] = []
    let arrive: () => void = () => undefined
    const arrived = new Promise<void>((resolve) => (arrive = resolve))
    const { summary } = run(
      client,
      (given) => {
        jobs = given
        aborter.abort()
        return arrived
      },
      { signal: aborter.signal },
    )
    expect((await summary).counts).toMatchObject({ cancelled: 6 })
    arrive()
    const work = processorOf(await newClient())
    for (const job of jobs) await work(job)
    expect(jobs.length).toBeGreaterThan(0)
    expect(network.requests.count).toBe(0)
  }, 60_000)

  test('jobs of a run whose process has died ask nobody once its word has run out', async () => {
    const client = await newClient()
    let jobs: readonly JobLike[] = []
    let added: () => void = () => undefined
    const handedOver = new Promise<void>((resolve) => (added = resolve))
    const aborter = new AbortController()
    const { summary } = run(
      client,
      (given) => {
        jobs = given
        added()
        return Promise.resolve()
      },
      { signal: aborter.signal },
    )
    const ended = summary.catch(() => undefined)
    await handedOver
    const open = (await redis.ask('KEYS', 'cq:run:*:open'))
      .split('\r\n')
      .find((one) => one.startsWith('cq:run'))
    expect(Number(/:(\d+)/.exec(await redis.ask('PTTL', open ?? ''))?.[1])).toBeLessThanOrEqual(
      30_000,
    )
    // What its end after 30 s without a word comes to.
    await redis.ask('DEL', open ?? '')
    const work = processorOf(await newClient())
    for (const job of jobs) await work(job)
    expect(network.requests.count).toBe(0)
    aborter.abort()
    await ended
  }, 60_000)

  test('audit events of the workers name the run', async () => {
    const written: AuditEvent[] = []
    const sink = { write: (event: AuditEvent) => Promise.resolve(void written.push(event)) }
    const source = { name: 'Record gateway', address: 'gateway.example.org' }
    const events: { type: string; run?: string }[] = []
    const client = await newClient({
      onEvent: (event) => void events.push(event),
      purposeOfUse: 'TREAT',
    })
    const work = processorOf(await newClient({ audit: balpAudit({ sink, source }) }))
    const { summary } = run(client, async (jobs) => {
      for (const job of jobs) await work(job)
    })
    expect((await summary).counts).toMatchObject({ matched: 6 })
    const started = events.find(({ type }) => type === 'discover.started')
    const runs = written.map(
      ({ entity = [] }) => entity.find(({ name }) => name === 'run')?.what?.identifier?.value,
    )
    expect(written.length).toBeGreaterThanOrEqual(12)
    expect(new Set(runs)).toEqual(new Set([started?.run]))
  }, 60_000)

  test('a worker whose client is closed leaves its targets to the next one', async () => {
    const client = await newClient()
    const first = await newClient()
    const [stopped, next] = [processorOf(first), processorOf(await newClient())]
    await first.close()
    let failed = 0
    const { summary } = run(client, async (jobs) => {
      for (const job of jobs) await stopped(job).catch(() => (failed += 1))
      for (const job of jobs) await next(job)
    })
    expect((await summary).counts).toMatchObject({ matched: 6 })
    expect(failed).toBeGreaterThan(0)
  }, 60_000)

  test('targets have a time that need not be whole milliseconds', async () => {
    const client = await newClient()
    const work = processorOf(await newClient())
    const policy = { targetTimeoutMs: 1e4 + 0.5 }
    const { summary } = run(
      client,
      async (jobs) => {
        for (const job of jobs) await work(job)
      },
      { policy },
    )
    expect((await summary).counts).toMatchObject({ matched: 6 })
  }, 60_000)

  test('how many are asked at once is the workers’ own: policy.concurrency is a TypeError', async () => {
    const client = await newClient()
    expect(() => run(client, () => Promise.resolve(), { policy: { concurrency: 9 } })).toThrow(
      /policy\.concurrency/,
    )
  })
})
