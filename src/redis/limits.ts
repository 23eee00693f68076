/** The limits of `discover`, shared by all processes. */
import type { Limits } from '../discover/limits.ts'
import { placesPerOrigin, placesPerTokenEndpoint } from '../discover/memory-limits.ts'
import { RedisBreaker } from './breaker.ts'
import { keyring } from './keyring.ts'
import { RedisGuardBoard } from './guard-board.ts'
import { RedisPauses } from './pauses.ts'
import { RedisPlaces } from './places.ts'
import { patientStore, RedisStore, type RedisOptions } from './store.ts'

/**
 * Places and breakers in Redis: no server sees more than 4 requests at once from all processes
 * together, and one that fails is left alone by all. Places of a process that dies come back after
 * some seconds. Where Redis is lost, targets end as `cancelled` with the reason `store-lost`.
 *
 * @throws TypeError for a wrong option.
 */
export function redisLimits(options: RedisOptions): Limits {
  const store = patientStore(options)
  // Token requests and reads go on without it: they must not wait for long.
  const quick = new RedisStore(options)
  const [key] = keyring(options.keys)
  return {
    origins: new RedisPlaces(store, key, 'origin', placesPerOrigin),
    tokenEndpoints: new RedisPlaces(store, key, 'token-endpoint', placesPerTokenEndpoint),
    breaker: new RedisBreaker(store, key),
    tokenGuard: new RedisGuardBoard(quick, key),
    pauses: new RedisPauses(quick, key),
  }
}
