import { describe, expect, test } from 'vitest'
import type { TokenRequest } from '../../../src/auth/requested-token.ts'
import type { Transport } from '../../../src/types.ts'
import type { TokenProvider } from '../../../src/auth/token-provider.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import {
  answered,
  asking,
  assertionOf,
  customSigner,
  endpoint,
  formOf,
  granted,
  keyPair,
  ownSigner,
  provider,
  tokenWire,
} from '../../support/token-endpoint.ts'
import type { Signer } from '../../../src/index.ts'
import { MemoryTokenCache, type StoredToken, type TokenCache } from '../../../src/auth/index.ts'
import { tokenCacheContract } from '../../../src/testing/index.ts'
import { holdTime, settledIn, turns, until } from '../../support/time.ts'

describe('the cache of a client', () => {
  /** Each request is answered with a token of its own. */
  function numbered() {
    return tokenWire((_, number) => granted({ access_token: `t${number}`, expires_in: 3600 }))
  }

  const signal = (): AbortSignal => new AbortController().signal

  test('T2: 1,000 callers at once cost one request', async () => {
    const line = numbered()
    const tokens = await provider(line.options)
    const all = await Promise.all(Array.from({ length: 1000 }, () => tokens.getToken(asking())))
    expect(new Set(all).size).toBe(1)
    expect((await tokens.getToken(asking())).accessToken).toBe('t1')
    expect(line.requests).toHaveLength(1)
  })

  describe('T1: a token is shared with nobody who', () => {
    const context = {
      clientId: 'client.example.org',
      mode: 'carequality-legacy',
      audience: 'token-endpoint',
      purposeOfUse: ['TREAT'],
      claims: { extensions: { 'hl7-b2b': { purpose_of_use: ['TREAT'], version: '1' } } },
      form: { udap: '1' },
    } as const
    const first = asking(context)
    const others: readonly [string, Partial<TokenRequest>][] = [
      ['is another client', { clientId: 'other' }],
      ['uses another mode', { mode: 'smart-backend' }],
      ['asks for another scope', { scope: 'system/Patient.rs' }],
      ['asks for more', { scope: 'system/Patient.read a' }],
      ['names the issuer', { audience: 'issuer', issuer: 'https://as.example.org/' }],
      ['names another issuer', { audience: 'issuer', issuer: 'https://as.example.org/b' }],
      ['names a text', { audience: { text: endpoint } }],
      ['names a text that reads like a choice', { audience: { text: 'issuer' } }],
      ['has another purpose', { purposeOfUse: ['HPAYMT'] }],
      ['has two purposes', { purposeOfUse: ['TREAT', 'HPAYMT'] }],
      ['has no purpose', { purposeOfUse: undefined }],
      ['has another claim, however deep', { claims: deep(['HPAYMT'], '1') }],
      ['has a claim of another kind', { claims: deep(['TREAT'], 1) }],
      ['has no claims', { claims: undefined }],
      ['has a time among its claims', { claims: dated(1) }],
      ['has another time among its claims', { claims: dated(2) }],
      ['sends another form', { form: { udap: '2' } }],
      ['sends no form', { form: undefined }],
      ['asks elsewhere', { tokenEndpoint: `${endpoint}/2` }],
      ['asks at another case', { tokenEndpoint: 'https://AS.example.org/token' }],
      ['asks for another FHIR server', { fhirBaseUrl: 'https://fhir.example.org/r4/b' }],
    ]
    function deep(purpose_of_use: readonly string[], version: string | number) {
      return { extensions: { 'hl7-b2b': { version, purpose_of_use } } }
    }
    function dated(day: number): NonNullable<TokenRequest['claims']> {
      return { consented: new Date(Date.UTC(2026, 0, day)) as unknown as string }
    }

    test.each(others)('%s', async (_, change) => {
      const line = numbered()
      const tokens = await provider(line.options)
      const one = await tokens.getToken(first)
      const other = await tokens.getToken({ ...first, ...change })
      expect([one.accessToken, other.accessToken]).toEqual(['t1', 't2'])
      expect((await tokens.getToken({ ...first })).accessToken).toBe('t1')
      expect(line.requests).toHaveLength(2)
    })

    test('differs in any of these, all asking at once', async () => {
      const line = numbered()
      const tokens = await provider(line.options)
      const requests = [first, ...others.map(([, change]) => ({ ...first, ...change }))]
      const rounds = [...requests, ...requests, ...requests]
      const got = await Promise.all(rounds.map((request) => tokens.getToken(request)))
      expect(new Set(got).size).toBe(requests.length)
      expect(line.requests).toHaveLength(requests.length)
      requests.forEach((_, index) => {
        expect(got[index]).toBe(got[index + requests.length])
      })
    })
  })

  test('T1: callers with four purposes get tokens that were asked for theirs', async () => {
    const line = tokenWire((request) => {
      const { claims } = assertionOf(request)
      return granted({ access_token: String(claims.purpose) })
    })
    const tokens = await provider(line.options)
    const purposes = ['TREAT', 'HPAYMT', 'HOPERAT', 'PATRQT']
    await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const purpose = purposes[index % 4] ?? ''
        const request = asking({ purposeOfUse: purpose, claims: { purpose } })
        expect((await tokens.getToken(request)).accessToken).toBe(purpose)
      }),
    )
    expect(line.requests).toHaveLength(4)
  })

  test.each<[string, Partial<TokenRequest>, Partial<TokenRequest>]>([
    ['scopes in another order', { scope: 'a b c' }, { scope: 'c a b' }],
    ['what is the default anyway', {}, { mode: 'carequality-legacy', audience: 'token-endpoint' }],
    ["the signer's own client id", {}, { clientId: 'client.example.org' }],
    ['claims in another order', { claims: { a: 1, b: 2 } }, { claims: { b: 2, a: 1 } }],
    ['another organization in errors', { organization: '1.2' }, { organization: '1.3' }],
  ])('%s: the same token', async (_, one, other) => {
    const line = numbered()
    const tokens = await provider(line.options)
    await tokens.getToken(asking(one))
    expect((await tokens.getToken(asking(other))).accessToken).toBe('t1')
  })

  test('scopes are sent in the order of whoever came first', async () => {
    const line = numbered()
    await (await provider(line.options)).getToken(asking({ scope: 'c a b' }))
    expect(formOf(line.requests[0]).get('scope')).toBe('c a b')
  })

  test('a request that its caller changes meanwhile keeps what it was asked with', async () => {
    const line = tokenWire((request) => {
      const { claims } = assertionOf(request)
      return granted({
        access_token: `${String(formOf(request).get('scope'))}-${String(claims.p)}`,
      })
    })
    const tokens = await provider(line.options)
    const claims = { p: 'TREAT' }
    const request = asking({ scope: 'a', claims })
    const authorize = tokens.authorizer(request)
    const first = tokens.getToken(request)
    request.scope = 'b'
    claims.p = 'HPAYMT'
    const second = tokens.getToken(request)
    expect((await first).accessToken).toBe('a-TREAT')
    expect((await second).accessToken).toBe('b-HPAYMT')
    const given = await authorize({ url: '', signal: signal() })
    expect(given).toBe(await first)
    expect(line.requests).toHaveLength(2)
  })

  test('two providers with different keys share nothing, and a rotated key keeps its tokens', async () => {
    const line = numbered()
    const [one, two] = [await ownSigner(keyPair('P-256')), await ownSigner(keyPair('P-256'))]
    let current = one
    const tokens = await provider(line.options, { signer: () => current })
    const token = await tokens.getToken(asking())
    current = two
    expect(await tokens.getToken(asking())).toBe(token)
    expect(line.requests).toHaveLength(1)
  })

  test('a token is kept for the TLS client certificates that it was asked with, of either server', async () => {
    const line = numbered()
    const { fetch, ...options } = line.options
    const shown = new Map<string, string>()
    const transport: Transport = {
      send: async ({ url, method, headers, body = null, signal: own }) => {
        const request = new Request(url, { method, headers, body, signal: own })
        const { status, headers: theirs, body: stream } = await fetch(request)
        return { status, headers: theirs, body: stream }
      },
      clientCertificate: (url) => shown.get(new URL(url).hostname),
    }
    const tokens = await provider({ ...options, transport })
    const get = async () => (await tokens.getToken(asking())).accessToken
    expect(await get()).toBe('t1')
    shown.set('as.example.org', 'one')
    expect(await get()).toBe('t2')
    shown.set('fhir.example.org', 'one')
    expect(await get()).toBe('t3')
    shown.set('as.example.org', 'two')
    expect(await get()).toBe('t4')
    shown.clear()
    expect(await get()).toBe('t1')
  })

  test('two providers have nothing in common: tokens, clocks, refusals', async () => {
    const signer = await ownSigner(keyPair('P-256'))
    const line = numbered()
    const both = [
      await provider(line.options, { signer }),
      await provider(line.options, { signer }),
    ]
    const got = await Promise.all(both.map((tokens) => tokens.getToken(asking())))
    expect(got.map(({ accessToken }) => accessToken).sort()).toEqual(['t1', 't2'])
    const away = tokenWire(() => {
      const headers = { date: new Date(away.now - 120_000).toUTCString() }
      return new Response('{"error":"invalid_client"}', { status: 401, headers })
    })
    for (let count = 1; count <= 2; count += 1) {
      const tokens = await provider(away.options, { signer })
      for (let time = 0; time < 4; time += 1) await failureOf(tokens.getToken(asking()))
      // The first of three has a second attempt, by the corrected clock; the fourth is not sent.
      expect(away.requests).toHaveLength(4 * count)
    }
  })

  describe('invalidate', () => {
    test('drops a token only while it is the cached one', async () => {
      const line = numbered()
      const tokens = await provider(line.options)
      const first = await tokens.getToken(asking())
      expect(tokens.invalidate(first)).toBe(true)
      expect(tokens.invalidate(first)).toBe(false)
      const second = await tokens.getToken(asking())
      expect(tokens.invalidate(first)).toBe(false)
      expect(await tokens.getToken(asking())).toBe(second)
      expect(line.requests).toHaveLength(2)
    })

    test('knows no token of another provider', async () => {
      const line = numbered()
      const [one, other] = [await provider(line.options), await provider(line.options)]
      await one.getToken(asking())
      expect(one.invalidate(await other.getToken(asking()))).toBe(false)
    })
  })

  describe('authorizer', () => {
    const ask = (tokens: TokenProvider) => {
      const authorize = tokens.authorizer(asking())
      return async (rejected?: Parameters<TokenProvider['invalidate']>[0]) => {
        const token = await authorize({ url: '', rejected, signal: signal() })
        if (typeof token !== 'object') throw new Error('no token')
        return token
      }
    }

    test('shares its token with getToken, and asks anew for one that was refused', async () => {
      const line = numbered()
      const tokens = await provider(line.options)
      const authorize = ask(tokens)
      const first = await authorize()
      expect(await tokens.getToken(asking())).toBe(first)
      const second = await authorize(first)
      expect(second.accessToken).toBe('t2')
      expect(await authorize(first)).toBe(second)
      expect(line.requests).toHaveLength(2)
    })

    test('of 64 callers whose token was refused makes one request', async () => {
      const line = numbered()
      const authorize = ask(await provider(line.options))
      const first = await authorize()
      const again = await Promise.all(Array.from({ length: 64 }, () => authorize(first)))
      expect(new Set(again.map(({ accessToken }) => accessToken))).toEqual(new Set(['t2']))
      expect(line.requests).toHaveLength(2)
    })

    test('rejects with the reason of its signal', async () => {
      const authorize = (await provider(numbered().options)).authorizer(asking())
      const error = await failureOf(authorize({ url: '', signal: AbortSignal.abort('gone') }))
      expect(error).toBe('gone')
    })
  })

  test('T4: a failure is shared by those who wait for it and forgotten', async () => {
    const line = tokenWire((_, number) => (number === 1 ? answered('', 500) : granted()))
    const tokens = await provider(line.options)
    const failed = await Promise.all(
      Array.from({ length: 20 }, () => failureOf(tokens.getToken(asking()))),
    )
    expect(new Set(failed).size).toBe(1)
    expect(line.requests).toHaveLength(1)
    expect((await tokens.getToken(asking())).accessToken).toBe('token')
  })

  test('T11: the cache holds 1,000 tokens and forgets the one that was not used for longest', async () => {
    const line = numbered()
    const signer = customSigner(keyPair('P-256'), 'ES256')
    const tokens = await provider(line.options, { signer })
    const get = (number: number) => tokens.getToken(asking({ clientId: `client ${number}` }))
    for (let number = 1; number <= 1000; number += 1) await get(number)
    await get(1) // used again, so that 2 is the oldest
    await get(1001)
    expect(line.requests).toHaveLength(1001)
    await get(1)
    await get(3)
    await get(1000)
    expect(line.requests).toHaveLength(1001)
    await get(2)
    expect(line.requests).toHaveLength(1002)
    expect(signer.calls).toBe(1002)
  })
})

