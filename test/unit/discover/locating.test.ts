/** From targets as they are named to responders that are asked: none waits for another. */
import { beforeAll, describe, expect, test } from 'vitest'
import { CarequalityClient, type CarequalityClientOptions } from '../../../src/index.ts'
import type { DirectoryEntry } from '../../../src/directory/index.ts'
import type { Sandbox, SandboxResponder } from '../../../src/testing/index.ts'
import { allOf, discoverWorld, kindOf, peters, warmUp } from '../../support/discover-world.ts'
import { virtualTime } from '../../support/virtual-time.ts'

beforeAll(warmUp)

const never = (): Promise<never> => new Promise(() => undefined)
const HANGS = '2.999.1'
const answered = ['matched', 'candidates', 'no-match']

type Hooks = Partial<Pick<CarequalityClientOptions, 'context' | 'directory' | 'fetch'>>

/** Healthy responders by base URL, and a client with hooks of its own. */
async function asking(responders: number, hooks: Hooks) {
  const { client, sandbox } = await discoverWorld({ responders }, hooks)
  const bases = sandbox.responders.map(({ baseUrl }) => ({ baseUrl }))
  return { client, sandbox, bases }
}

function firstOf({ responders: [first] }: Sandbox): SandboxResponder {
  if (first === undefined) throw new Error('no responders')
  return first
}

test.each([1, 40])(
  'a directory that does not answer for %i targets costs the others no answer and no time',
  async (many) => {
    const during = virtualTime()
    const { client, bases } = await asking(20, { directory: { read: never } })
    const slow = Array.from({ length: many }, (_, at) => `${HANGS}.${at}`)
    const policy = { targetTimeoutMs: 2_000 }
    const run = client.discover({ patient: peters, targets: [...slow, ...bases], policy })
    const at = new Map<number, number>()
    const collect = async (): Promise<string[]> => {
      const kinds: string[] = []
      for await (const outcome of run) {
        kinds[outcome.target.position] = kindOf(outcome)
        at.set(outcome.target.position, performance.now())
      }
      return kinds
    }
    const began = performance.now()
    const kinds = await during(collect())
    for (const kind of kinds.slice(many)) expect(answered).toContain(kind)
    for (const kind of kinds.slice(0, many)) expect(kind).toBe('skipped directory')
    const base = Math.max(...[...at].filter(([one]) => one >= many).map(([, ms]) => ms))
    expect(base - began).toBeLessThan(1_000)
    // Sixteen at a time, each in its own time.
    expect(performance.now() - began).toBeLessThan(Math.ceil(many / 16) * 2_000 + 500)
  },
)

test('a context that does not come costs the others no answer', async () => {
  const during = virtualTime()
  const { client, bases } = await asking(20, {
    context: ({ baseUrl }) => (baseUrl.includes('h0004') ? never() : {}),
  })
  const policy = { targetTimeoutMs: 1_000 }
  const outcomes = await during(allOf(client.discover({ patient: peters, targets: bases, policy })))
  const odd = outcomes.filter((one) => !answered.includes(one.kind))
  expect(odd.map(kindOf)).toEqual(['skipped policy'])
  expect(odd[0]?.target.baseUrl).toContain('h0004')
  expect(odd[0]).toMatchObject({ error: { code: 'ERR_CQ_TIMEOUT' }, attempts: 0 })
})

test('contexts that take a while are asked for beside each other', async () => {
  const during = virtualTime()
  let first: number | undefined
  const { client, bases } = await asking(100, {
    context: async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      return {}
    },
  })
  const run = client.discover({ patient: peters, targets: bases })
  const began = performance.now()
  const ask = async (): Promise<void> => {
    for await (const { kind } of run) {
      first ??= performance.now() - began
      expect(answered).toContain(kind)
    }
  }
  await during(ask())
  expect(first).toBeLessThan(100)
  expect(performance.now() - began).toBeLessThan(1_000)
})

