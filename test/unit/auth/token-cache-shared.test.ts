/** Tokens shared by several providers. */
import { describe, expect, test } from 'vitest'
import type { Signer, TokenProvider } from '../../../src/index.ts'
import { MemoryTokenCache, type StoredToken, type TokenCache } from '../../../src/auth/index.ts'
import { tokenCacheContract } from '../../../src/testing/index.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import { holdTime, settledIn, turns, until } from '../../support/time.ts'
import {
  answered,
  asking,
  assertionOf,
  granted,
  keyPair,
  ownSigner,
  provider,
  tokenWire,
} from '../../support/token-endpoint.ts'

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
      const tokens = await provider(line.options, { signer: () => keys[key] ?? signer }, { cache })
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