/** Tokens shared by several providers. */
describe('a cache that clients share', async () => {
  describe('MemoryTokenCache keeps the contract', () => {
    for (const { name, run } of tokenCacheContract(() => new MemoryTokenCache())) test(name, run)
  })

  const good = (): TokenCache => new MemoryTokenCache()
  const failing = async (make: () => TokenCache): Promise<readonly string[]> => {
    const names: string[] = []
    for (const { name, run } of tokenCacheContract(make)) await run().catch(() => names.push(name))
    return names
  }

  test.each<[string, (cache: TokenCache) => Partial<TokenCache>, string]>([
    ['forgets', () => ({ set: () => undefined }), 'a token comes back as it was set'],
    [
      'keeps the first',
      (cache) => ({
        set: async (key, token, options) => {
          if ((await cache.get(key, options)) === undefined) await cache.set(key, token, options)
        },
      }),
      'a token takes the place of the one before',
    ],
    [
      'mixes keys',
      (cache) => ({ get: (_, o) => cache.get('k', o), set: (_, t, o) => cache.set('k', t, o) }),
      'keys are kept apart, also when all are used at once',
    ],
    [
      'deletes whatever is there',
      (cache) => ({
        delete: async (key, _, options) => {
          const found = await cache.get(key, options)
          if (found !== undefined) await cache.delete(key, found, options)
        },
      }),
      'delete removes the token that it names and no other',
    ],
    [
      'gives out the dead',
      () => {
        const all = new Map<string, StoredToken>()
        return { get: (key) => all.get(key), set: (key, token) => void all.set(key, token) }
      },
      'no token is given out after its end',
    ],
    [
      'leases to everybody',
      () => ({ lease: () => () => undefined }),
      'a lease, where there are leases, is one caller’s until it is given back',
    ],
    [
      'never ends a lease',
      () => {
        const held = new Set<string>()
        return {
          lease: (key) => {
            if (held.has(key)) return undefined
            held.add(key)
            return () => void held.delete(key)
          },
        }
      },
      'a lease, where there are leases, ends by itself',
    ],
  ])('the contract finds a cache that %s', async (_, change, name) => {
    const make = (): TokenCache => {
      const cache = good()
      return {
        get: (key, options) => cache.get(key, options),
        set: (key, token, options) => cache.set(key, token, options),
        delete: (key, token, options) => cache.delete(key, token, options),
        ...change(cache),
      }
    }
    expect(await failing(make)).toContain(name)
  })

  describe('MemoryTokenCache', () => {
    const token = (accessToken: string, expiresAt = 1_000): StoredToken => ({
      accessToken,
      scope: 's',
      sentAt: 0,
      expiresAt,
    })

    test('is bounded, counts its tokens and forgets the one that was not used for longest', () => {
      const cache = new MemoryTokenCache({ maxEntries: 3, now: () => 0 })
      for (const key of ['a', 'b', 'c']) cache.set(key, token(key))
      expect(cache.get('a')?.accessToken).toBe('a')
      cache.set('d', token('d'))
      expect(cache.size).toBe(3)
      expect(cache.get('b')).toBeUndefined()
      expect(['a', 'c', 'd'].map((key) => cache.get(key)?.accessToken)).toEqual(['a', 'c', 'd'])
    })

    test('lets go of a token whose time is over, to the millisecond', () => {
      const clock = { now: 999 }
      const cache = new MemoryTokenCache({ now: () => clock.now })
      cache.set('a', token('a'))
      expect(cache.get('a')).toBeDefined()
      clock.now = 1_000
      expect(cache.get('a')).toBeUndefined()
      expect(cache.size).toBe(0)
    })

    test('keeps a copy that nobody changes', () => {
      const cache = new MemoryTokenCache({ now: () => 0 })
      const own = { ...token('a') }
      cache.set('a', own)
      Object.assign(own, { accessToken: 'x' })
      expect(cache.get('a')?.accessToken).toBe('a')
      expect(() => Object.assign(cache.get('a') ?? {}, { scope: 'x' })).toThrow(TypeError)
    })

    test.each([
      ['options', null],
      ['maxEntries', { maxEntries: 0 }],
      ['maxEntries', { maxEntries: 1.5 }],
      ['now', { now: 5 }],
    ])('a wrong "%s" is a TypeError', (option, options) => {
      // @ts-expect-error wrong on purpose
      const make = (): unknown => new MemoryTokenCache(options)
      expect(make).toThrow(TypeError)
      expect(make).toThrow(`"${option}"`)
    })
  })

  const signer = await ownSigner(keyPair('P-256'))

  /** Some providers over one wire and one cache. */
  async function sharing(cache: TokenCache, count = 2, own: { signer?: Signer } = {}) {
    const line = tokenWire((_, number) => granted({ access_token: `t${number}` }))
    const providers = await Promise.all(
      Array.from({ length: count }, () => provider(line.options, { signer, ...own }, { cache })),
    )
    const [one, other] = providers as [TokenProvider, TokenProvider]
    return { line, providers, one, other }
  }

  const at = (now: () => number): MemoryTokenCache => new MemoryTokenCache({ now })

  describe('providers with one cache', () => {
    test('share a token, each asking the cache once', async () => {
      const asked: string[] = []
      const cache = at(() => line.now)
      const counting: TokenCache = {
        get: (key) => {
          asked.push(key)
          return cache.get(key)
        },
        set: (key, token) => {
          cache.set(key, token)
        },
        delete: (key, token) => {
          cache.delete(key, token)
        },
      }
      const { line, one, other } = await sharing(counting)
      for (let count = 0; count < 5; count += 1) {
        expect((await one.getToken(asking())).accessToken).toBe('t1')
        expect((await other.getToken(asking())).accessToken).toBe('t1')
      }
      expect(line.requests).toHaveLength(1)
      expect(asked).toHaveLength(2)
      expect(asked[0]).toBe(asked[1])
      expect(asked[0]).toMatch(/^[\w-]{43}$/)
    })

    test('all starting at once make one request, by its lease', async () => {
      const time = holdTime()
      const { line, providers } = await sharing(
        at(() => line.now),
        20,
      )
      const asked = Promise.all(providers.map((one) => one.getToken(asking())))
      await until(() => line.requests.length === 1)
      await time.passUntil(() => line.events.some(({ type }) => type === 'token.issued'), 1)
      const tokens = await settledIn(time, asked)
      expect(new Set(tokens.map(({ accessToken }) => accessToken))).toEqual(new Set(['t1']))
      expect(line.requests).toHaveLength(1)
    })

    test('have nothing in common with another key, client id, claim or assertion claim', async () => {
      const cache = at(() => line.now)
      const { line, one } = await sharing(cache)
      await one.getToken(asking())
      const others = [
        await provider(line.options, { signer: await ownSigner(keyPair('P-256')) }, { cache }),
        await provider(line.options, { signer, clientId: 'other' }, { cache }),
        await provider(line.options, { signer, claims: { tenant: 'b' } }, { cache }),
        await provider(line.options, { signer, iss: 'other' }, { cache }),
        await provider(line.options, { signer, headers: { typ: 'other' } }, { cache }),
      ]
      for (const other of others) await other.getToken(asking())
      await one.getToken(asking({ claims: { a: 1 } }))
      await one.getToken(asking({ iss: 'x' }))
      expect(line.requests).toHaveLength(8)
      expect(cache.size).toBe(8)
    })

    test('that rotate their key share under the key of the moment', async () => {
      const cache = at(() => line.now)
      const { line } = await sharing(cache)
      const keys = [signer, await ownSigner(keyPair('P-256'))]
      for (const key of [0, 1, 0, 1]) {
        const tokens = await provider(
          line.options,
          { signer: () => keys[key] ?? signer },
          { cache },
        )
        await tokens.getToken(asking())
      }
      expect(line.requests).toHaveLength(2)
    })

    test('a token that a server refused is taken back from the cache and not taken again', async () => {
      const cache = at(() => line.now)
      const { line, one, other } = await sharing(cache)
      const first = await one.getToken(asking())
      await other.getToken(asking())
      expect(one.invalidate(first)).toBe(true)
      expect((await one.getToken(asking())).accessToken).toBe('t2')
      // The other one has its own until a server refuses it, and then finds the new one.
      const theirs = await other.getToken(asking())
      expect(theirs.accessToken).toBe('t1')
      other.invalidate(theirs)
      expect((await other.getToken(asking())).accessToken).toBe('t2')
      expect(line.requests).toHaveLength(2)
    })

    test('a token that a server refused is not taken again from a cache that does not let go of it', async () => {
      const cache = Object.assign(
        at(() => line.now),
        { delete: () => undefined },
      )
      const { line, one } = await sharing(cache)
      one.invalidate(await one.getToken(asking()))
      expect((await one.getToken(asking())).accessToken).toBe('t2')
      expect(line.requests).toHaveLength(2)
    })

    test('take a renewed token from the cache when their own has had its time', async () => {
      const cache = at(() => line.now)
      const { line, one, other } = await sharing(cache)
      await one.getToken(asking())
      await other.getToken(asking())
      line.now += 299_000 // in the blocking second of 300 s
      expect((await one.getToken(asking())).accessToken).toBe('t2')
      expect((await other.getToken(asking())).accessToken).toBe('t2')
      expect(line.requests).toHaveLength(2)
    })

    test('do not take a token that has had its time, whatever the cache gives', async () => {
      const stored = new Map<string, StoredToken>()
      const careless: TokenCache = {
        get: (key) => stored.get(key),
        set: (key, token) => void stored.set(key, token),
        delete: () => undefined,
      }
      for (const [passed, expected] of [
        [293_999, 't1'], // six seconds are the blocking fiftieth of 300
        [294_000, 't2'],
        [300_000, 't2'],
      ] as const) {
        stored.clear()
        const { line, one, other } = await sharing(careless)
        await one.getToken(asking())
        line.now += passed
        expect((await other.getToken(asking())).accessToken, String(passed)).toBe(expected)
      }
    })

    test('do not keep a token without life', async () => {
      const cache = at(() => 0)
      const line = tokenWire(() => granted({ expires_in: 0 }))
      const tokens = await provider(line.options, { signer }, { cache })
      await tokens.getToken(asking())
      expect([cache.size, tokens.size]).toEqual([0, 0])
    })

    test('fail together with the one who has the lease only by their own request', async () => {
      const time = holdTime()
      const cache = at(() => line.now)
      let refuse: (answer: Response) => void = () => undefined
      const refusal = new Promise<Response>((resolve) => (refuse = resolve))
      const line = tokenWire((_, number) => (number === 1 ? refusal : granted()))
      const one = await provider(line.options, { signer }, { cache })
      const other = await provider(line.options, { signer }, { cache })
      const first = one.getToken(asking())
      await until(() => line.requests.length === 1) // it has the lease, and the other waits for it
      const both = Promise.allSettled([first, other.getToken(asking())])
      await turns()
      refuse(answered('{}', 400))
      const outcomes = await settledIn(time, both)
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    })
  })

  describe('L7: a cache that', () => {
    const never = (): Promise<never> => new Promise(() => undefined)
    const boom = (): never => {
      throw new Error('S3CRET')
    }
    const broken: readonly (readonly [string, unknown, told?: false])[] = [
      ['throws', { get: boom, set: boom, delete: boom, lease: boom }],
      ['rejects', { get: async () => Promise.reject(new Error('S3CRET')) }],
      ['gives text', { get: () => 'text' }],
      ['gives half a token', { get: () => ({ accessToken: 't' }) }],
      [
        'gives a token with a line break',
        { get: () => ({ accessToken: 'a\nb', scope: '', sentAt: 0, expiresAt: 9e15 }) },
      ],
      [
        'gives a token of a hundred years',
        { get: () => ({ accessToken: 'a', scope: '', sentAt: 0, expiresAt: 9e15 }) },
      ],
      [
        'gives a token of another time',
        { get: () => ({ accessToken: 'a', scope: '', sentAt: 8e15, expiresAt: 8e15 + 3_600_000 }) },
      ],
      [
        'gives a token that was asked for in two minutes',
        {
          get: () => {
            const sentAt = Date.parse('2026-06-01T12:02:00Z')
            return { accessToken: 'a', scope: '', sentAt, expiresAt: sentAt + 300_000 }
          },
        },
      ],
      ['gives null', { get: () => null }, false],
    ]
    test.each(broken)('%s costs an event, not a call', async (_, change, told = true) => {
      const empty = { get: () => undefined, set: () => undefined, delete: () => undefined }
      const cache: TokenCache = Object.assign(empty, change)
      const line = tokenWire(() => granted())
      const tokens = await provider(line.options, { signer }, { cache })
      const token = await tokens.getToken(asking(), { timeoutMs: 1_000 })
      expect(token.accessToken).toBe('token')
      expect(tokens.invalidate(token)).toBe(true)
      await turns()
      expect(JSON.stringify(line.events)).not.toContain('S3CRET')
      const failed = line.events.filter(({ type }) => type === 'token.cache-failed')
      expect(failed.length > 0).toBe(told)
    })

    test('leases nonsense keeps nobody for longer than half of its time', async () => {
      const cache = Object.assign(new MemoryTokenCache(), { lease: () => undefined })
      const line = tokenWire(() => granted())
      const time = holdTime()
      const tokens = await provider(line.options, { signer }, { cache })
      const asked = tokens.getToken(asking(), { timeoutMs: 60_000 })
      const begun = performance.now()
      await time.passUntil(() => line.requests.length === 1, 100)
      expect(performance.now() - begun).toBeLessThan(31_000)
      const token = await asked
      expect(token.accessToken).toBe('token')
    })

    test('hangs is waited for two seconds at a time, within the call', async () => {
      const hanging: TokenCache = { get: never, set: never, delete: never }
      const line = tokenWire(() => granted())
      const time = holdTime()
      const tokens = await provider(line.options, { signer }, { cache: hanging })
      const begun = performance.now()
      const token = await settledIn(time, tokens.getToken(asking()))
      expect(token.accessToken).toBe('token')
      expect(performance.now() - begun).toBeLessThan(6_000)
      const failed = line.events.filter((event) => event.type === 'token.cache-failed')
      expect(failed.map(({ operation }) => operation)).toEqual(['get', 'set'])
      const short = await provider(line.options, { signer }, { cache: hanging })
      const late = failureOf(short.getToken(asking(), { timeoutMs: 50 }))
      expect(await settledIn(time, late)).toMatchObject({ code: 'ERR_CQ_TIMEOUT' })
    })

    test.each([
      ['cache', 'text'],
      ['cache.get', {}],
      ['cache.set', { get: never }],
      ['cache.delete', { get: never, set: never }],
      ['cache.lease', { get: never, set: never, delete: never, lease: 7 }],
    ])('is no cache: "%s" is a TypeError', async (option, cache) => {
      const line = tokenWire(() => granted())
      // @ts-expect-error wrong on purpose
      const error = await failureOf(provider(line.options, { signer }, { cache }))
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).toContain(`"${option}"`)
    })
  })

  test('iss and sub differ where an old server wants it', async () => {
    const line = tokenWire(() => granted())
    const tokens = await provider(line.options, { signer, iss: 'https://own.example' })
    await tokens.getToken(asking())
    await tokens.getToken(asking({ iss: 'https://theirs.example', clientId: 'id-7' }))
    await (await provider(line.options, { signer })).getToken(asking())
    const claims = line.requests.map((request) => assertionOf(request).claims)
    expect(claims.map(({ iss, sub }) => [iss, sub])).toEqual([
      ['https://own.example', 'client.example.org'],
      ['https://theirs.example', 'id-7'],
      ['client.example.org', 'client.example.org'],
    ])
  })

  test.each([
    { 'hl7-b2b': { version: '1', purpose_of_use: ['TREAT'] } },
    [{ version: '1' }, { version: '2' }],
  ])('extensions reach the assertion as they are: %j', async (extensions) => {
    const line = tokenWire(() => granted())
    const tokens = await provider(line.options, { signer })
    await tokens.getToken(asking({ claims: { extensions } }))
    expect(assertionOf(line.requests[0]).claims.extensions).toEqual(extensions)
  })
})
