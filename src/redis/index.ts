/**
 * What several processes share over Redis; see docs/scaling.md.
 *
 * @module carequality-fhir/redis
 */
export { redisLimits } from './limits.ts'
export { redisLeases } from './leases.ts'
export type { RedisLeases } from './leases.ts'
export { redisRegistrations } from './registrations.ts'
export { redisTokenCache } from './token-cache.ts'
export type { IoredisLike, NodeRedisLike, RedisClientLike } from './client-like.ts'
export type { RedisKey } from './keyring.ts'
export type { RedisOptions } from './store.ts'
export type { Registration, RegistrationStore } from '../udap/registration-store.ts'
export type { StoredToken, TokenCache } from '../auth/token-cache.ts'
export type {
  Breaker,
  Limits,
  Place,
  PlaceLimiter,
  RequestResult,
  Server,
  Verdict,
} from '../discover/limits.ts'
export type { AbortSignalLike } from '../lib/abort.ts'
export type { GuardBoard } from '../auth/guard-board.ts'
export type { Change, GuardState, LastResponse } from '../auth/guard-state.ts'
export type { PauseBoard, SharedPause } from '../http/policies/pause-board.ts'