test('a run that ends while targets are located gives each of them its outcome at once', async () => {
  const during = virtualTime()
  const { client, bases } = await asking(5, { directory: { read: never } })
  const targets = [...bases, ...Array.from({ length: 40 }, (_, at) => `${HANGS}.${at}`)]
  const run = client.discover({ patient: peters, targets, deadlineMs: 1_000 })
  const began = performance.now()
  const outcomes = await during(allOf(run))
  expect(performance.now() - began).toBeLessThanOrEqual(1_250)
  expect(outcomes).toHaveLength(45)
  const late = outcomes.filter(({ target }) => target.position >= 5)
  for (const one of late) expect(one).toMatchObject({ kind: 'cancelled', reason: 'deadline' })
  const others = outcomes.filter(({ target }) => target.position < 5)
  for (const { kind } of others) expect(answered).toContain(kind)
})

test('a budget goes to the first targets, however slowly they are located', async () => {
  const during = virtualTime()
  const { client, sandbox, bases } = await asking(4, {
    context: async ({ baseUrl }) => {
      if (baseUrl.includes('h0001')) await new Promise((resolve) => setTimeout(resolve, 500))
      return {}
    },
  })
  const policy = { maxResponders: 2 }
  const outcomes = await during(allOf(client.discover({ patient: peters, targets: bases, policy })))
  const left = outcomes.filter((one) => kindOf(one) === 'skipped budget')
  expect(left.map(({ target }) => target.position).sort()).toEqual([2, 3])
  const hosts = new Set(sandbox.requests.map(({ url }) => new URL(url).hostname))
  expect([...hosts].sort()).toEqual(['fhir.h0001.example', 'fhir.h0002.example'])
})

test('a duplicate that is located late names the one that was asked, whose outcome stays as it was given', async () => {
  const entries: DirectoryEntry[] = []
  const { client, sandbox } = await discoverWorld(
    { responders: 1 },
    {
      directory: {
        read: async () => {
          await new Promise((resolve) => setTimeout(resolve, 3_000))
          return entries[0] ?? never()
        },
      },
    },
  )
  const { oid, baseUrl } = firstOf(sandbox)
  entries.push(await new CarequalityClient(sandbox.options).directory.read(oid))
  const during = virtualTime()
  const run = client.discover({ patient: peters, targets: [oid, baseUrl] })
  const [first, second] = await during(allOf(run))
  expect(first?.target.position).toBe(1)
  expect(answered).toContain(first?.kind)
  expect(first?.aliases).toEqual([])
  expect(second).toMatchObject({ kind: 'skipped', duplicateOf: baseUrl })
})

