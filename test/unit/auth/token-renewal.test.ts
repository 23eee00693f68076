import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { AssertionSigner } from '../../../src/auth/assertion-signer.ts'
import { TokenProvider } from '../../../src/auth/token-provider.ts'
import { HttpClient } from '../../../src/http/client.ts'
import { failureOf, silence } from '../../support/answering-fetch.ts'
import { holdTime, turn, turns, until } from '../../support/time.ts'
import {
  answered,
  asking,
  customSigner,
  granted,
  keyPair,
  ownSigner,
  provider,
  tokenWire,
} from '../../support/token-endpoint.ts'

/** Tokens t1, t2, … of 300 s; `held` requests are answered only when `go` is called. */
async function renewing(held: (number: number) => boolean = () => false) {
  let go: () => void = () => undefined
  const gate = new Promise<void>((resolve) => (go = resolve))
  const line = tokenWire(async (_, number) => {
    if (held(number)) await gate
    return granted({ access_token: `t${number}` })
  })
  const tokens = await provider(line.options)
  const get = async () => (await tokens.getToken(asking())).accessToken
  return { line, tokens, get, go: () => go() }
}

const BACKGROUND_MS = 300_000 - 45_000 // without jitter's half: the wire's fraction is 0
const BLOCKING_MS = 300_000 - 6_000

describe('in the background window', () => {
  test('nobody waits: the old token serves all, and one request is made', async () => {
    const { line, get, go } = await renewing((number) => number === 2)
    const begun = line.now
    await get()
    line.now = begun + BACKGROUND_MS - 1
    expect(await get()).toBe('t1')
    await turns()
    expect(line.requests).toHaveLength(1)
    line.now = begun + BACKGROUND_MS
    const all = await Promise.all(Array.from({ length: 1000 }, get))
    expect(new Set(all)).toEqual(new Set(['t1']))
    line.now += 20_000
    expect(await get()).toBe('t1')
    await until(() => line.requests.length === 2)
    go()
    await until(() => line.events.filter(({ type }) => type === 'token.issued').length === 2)
    expect(await get()).toBe('t2')
    expect(line.requests).toHaveLength(2)
  })

  test('a renewal that fails keeps the old token, says so, and is not repeated at once', async () => {
    const line = tokenWire((_, number) => (number === 1 ? granted() : answered('{}', 400)))
    const tokens = await provider(line.options)
    const begun = line.now
    await tokens.getToken(asking())
    const failed = () => line.events.filter(({ type }) => type === 'token.renewal-failed')
    for (let at = BACKGROUND_MS; at < BLOCKING_MS; at += 100) {
      line.now = begun + at
      expect((await tokens.getToken(asking())).accessToken).toBe('token')
      // One try in three seconds, each over before the next.
      const tries = Math.floor((at - BACKGROUND_MS) / 3_000) + 1
      await until(() => failed().length >= tries)
    }
    await turns()
    const failures = failed()
    expect(failures).toHaveLength(13) // 39 seconds, one try in three
    expect(line.requests).toHaveLength(14)
    line.now = begun + BLOCKING_MS
    await expect(tokens.getToken(asking())).rejects.toMatchObject({ code: 'ERR_CQ_TOKEN_REJECTED' })
  })

  test('a slow renewal that fails is told once, however often the token was used meanwhile', async () => {
    let fail: (answer: Response) => void = () => undefined
    const slow = new Promise<Response>((resolve) => (fail = resolve))
    const line = tokenWire((_, number) => (number === 1 ? granted() : slow))
    const tokens = await provider(line.options)
    await tokens.getToken(asking())
    line.now += BACKGROUND_MS
    for (let count = 0; count < 5; count += 1) {
      await tokens.getToken(asking())
      line.now += 5_000
    }
    await until(() => line.requests.length === 2)
    fail(answered('{}', 400))
    await until(() => line.events.some(({ type }) => type === 'token.renewal-failed'))
    await turns()
    const failures = line.events.filter(({ type }) => type === 'token.renewal-failed')
    expect([failures.length, line.requests.length]).toEqual([1, 2])
  })

  test('a renewal that gives a token without life keeps the old one until it ends', async () => {
    const line = tokenWire((_, number) =>
      granted({ access_token: `t${number}`, expires_in: number === 2 ? 0 : 300 }),
    )
    const tokens = await provider(line.options)
    await tokens.getToken(asking())
    line.now += BACKGROUND_MS
    await tokens.getToken(asking())
    await until(() => line.events.filter(({ type }) => type === 'token.issued').length === 2)
    expect((await tokens.getToken(asking())).accessToken).toBe('t1')
    expect(line.requests).toHaveLength(2)
  })

  test('a renewal that hangs ends in the time of a call, and says so', async () => {
    const line = tokenWire((request, number) => (number === 2 ? silence(request) : granted()))
    const time = holdTime()
    const tokens = await provider({ ...line.options, timeoutMs: 200 })
    await tokens.getToken(asking())
    line.now += BACKGROUND_MS
    await tokens.getToken(asking())
    await until(() => line.requests.length === 2)
    await time.pass(199)
    await turns()
    expect(line.requests[1]?.signal.aborted).toBe(false)
    await time.pass(3)
    await until(() => line.events.at(-1)?.type === 'token.renewal-failed')
    expect(line.requests[1]?.signal.aborted).toBe(true)
    expect(line.events.at(-1)?.type).toBe('token.renewal-failed')
  })

  test('the abort of the caller who set it off does not end the renewal', async () => {
    const { line, tokens, get, go } = await renewing((number) => number === 2)
    await get()
    line.now += BACKGROUND_MS
    const controller = new AbortController()
    await tokens.getToken(asking(), { signal: controller.signal })
    await until(() => line.requests.length === 2)
    controller.abort()
    go()
    await until(() => line.events.filter(({ type }) => type === 'token.issued').length === 2)
    expect(await get()).toBe('t2')
  })

  test('a token that is refused meanwhile sends its caller to the renewal under way', async () => {
    const { line, tokens, get, go } = await renewing((number) => number === 2)
    const first = await tokens.getToken(asking())
    line.now += BACKGROUND_MS
    await get()
    await until(() => line.requests.length === 2)
    expect(tokens.invalidate(first)).toBe(true)
    const next = get()
    go()
    expect(await next).toBe('t2')
    expect(line.requests).toHaveLength(2)
  })
})

