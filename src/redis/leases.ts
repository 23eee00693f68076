/** Leases: one of many may do something, and whoever dies with one gives it back by time. */
import { requirePositive, requireText } from '../lib/arguments.ts'
import { keyring } from './keyring.ts'
import { placeOf } from './place.ts'
import { DELETE_IF_SAME, RedisStore, type RedisOptions } from './store.ts'

/**
 * Takes a lease of `ms` milliseconds by Redis's clock; undefined where another one has it. Under the
 * names of all keys, because some of the others may not have the newest key yet.
 */
export async function takeLease(
  store: RedisStore,
  names: readonly string[],
  ms: number,
): Promise<(() => Promise<void>) | undefined> {
  const owner = crypto.randomUUID()
  const taken: string[] = []
  // One that is late must not free another's.
  const release = async (): Promise<void> => {
    for (const name of taken) await store.script(DELETE_IF_SAME, [name], [owner])
  }
  // The oldest key first, which all have.
  for (const name of [...names].reverse()) {
    const reply = await store.command('SET', name, owner, 'NX', 'PX', String(Math.ceil(ms)))
    if (reply === 'OK') {
      taken.push(name)
      continue
    }
    await release()
    return undefined
  }
  return release
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
  const keys = keyring(options.keys)
  return {
    lease: async (name, { ms }) => {
      requireText(name, 'name')
      const life = requirePositive(ms, 'ms')
      if (life === undefined) throw new TypeError('"ms" must be a number above 0')
      const places = keys.map((key) => placeOf(store, key, 'lease', name))
      return takeLease(store, await Promise.all(places), life)
    },
  }
}
