import type { StoredToken, TokenCache } from '../auth/token-cache.ts'
import { must, type ContractCheck } from './contract-check.ts'

const SHORT_MS = 200
const KEYS = 50

/**
 * What a token cache of your own must do, as checks for your test runner. They use the real clock
 * and keys that begin with `contract-` and a random part.
 *
 * @example
 * ```ts
 * for (const { name, run } of tokenCacheContract(() => new MemoryTokenCache())) test(name, run)
 * ```
 */
export function tokenCacheContract(
  make: () => TokenCache | Promise<TokenCache>,
): readonly ContractCheck[] {
  const { signal } = new AbortController()
  const check = (
    name: string,
    run: (cache: TokenCache, key: string) => Promise<void>,
  ): ContractCheck => ({
    name,
    run: async () => run(await make(), `contract-${crypto.randomUUID()}`),
  })
  return [
    check('a key that was never set has no token', async (cache, key) => {
      must((await cache.get(key, { signal })) === undefined, 'it gave one')
    }),
    check('a token comes back as it was set', async (cache, key) => {
      const token = tokenOf('one')
      await cache.set(key, token, { signal })
      must(same(await cache.get(key, { signal }), token), 'it did not')
    }),
    check('a token takes the place of the one before', async (cache, key) => {
      await cache.set(key, tokenOf('one'), { signal })
      const token = tokenOf('two')
      await cache.set(key, token, { signal })
      must(same(await cache.get(key, { signal }), token), 'it did not')
    }),
    check('keys are kept apart, also when all are used at once', async (cache, key) => {
      const all = Array.from({ length: KEYS }, (_, index) => `${key}-${index}`)
      await Promise.all(all.map(async (one) => cache.set(one, tokenOf(one), { signal })))
      const found = await Promise.all(all.map(async (one) => cache.get(one, { signal })))
      must(
        found.every((token, index) => token?.accessToken === all[index]),
        'a key got the token of another',
      )
    }),
    check('delete removes the token that it names and no other', async (cache, key) => {
      const [old, current] = [tokenOf('old'), tokenOf('current')]
      await cache.set(key, current, { signal })
      await cache.delete(key, old, { signal })
      must(same(await cache.get(key, { signal }), current), 'it removed another token')
      await cache.delete(key, current, { signal })
      must((await cache.get(key, { signal })) === undefined, 'it did not remove the token')
      await cache.delete(key, current, { signal }) // again: no error
    }),
    check('no token is given out after its end', async (cache, key) => {
      await cache.set(key, tokenOf('short', SHORT_MS), { signal })
      await pause(2 * SHORT_MS)
      must((await cache.get(key, { signal })) === undefined, 'it gave one')
    }),
    check(
      'a lease, where there are leases, is one caller’s until it is given back',
      async (cache, key) => {
        if (cache.lease === undefined) return
        const options = { ms: 60_000, signal }
        const release = await cache.lease(key, options)
        must(typeof release === 'function', 'it gave no lease')
        must((await cache.lease(key, options)) === undefined, 'it gave the lease twice')
        const other = await cache.lease(`${key}-other`, options)
        must(typeof other === 'function', 'a lease of one key keeps others off')
        await other()
        await release()
        const again = await cache.lease(key, options)
        must(typeof again === 'function', 'a lease that was given back is gone')
        await again()
      },
    ),
    check('a lease, where there are leases, ends by itself', async (cache, key) => {
      if (cache.lease === undefined) return
      const lost = await cache.lease(key, { ms: SHORT_MS, signal })
      await pause(2 * SHORT_MS)
      const next = await cache.lease(key, { ms: 60_000, signal })
      must(typeof next === 'function', 'it did not')
      await lost?.() // too late: it must not take the next one's lease away
      must(
        (await cache.lease(key, { ms: 60_000, signal })) === undefined,
        'a lease given back too late freed another one',
      )
      await next()
    }),
  ]
}

function tokenOf(accessToken: string, lifeMs = 60_000): StoredToken {
  const sentAt = Date.now()
  return { accessToken, scope: 'system/Patient.read', sentAt, expiresAt: sentAt + lifeMs }
}

function same(one: StoredToken | undefined, other: StoredToken): boolean {
  return (
    one?.accessToken === other.accessToken &&
    one.scope === other.scope &&
    one.sentAt === other.sentAt &&
    one.expiresAt === other.expiresAt
  )
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