describe('in the blocking window', () => {
  test.each([BLOCKING_MS, 300_000, 10_000_000])(
    'after %d ms 1,000 callers wait for one request',
    async (passed) => {
      const { line, get } = await renewing()
      await get()
      line.now += passed
      const all = await Promise.all(Array.from({ length: 1000 }, get))
      expect(new Set(all)).toEqual(new Set(['t2']))
      expect(line.requests).toHaveLength(2)
    },
  )

  test('they join the background renewal that is under way', async () => {
    const { line, get, go } = await renewing((number) => number === 2)
    await get()
    line.now += BACKGROUND_MS
    await get()
    await until(() => line.requests.length === 2)
    line.now += 60_000
    const all = Promise.all(Array.from({ length: 100 }, get))
    await turns()
    go()
    expect(new Set(await all)).toEqual(new Set(['t2']))
    expect(line.requests).toHaveLength(2)
  })
})

/** Over twenty lives, asked a hundred times in each. */
test.each([
  [1, 20], // used until the end
  [2, 20],
  [3, 30], // a second before the end comes before a fifth of the life
  [30, 24],
  [60, 24],
  [300, 24],
  [570, 22],
  [3600, 21],
])('steady use of tokens that live %d s costs %d requests', async (seconds, expected) => {
  const line = tokenWire((_, number) =>
    granted({ access_token: `t${number}`, expires_in: seconds }),
  )
  const signer = customSigner(keyPair('P-256'), 'ES256')
  const tokens = await provider(line.options, { signer })
  const authorize = tokens.authorizer(asking())
  const { signal } = new AbortController()
  let ended = 0
  for (let step = 0; step < 2000; step += 1) {
    const token = await authorize({ url: '', signal })
    if (typeof token !== 'object' || token.expiresAt <= line.now) ended += 1
    await turn()
    await until(() => line.events.length === signer.calls)
    line.now += seconds * 10
  }
  expect(ended).toBe(0)
  expect(line.requests).toHaveLength(expected)
})

