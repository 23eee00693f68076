/** UDAP registrations that many processes share. */
import type { Registration, RegistrationStore } from '../udap/registration-store.ts'
import { keyring } from './keyring.ts'
import { takeLease } from './leases.ts'
import { placeOf } from './place.ts'
import { RedisStore, type RedisOptions } from './store.ts'

/** Registrations do not expire. */
const NEVER = 8.64e15

/**
 * A `RegistrationStore` in Redis: `udap: { registrations: redisRegistrations({ client, keys }) }`. One
 * process registers at a time, because a second registration replaces the first. Where Redis is away
 * nothing is registered (`ERR_CQ_REGISTRATION_STORE_FAILED`). Give Redis a disk (`appendonly yes`) and
 * no eviction: a registration that is lost is made again.
 *
 * @throws TypeError for a wrong option.
 */
export function redisRegistrations(options: RedisOptions): RegistrationStore {
  const store = new RedisStore({ timeoutMs: 2_000, ...options })
  const keys = keyring(options.keys)
  const [writing] = keys
  return {
    get: async (name) => {
      for (const key of keys) {
        const place = await placeOf(store, key, 'registration', name)
        const value = await store.command('GET', place)
        const opened = typeof value === 'string' ? await key.open(value, place, 0) : undefined
        // The caller checks it.
        if (opened !== undefined) return opened.value as Registration
      }
      return undefined
    },
    set: async (name, registration) => {
      const place = await placeOf(store, writing, 'registration', name)
      await store.command('SET', place, await writing.seal(registration, place, NEVER))
    },
    delete: async (name) => {
      for (const key of keys)
        await store.command('DEL', await placeOf(store, key, 'registration', name))
    },
    lease: async (name, { ms }) =>
      takeLease(store, await placeOf(store, writing, 'registration-lease', name), ms),
  }
}
