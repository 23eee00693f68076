/** Leases: one of many processes may do something; if it dies, the lease expires. */
import { requirePositive, requireText } from '../lib/arguments.ts'
import { keyring } from './keyring.ts'
import { placeOf } from './place.ts'
import { DELETE_IF_SAME, RedisStore, type RedisOptions } from './store.ts'

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
    // A late process must not release another's.
    await store.script(DELETE_IF_SAME, [name], [owner])
  }
}

/** Work that only one of many processes may do at a time. */
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
      return takeLease(store, await placeOf(store, key, 'lease', name), life)
    },
  }
}