describe('what the directory does is told of the directory, and not of responders that were never asked', () => {
  const empty = (status: number, headers = {}): Response => new Response('', { status, headers })
  test.each([
    ['a page of HTML', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['a fault', () => empty(500)],
    ['a plea for fewer requests', () => empty(429, { 'retry-after': '100' })],
    ['a key that is rejected', () => empty(401)],
  ])('%s', async (_what, answer) => {
    const during = virtualTime()
    const { client, sandbox } = await discoverWorld(
      { responders: 1 },
      {
        fetch: (request) =>
          request.url.includes('/Organization')
            ? Promise.resolve(answer())
            : sandbox.fetch(request),
      },
    )
    const targets = sandbox.responders.map(({ oid }) => oid)
    const [one] = await during(allOf(client.discover({ patient: peters, targets })))
    expect(one).toMatchObject({ kind: 'skipped', reason: 'directory', attempts: 0 })
    expect(one).toMatchObject({ error: { code: expect.stringMatching(/^ERR_CQ_/) as string } })
  })

  test('a reader of your own that throws', async () => {
    const read = () => Promise.reject(new Error('no such Peters'))
    const { client } = await asking(1, { directory: { read } })
    const [one] = await allOf(client.discover({ patient: peters, targets: [HANGS] }))
    expect(one).toMatchObject({ kind: 'skipped', reason: 'directory' })
    expect(JSON.stringify(one)).not.toContain('Peters')
  })
})

describe('"policy.allow"', () => {
  test.each([
    ['a promise of false', () => Promise.resolve(false)],
    ['a promise that rejects', () => Promise.reject(new Error('no'))],
    ['a promise of true', () => Promise.resolve(true)],
    ['undefined', () => undefined],
    ['a text', () => 'no'],
  ])('that returns %s permits nothing and says so', async (_what, allow) => {
    const { client, sandbox, bases } = await asking(3, {})
    const policy = { allow: allow as never }
    const options = { patient: peters, targets: bases, policy }
    const outcomes = await allOf(client.discover(options))
    expect(outcomes.map(kindOf)).toEqual(Array(3).fill('skipped policy'))
    for (const one of outcomes) {
      expect(one).toMatchObject({
        error: { message: expect.stringContaining('policy.allow') as string },
      })
    }
    expect((await client.plan(options)).targets).toEqual([])
    expect(sandbox.requests).toEqual([])
  })

  test('that throws permits nothing', async () => {
    const { client, sandbox, bases } = await asking(3, {})
    const allow = () => {
      throw new Error('Peters')
    }
    const outcomes = await allOf(
      client.discover({ patient: peters, targets: bases, policy: { allow } }),
    )
    expect(outcomes.map(kindOf)).toEqual(Array(3).fill('skipped policy'))
    expect(JSON.stringify(outcomes)).not.toContain('Peters')
    expect(sandbox.requests).toEqual([])
  })
})

describe('where a purpose of use is required', () => {
  test('a run without one is a TypeError before any request', async () => {
    const { client, sandbox } = await discoverWorld({ responders: 2 }, { requirePurpose: true })
    const options = { patient: peters, targets: sandbox.responders }
    expect(() => client.discover(options)).toThrow(TypeError)
    expect(() => client.discover(options)).toThrow('"purposeOfUse" is needed')
    await expect(client.plan(options)).rejects.toThrow('"purposeOfUse" is needed')
    expect(sandbox.requests).toEqual([])
    const context = { purposeOfUse: 'T-TREAT' }
    expect((await client.discover({ ...options, context }).summary).complete).toBe(true)
  })

  test('and each responder has its own, one without is not asked, and its outcome says why', async () => {
    const { client, sandbox } = await discoverWorld(
      { responders: 2 },
      {
        requirePurpose: true,
        context: ({ baseUrl }) => (baseUrl.includes('h0001') ? { purposeOfUse: 'T-TREAT' } : {}),
      },
    )
    const targets = sandbox.responders.map(({ baseUrl }) => baseUrl)
    const outcomes = await allOf(client.discover({ patient: peters, targets }))
    const odd = outcomes.find(({ target }) => target.position === 1)
    expect(odd).toMatchObject({ kind: 'skipped', reason: 'policy', attempts: 0 })
    expect(odd).toMatchObject({
      error: { message: expect.stringContaining('purposeOfUse') as string },
    })
    const hosts = new Set(sandbox.requests.map(({ url }) => new URL(url).hostname))
    expect(hosts.has('fhir.h0002.example')).toBe(false)
    const plan = await client.plan({ patient: peters, targets })
    expect(plan.skipped).toMatchObject([{ reason: 'policy', target: { position: 1 } }])
  })
})

test('targets of one base that name different token endpoints are different questions', async () => {
  const { client, sandbox } = await discoverWorld({ responders: 1 })
  const { baseUrl } = firstOf(sandbox)
  const targets = [
    { baseUrl },
    { baseUrl, tokenEndpoint: `${baseUrl}/other/token` },
    { baseUrl, tokenEndpoint: `${baseUrl}/other/token` },
  ]
  const outcomes = await allOf(client.discover({ patient: peters, targets }))
  const kinds = new Map(outcomes.map((one) => [one.target.position, kindOf(one)]))
  expect(answered).toContain(kinds.get(0))
  expect(kinds.get(1)).toBe('unauthorized')
  expect(kinds.get(2)).toBe('skipped duplicate')
  expect(sandbox.requests.some(({ url }) => url.endsWith('/other/token'))).toBe(true)
})
