/** Leases: one of many may do something, and whoever dies with one gives it back by time. */
import { requirePositive, requireText } from '../lib/arguments.ts'
import type { SealingKey } from './keyring.ts'
import { keyring } from './keyring.ts'
import { RedisStore, type RedisOptions, type Script } from './store.ts'

/** Only the owner gives a lease back: one that is late must not free another's. */
const RELEASE: Script = {
  text: `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`,
}

/** Takes a lease of `ms` milliseconds by Redis's clock; undefined where another one has it. */
export async function takeLease(
  store: RedisStore,
  name: string,
  ms: number,
): Promise<(() => Promise<void>) | undefined> {
  const owner = crypto.randomUUID()
  const reply = await store.command('SET', name, owner, 'NX', 'PX', String(Math.ceil(ms)))
  if (reply !== 'OK') return undefined
  return async () => {
    await store.script(RELEASE, [name], [owner])
  }
}

/** The place of a lease. */
export async function leaseName(
  store: RedisStore,
  key: SealingKey,
  kind: string,
  name: string,
): Promise<string> {
  return `${store.prefix}:${kind}:${await key.nameOf(name)}`
}

/** Work that only one of many processes is to do at a time. */
export interface RedisLeases {
  /**
   * A function that gives the lease back, or undefined where another process has it. It ends by
   * itself after `ms` milliseconds.
   *
   * @throws TransportError `ERR_CQ_STORE_FAILED`; `TypeError` for a wrong argument.
   */
  lease(name: string, options: { ms: number }): Promise<(() => Promise<void>) | undefined>
}

/**
 * Leases over Redis: for example, which of many processes refreshes the copy of the directory tonight.
 *
 * @throws TypeError for a wrong option.
 */
export function redisLeases(options: RedisOptions): RedisLeases {
  const store = new RedisStore(options)
  const [key] = keyring(options.keys)
  return {
    lease: async (name, { ms }) => {
      requireText(name, 'name')
      const life = requirePositive(ms, 'ms')
      if (life === undefined) throw new TypeError('"ms" must be a number above 0')
      return takeLease(store, await leaseName(store, key, 'lease', name), life)
    },
  }
}
