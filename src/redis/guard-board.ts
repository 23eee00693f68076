/** States of token guards that all processes share. */
import type { GuardBoard } from '../auth/guard-board.ts'
import { freshState, isGuardState, type Change, type GuardState } from '../auth/guard-state.ts'
import { TransportError } from '../errors.ts'
import type { SealingKey } from './keyring.ts'
import { placeOf } from './place.ts'
import type { RedisStore, Script } from './store.ts'

/** Longer than any pause of the guard's rules. */
const LIFE_MS = 1_200_000
const TRIES = 20

/** Replaces a value if it is still the one that was read; otherwise returns the current one. */
const SWAP: Script = {
  text: `
local now = redis.call('GET', KEYS[1]) or ''
if now ~= ARGV[1] then return now end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return false`,
}

/** Optimistic: reads, changes and swaps, and retries if another process was faster. */
export class RedisGuardBoard implements GuardBoard {
  readonly #store: RedisStore
  readonly #key: SealingKey

  constructor(store: RedisStore, key: SealingKey) {
    this.#store = store
    this.#key = key
  }

  async update<R>(name: string, change: (state: GuardState, now: number) => Change<R>): Promise<R> {
    const place = await placeOf(this.#store, this.#key, 'token-guard', name)
    const offset = await this.#store.offsetMs()
    const read = await this.#store.command('GET', place)
    let text = typeof read === 'string' ? read : ''
    for (let tries = 0; tries < TRIES; tries += 1) {
      const now = this.#store.now() + offset
      const before = stateOf(text) ?? freshState(now)
      const { state, result } = change(before, now)
      if (state === before) return result
      const args = [text, JSON.stringify(state), String(LIFE_MS)]
      const reply = await this.#store.script(SWAP, [place], args)
      if (typeof reply !== 'string') return result
      text = reply
    }
    throw new TransportError('ERR_CQ_STORE_FAILED', 'the token guard’s state changed too often')
  }
}

/** Undefined where there is none, or none that we wrote. */
function stateOf(text: string): GuardState | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isGuardState(value) ? value : undefined
  } catch {
    return undefined
  }
}
