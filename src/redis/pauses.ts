/** Pauses after `Retry-After` that all processes respect. */
import type { PauseBoard, SharedPause } from '../http/policies/pause-board.ts'
import type { SealingKey } from './keyring.ts'
import { placeOf } from './place.ts'
import type { RedisStore, Script } from './store.ts'

/** The longer pause wins. */
const SET_LONGER: Script = {
  text: `
if redis.call('PTTL', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`,
}

export class RedisPauses implements PauseBoard {
  readonly #store: RedisStore
  readonly #key: SealingKey

  constructor(store: RedisStore, key: SealingKey) {
    this.#store = store
    this.#key = key
  }

  async set(base: string, { status, leftMs }: SharedPause): Promise<void> {
    const args = [String(status), String(Math.max(1, Math.ceil(leftMs)))]
    await this.#store.script(
      SET_LONGER,
      [await placeOf(this.#store, this.#key, 'pause', base)],
      args,
    )
  }

  async get(base: string): Promise<SharedPause | undefined> {
    const place = await placeOf(this.#store, this.#key, 'pause', base)
    const [status, left] = await Promise.all([
      this.#store.command('GET', place),
      this.#store.command('PTTL', place),
    ])
    if (status !== '429' && status !== '503') return undefined
    return typeof left === 'number' && left > 0
      ? { status: Number(status), leftMs: left }
      : undefined
  }
}
