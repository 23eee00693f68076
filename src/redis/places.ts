/** Limits concurrent requests to one server, across processes. */
import type { Place, PlaceLimiter } from '../discover/limits.ts'
import { delay, reasonOf, untilAborted, type AbortSignalLike } from '../lib/abort.ts'
import { ignoreRejection } from '../lib/ignore-rejection.ts'
import type { SealingKey } from './keyring.ts'
import { placeOf } from './place.ts'
import { REDIS_NOW, type RedisStore, type Script } from './store.ts'

/** Slots of a process that died expire after this; a living one renews its own long before. */
const LEASE_MS = 8_000
const RENEW_MS = 2_500
const SHORTEST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 100

const ACQUIRE: Script = {
  text: `${REDIS_NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`,
}

const RENEW: Script = {
  text: `${REDIS_NOW}
redis.call('ZADD', KEYS[1], 'XX', now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`,
}

/** A semaphore whose slots are leases. */
export class RedisPlaces implements PlaceLimiter {
  readonly #store: RedisStore
  readonly #key: SealingKey
  readonly #kind: string
  readonly #limit: number
  /**
   * The last in the queue for each key in this process: one at a time queries Redis, in order of
   * arrival.
   */
  readonly #lines = new Map<string, Promise<void>>()
  /** Names by owner, of the places that are held here. */
  readonly #held = new Map<string, string>()
  /** Ends the renewal when nothing is held. */
  #renewal: AbortController | undefined

  constructor(store: RedisStore, key: SealingKey, kind: string, limit: number) {
    this.#store = store
    this.#key = key
    this.#kind = kind
    this.#limit = limit
  }

  async acquire(key: string, signal: AbortSignalLike): Promise<Place> {
    const before = this.#lines.get(key) ?? Promise.resolve()
    let leave = (): void => undefined
    const turn = new Promise<void>((resolve) => {
      leave = resolve
    })
    const line = before.then(() => turn)
    this.#lines.set(key, line)
    try {
      await untilAborted(before, signal)
      return await this.#ask(key, signal)
    } finally {
      leave()
      if (this.#lines.get(key) === line) this.#lines.delete(key)
    }
  }

  async #ask(key: string, signal: AbortSignalLike): Promise<Place> {
    const name = await placeOf(this.#store, this.#key, this.#kind, key)
    const owner = crypto.randomUUID()
    const args = [owner, String(this.#limit), String(LEASE_MS)]
    for (let pauseMs = SHORTEST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs)) {
      if (signal.aborted) throw reasonOf(signal)
      if ((await this.#store.script(ACQUIRE, [name], args)) === 1) return this.#placeOf(name, owner)
      await delay(pauseMs, signal)
    }
  }

  async #renew(signal: AbortSignal): Promise<void> {
    for (;;) {
      await delay(RENEW_MS, signal)
      for (const [owner, name] of this.#held) {
        ignoreRejection(this.#store.script(RENEW, [name], [owner, String(LEASE_MS)]))
      }
    }
  }

  #placeOf(name: string, owner: string): Place {
    let isHeld = true
    this.#held.set(owner, name)
    if (this.#renewal === undefined) {
      this.#renewal = new AbortController()
      void this.#renew(this.#renewal.signal).catch(() => undefined)
    }
    return {
      release: () => {
        if (!isHeld) return
        isHeld = false
        this.#held.delete(owner)
        if (this.#held.size === 0) {
          this.#renewal?.abort()
          this.#renewal = undefined
        }
        // Without Redis it comes back by time.
        ignoreRejection(this.#store.command('ZREM', name, owner))
      },
    }
  }
}