describe('T3: abort', () => {
  test('of one of 50 callers concerns that one alone', async () => {
    const { line, tokens, get, go } = await renewing((number) => number === 1)
    const controllers = Array.from({ length: 50 }, () => new AbortController())
    const calls = controllers.map(({ signal }) => tokens.getToken(asking(), { signal }))
    const settled = Promise.allSettled(calls)
    await until(() => line.requests.length === 1)
    controllers[0]?.abort('mine')
    await expect(calls[0]).rejects.toBe('mine')
    go()
    const outcomes = await settled
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(49)
    expect(await get()).toBe('t1')
    expect(line.requests).toHaveLength(1)
  })

  test('of all callers ends the request, and the next one starts afresh', async () => {
    const line = tokenWire((request, number) => (number === 1 ? silence(request) : granted()))
    const tokens = await provider(line.options)
    const controllers = Array.from({ length: 5 }, () => new AbortController())
    const calls = controllers.map(({ signal }, index) => {
      const call = failureOf(tokens.getToken(asking(), { signal }))
      return { call, reason: `reason ${index}` }
    })
    await until(() => line.requests.length === 1)
    controllers.forEach((controller, index) => {
      expect(line.requests[0]?.signal.aborted).toBe(false)
      controller.abort(calls[index]?.reason)
    })
    for (const { call, reason } of calls) expect(await call).toBe(reason)
    await until(() => line.requests[0]?.signal.aborted === true)
    expect((await tokens.getToken(asking())).accessToken).toBe('token')
    expect(line.requests).toHaveLength(2)
  })

  test("before the call comes back as the caller's reason and asks nothing", async () => {
    const { line, tokens } = await renewing()
    const reason = new Error('mine')
    const signal = AbortSignal.abort(reason)
    expect(await failureOf(tokens.getToken(asking(), { signal }))).toBe(reason)
    expect(line.requests).toHaveLength(0)
  })

  test("a caller's time is that caller's alone", async () => {
    const time = holdTime()
    const { tokens, get, go, line } = await renewing((number) => number === 1)
    const hasty = failureOf(tokens.getToken(asking(), { timeoutMs: 30 }))
    const patient = get()
    await until(() => line.requests.length === 1)
    await time.pass(32)
    expect(await hasty).toMatchObject({ code: 'ERR_CQ_TIMEOUT', operation: 'token.get' })
    go()
    expect(await patient).toBe('t1')
    expect(line.requests).toHaveLength(1)
  })
})

test('close ends what is under way, background renewals too', async () => {
  const line = tokenWire((request, number) => (number === 2 ? silence(request) : granted()))
  const http = new HttpClient(line.options)
  const signer = await ownSigner(keyPair('P-256'))
  const assertions = new AssertionSigner({ clientId: 'c', signer })
  const tokens = new TokenProvider({ assertions }, http)
  await tokens.getToken(asking())
  line.now += BACKGROUND_MS
  await tokens.getToken(asking())
  await until(() => line.requests.length === 2)
  await http.close()
  await until(() => line.requests[1]?.signal.aborted === true)
  expect(await failureOf(tokens.getToken(asking()))).toMatchObject({ name: 'AbortError' })
})

describe('on Cloudflare Workers', () => {
  beforeEach(() => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
  })
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  test('tokens are cached, and a request that was lost with its worker holds up nobody', async () => {
    const line = tokenWire((request, number) =>
      number === 1 || number === 3 ? silence(request) : granted({ access_token: `t${number}` }),
    )
    const time = holdTime()
    const tokens = await provider(line.options)
    const get = async () => (await tokens.getToken(asking())).accessToken
    const lost = failureOf(tokens.getToken(asking(), { timeoutMs: 1_000 }))
    await until(() => line.requests.length === 1)
    expect(await get()).toBe('t2')
    expect(await get()).toBe('t2')
    line.now += BACKGROUND_MS
    expect(await get()).toBe('t2')
    await until(() => line.requests.length === 3) // a renewal that never ends
    line.now += 3_000
    expect(await get()).toBe('t2')
    await until(() => line.events.filter(({ type }) => type === 'token.issued').length === 2)
    expect(await get()).toBe('t4')
    await time.pass(1_002)
    expect(await lost).toMatchObject({ code: 'ERR_CQ_TIMEOUT' })
  })
})
