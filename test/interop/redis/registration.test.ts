/** One UDAP registration for all processes that share a Redis, at the sandbox's strict server on a port. */
import { fork, type ChildProcess } from 'node:child_process'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { createSandbox, type Sandbox, type SandboxUdap } from '../../../src/testing/index.ts'
import { root } from '../../support/run.ts'
import { lacking, startRedis, type RedisServer } from './server.ts'

const missing = lacking('Registrations in Redis')

interface Told {
  readonly clientId?: string
  readonly code?: string
}

describe.skipIf(missing !== undefined)('processes that share registrations in Redis', () => {
  let redis: RedisServer
  let sandbox: Sandbox & { readonly udap: SandboxUdap }
  let given: string

  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.close())
  beforeEach(async () => {
    await redis.ask('FLUSHALL')
    sandbox = await createSandbox({ udap: true })
    const listening = await sandbox.listen()
    onTestFinished(() => listening.close())
    const { clientUri, community, pem } = await sandbox.udap.identity('ssraa')
    given = JSON.stringify({
      redisPort: redis.port,
      secret: Buffer.alloc(32, 7).toString('base64'),
      base: listening.udapBaseUrls?.ssraa,
      community: sandbox.udap.communities.find((one) => one.community === community),
      identity: { clientUri, pem },
    })
  })

  async function start(): Promise<{ child: ChildProcess; told: Promise<Told> }> {
    const child = fork(`${root}/test/interop/redis/registrant.mjs`, [given], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const told = new Promise<Told>((resolve, reject) => {
      child.once('exit', (code) => {
        if (code === 0) resolve(JSON.parse(output) as Told)
        else reject(new Error(`the process ended with ${String(code)}`))
      })
    })
    told.catch(() => undefined)
    await Promise.race([new Promise((resolve) => child.once('message', resolve)), told])
    return { child, told }
  }

  const registrations = (): number =>
    sandbox.requests.filter(({ url }) => url.endsWith('/udap/register')).length

  test('8 of them register at once: the server sees one registration, and Redis holds no client id', async () => {
    const processes = await Promise.all(Array.from({ length: 8 }, start))
    for (const { child } of processes) child.send('go')
    const told = await Promise.all(processes.map((one) => one.told))
    const [{ clientId = '' } = {}] = told
    expect(clientId).toMatch(/^sandbox-client-/)
    expect(told).toEqual(Array(8).fill({ clientId }))
    expect(registrations()).toBe(1)
    const written = redis.written()
    expect(written).toContain('cq:registration:')
    for (const mark of ['sandbox-client-', 'example-hospital', 'system/', 'client_credentials'])
      expect(written).not.toContain(mark)
  })

  test('one that is killed while it registers holds the next one up for no longer than its lease', async () => {
    sandbox.respondOnce(
      ({ url }) => url.endsWith('/udap/register'),
      () => new Promise(() => undefined),
    )
    const dying = await start()
    dying.child.send('go')
    await expect.poll(registrations, { timeout: 60_000 }).toBe(1)
    const next = await start()
    next.child.send('go')
    const held = await redis.ask('KEYS', 'cq:registration-lease:*')
    const lease = /cq:registration-lease:\S+/.exec(held)?.[0] ?? ''
    dying.child.kill('SIGKILL')
    // The lease's 60 s, without waiting for them.
    expect(await redis.ask('PTTL', lease)).toMatch(/^:\d{5}\r/)
    expect(registrations()).toBe(1)
    await redis.ask('PEXPIRE', lease, '1')
    expect(await next.told).toEqual({ clientId: expect.stringMatching(/^sandbox-/) as string })
    expect(registrations()).toBe(2)
  })

  test('where Redis goes away nothing is registered, and once it is back one registration is', async () => {
    const [early, late] = [await start(), await start()]
    await redis.kill()
    early.child.send('go')
    expect(await early.told).toEqual({ code: 'ERR_CQ_REGISTRATION_STORE_FAILED' })
    expect(registrations()).toBe(0)
    await redis.start()
    late.child.send('go')
    const { clientId } = await late.told
    expect(clientId).toMatch(/^sandbox-client-/)
    expect(registrations()).toBe(1)
  })
})
