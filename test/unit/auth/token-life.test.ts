import fc from 'fast-check'
import { expect, test, afterEach, beforeEach, describe, vi } from 'vitest'
import { renewalTimes } from '../../../src/auth/token-life.ts'
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
  assertionOf,
  endpoint,
} from '../../support/token-endpoint.ts'
import { makeCertificate } from '../../support/certificates.ts'

describe('the life of a token', () => {
  test.each([
    [3_600_000, 0.5, 60_000, 12_000],
    [3_600_000, 0, 45_000, 12_000],
    [3_600_000, 1, 75_000, 12_000],
    [600_000, 0.5, 60_000, 12_000],
    [300_000, 0.5, 60_000, 6_000],
    [300_000, 0, 45_000, 6_000],
    [300_000, 1, 75_000, 6_000],
    [60_000, 0.5, 12_000, 1_200],
    [30_000, 0.5, 6_000, 1_000],
    [3_000, 0.5, 600, 1_000],
    [2_999, 0.5, 0, 0],
    [1_000, 0.5, 0, 0],
  ])(
    'a life of %d ms with jitter %d: background %d ms, blocking %d ms before',
    (life, jitter, background, block) => {
      const { refreshAt, blockAt } = renewalTimes(1_000_000, life, jitter)
      expect(1_000_000 + life - refreshAt).toBeCloseTo(background, 6)
      expect(1_000_000 + life - blockAt).toBe(block)
    },
  )

  test('a token of seven seconds and more is renewed before anyone has to wait', () => {
    for (let seconds = 7; seconds <= 3600; seconds += 1) {
      for (const jitter of [0, 1]) {
        const { refreshAt, blockAt } = renewalTimes(0, seconds * 1000, jitter)
        expect(refreshAt).toBeLessThan(blockAt)
      }
    }
  })

  test('a token is never renewed before half of its life, nor used after its end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3600 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (seconds, jitter) => {
          const life = seconds * 1000
          const { refreshAt, blockAt } = renewalTimes(0, life, jitter)
          expect(blockAt).toBeGreaterThanOrEqual(life / 2)
          expect(refreshAt).toBeGreaterThanOrEqual(life / 2)
          expect(blockAt).toBeLessThanOrEqual(life)
          expect(refreshAt).toBeLessThanOrEqual(life)
        },
      ),
    )
  })
})

describe('renewal', () => {
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
      await expect(tokens.getToken(asking())).rejects.toMatchObject({
        code: 'ERR_CQ_TOKEN_REJECTED',
      })
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
})

