/** UDAP registrations that many processes share. */
import type { Registration, RegistrationStore } from '../udap/registration-store.ts'
import { keyring, type SealingKey } from './keyring.ts'
import { takeLease } from './leases.ts'
import { placeOf } from './place.ts'
import { RedisStore, type RedisOptions } from './store.ts'

/** Registrations do not end by time. */
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
  const write = async (name: string, value: unknown, how: string[]): Promise<void> => {
    const place = await placeOf(store, writing, 'registration', name)
    await store.command('SET', place, await writing.seal(value, place, NEVER), ...how)
  }
  return {
    get: async (name) => {
      for (const key of keys) {
        const place = await placeOf(store, key, 'registration', name)
        const value = await store.command('GET', place)
        const opened = typeof value === 'string' ? await key.open(value, place, 0) : undefined
        if (opened === undefined) continue
        // Under the new key before the old one is dropped; what was written meanwhile is newer.
        if (key !== writing) await write(name, opened.value, ['NX'])
        // Checked by whoever asked.
        return opened.value as Registration
      }
      return undefined
    },
    set: (name, registration) => write(name, registration, []),
    delete: async (name) => {
      for (const key of keys)
        await store.command('DEL', await placeOf(store, key, 'registration', name))
    },
    lease: async (name, { ms }) => {
      const place = (key: SealingKey) => placeOf(store, key, 'registration-lease', name)
      return takeLease(store, await Promise.all(keys.map(place)), ms)
    },
  }
}
