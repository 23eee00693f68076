/** Few requests at once for one server, whichever process makes them. */
import type { Place, PlaceLimiter } from '../discover/limits.ts'
import { delay, reasonOf, untilAborted, type AbortSignalLike } from '../lib/abort.ts'
import { ignoreRejection } from '../lib/ignore-rejection.ts'
import type { SealingKey } from './keyring.ts'
import type { RedisStore, Script } from './store.ts'

/** Longer than a request may hold a place; those of a process that died come back after it. */
const LEASE_MS = 60_000
const SHORTEST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 100

/** Redis's time, so that the processes' clocks do not matter. */
const ACQUIRE: Script = {
  text: `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`,
}

/** A semaphore whose places are leases. */
export class RedisPlaces implements PlaceLimiter {
  readonly #store: RedisStore
  readonly #key: SealingKey
  readonly #kind: string
  readonly #limit: number
  /** The last in line for each key in this process: one at a time asks Redis, in order of arrival. */
  readonly #lines = new Map<string, Promise<void>>()

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
    const name = `${this.#store.prefix}:${this.#kind}:${await this.#key.nameOf(key)}`
    const owner = crypto.randomUUID()
    const args = [owner, String(this.#limit), String(LEASE_MS)]
    for (let pauseMs = SHORTEST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs)) {
      if (signal.aborted) throw reasonOf(signal)
      if ((await this.#store.script(ACQUIRE, [name], args)) === 1) return this.#placeOf(name, owner)
      await delay(pauseMs, signal)
    }
  }

  #placeOf(name: string, owner: string): Place {
    let isHeld = true
    return {
      release: () => {
        if (!isHeld) return
        isHeld = false
        // Without Redis it comes back by time.
        ignoreRejection(this.#store.command('ZREM', name, owner))
      },
    }
  }
}