describe('clock correction', () => {
  const MINUTE = 60_000

  /** An authorization server whose clock is `offset` from ours, and which takes nothing that is not of its time. */
  function server(offset: () => number, refusal = 'invalid_client') {
    const line = tokenWire((request) => {
      const theirs = line.now + offset()
      const headers = { date: new Date(theirs).toUTCString(), 'content-type': 'application/json' }
      const { iat, exp } = assertionOf(request).claims
      if (Number(iat) * 1_000 <= theirs && theirs < Number(exp) * 1_000) return granted()
      return new Response(JSON.stringify({ error: refusal }), { status: 401, headers })
    })
    return line
  }

  const iats = (line: ReturnType<typeof server>): number[] =>
    line.requests.map((request) => Number(assertionOf(request).claims.iat))

  describe('K5: a clock that is behind or ahead', () => {
    test.each([-10 * MINUTE, -6 * MINUTE, -31_000, 5 * MINUTE, 9.9 * MINUTE])(
      'by %i ms is corrected once and remembered for this endpoint',
      async (offset) => {
        const line = server(() => offset)
        const tokens = await provider(line.options)
        await tokens.getToken(asking())
        expect(line.requests).toHaveLength(2)
        const [first = 0, second = 0] = iats(line)
        expect(Math.abs((second - first) * 1_000 - offset)).toBeLessThanOrEqual(1_000)
        const told = line.events.filter((event) => event.type === 'token.clock-corrected')
        expect(told).toHaveLength(1)
        expect(Math.abs(Number(told[0]?.offsetMs) - offset)).toBeLessThanOrEqual(1_000)
        await tokens.getToken(asking({ scope: 'other' }))
        expect(line.requests).toHaveLength(3)
      },
    )

    test('is not believed for another endpoint', async () => {
      const line = server(() => -5 * MINUTE)
      const tokens = await provider(line.options)
      await tokens.getToken(asking())
      await tokens.getToken(asking({ tokenEndpoint: `${endpoint}/other` }))
      expect(line.requests).toHaveLength(4)
    })

    test('that is put right is learned anew', async () => {
      let offset = -5 * MINUTE
      const line = server(() => offset)
      const tokens = await provider(line.options)
      await tokens.getToken(asking())
      offset = 0
      await tokens.getToken(asking({ scope: 'other' }))
      expect(line.requests).toHaveLength(4)
      await tokens.getToken(asking({ scope: 'third' }))
      expect(line.requests).toHaveLength(5)
    })

    test('is corrected after invalid_grant as well', async () => {
      const line = server(() => -5 * MINUTE, 'invalid_grant')
      await (await provider(line.options)).getToken(asking())
      expect(line.requests).toHaveLength(2)
    })

    test.each(['invalid_request', 'invalid_scope', 'unauthorized_client'])(
      'is no reason for another attempt after %s',
      async (error) => {
        const line = server(() => -5 * MINUTE, error)
        const failure = await failureOf((await provider(line.options)).getToken(asking()))
        expect(failure).toMatchObject({ code: 'ERR_CQ_TOKEN_REJECTED' })
        expect(line.requests).toHaveLength(1)
      },
    )
  })

  /** A server that refuses whatever comes. */
  const refusing = (date: string | undefined, error = 'invalid_client') =>
    tokenWire(() => {
      const headers = new Headers({ 'content-type': 'application/json' })
      if (date !== undefined) headers.set('date', date)
      return new Response(JSON.stringify({ error }), { status: 401, headers })
    })

  describe('nothing is corrected', () => {
    test('within 30 s, without a Date, or with one that cannot be read', async () => {
      const { now } = refusing(undefined)
      const dates = [
        undefined,
        '-5',
        'yesterday',
        new Date(now - 5 * MINUTE).toISOString(),
        new Date(now - 30_000).toUTCString(),
        new Date(now + 30_000).toUTCString(),
      ]
      for (const date of dates) {
        const line = refusing(date)
        const error = await failureOf((await provider(line.options)).getToken(asking()))
        expect(error, date).toMatchObject({
          code: 'ERR_CQ_TOKEN_REJECTED',
          error: 'invalid_client',
        })
        expect(line.requests).toHaveLength(1)
      }
    })

    test('twice in one request', async () => {
      let back = 0
      const line = tokenWire(() => {
        back += 2 * MINUTE // a clock that runs away
        const date = new Date(line.now - back).toUTCString()
        return new Response('{"error":"invalid_client"}', {
          status: 401,
          headers: { date, 'content-type': 'application/json' },
        })
      })
      const error = await failureOf((await provider(line.options)).getToken(asking()))
      expect(error).toMatchObject({ code: 'ERR_CQ_TOKEN_REJECTED' })
      expect(line.requests).toHaveLength(2)
    })
  })

  test.each([-601_000, 601_000, 86_400_000])(
    'K5: a clock %i ms away is ERR_CQ_CLOCK_SKEW, with both times',
    async (offset) => {
      const { now } = refusing(undefined)
      const line = refusing(new Date(now + offset).toUTCString())
      const error = await failureOf((await provider(line.options)).getToken(asking()))
      expect(error).toMatchObject({
        name: 'ConfigurationError',
        code: 'ERR_CQ_CLOCK_SKEW',
        retryable: false,
      })
      const message = String(error)
      expect(message).toContain(new Date(now).toISOString())
      expect(message).toContain(new Date(Math.floor((now + offset) / 1_000) * 1_000).toISOString())
      expect(line.requests).toHaveLength(1)
    },
  )

  test('a clock that runs beyond ten minutes is ERR_CQ_CLOCK_SKEW, however near the learned one', async () => {
    const offsets = [9.9 * MINUTE, undefined, 10.2 * MINUTE]
    const line = tokenWire((_, number) => {
      const offset = offsets[number - 1]
      if (offset === undefined) return granted()
      const headers = {
        date: new Date(line.now + offset).toUTCString(),
        'content-type': 'application/json',
      }
      return new Response('{"error":"invalid_client"}', { status: 401, headers })
    })
    const tokens = await provider(line.options)
    await tokens.getToken(asking())
    const error = await failureOf(tokens.getToken(asking({ scope: 'other' })))
    expect(error).toMatchObject({ code: 'ERR_CQ_CLOCK_SKEW' })
    expect(line.requests).toHaveLength(3)
  })

  test('certificates are judged by the true clock', async () => {
    const pair = keyPair('P-256')
    const { now } = refusing(undefined)
    const certificate = makeCertificate({
      subject: 'client.example.org',
      ...pair,
      issuer: pair,
      notBefore: new Date(now - 86_400_000),
      notAfter: new Date(now + 2 * MINUTE),
    })
    const signer = await ownSigner(pair, { certificates: certificate.pem })
    const line = server(() => 8 * MINUTE) // by their clock the certificate has ended
    await (await provider(line.options, { signer })).getToken(asking())
    expect(line.requests).toHaveLength(2)
  })
})
