/** What a run keeps in Redis: who works on which target, and what came of each, once. */
import type { SealingKey } from '../redis/keyring.ts'
import { DELETE_IF_SAME, type RedisStore, type Script } from '../redis/store.ts'

/**
 * Gives 'done', 'mine' and how often it was claimed, or 'theirs' and for how long. A run that has
 * ended has nothing left to claim.
 */
const CLAIM: Script = {
  text: `
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return { 'done', 0 } end
if redis.call('EXISTS', KEYS[4]) == 0 then return { 'done', 0 } end
local claim = KEYS[2] .. ':' .. ARGV[1]
if redis.call('SET', claim, ARGV[2], 'NX', 'PX', ARGV[3]) then
  local times = redis.call('HINCRBY', KEYS[3], ARGV[1], 1)
  redis.call('PEXPIRE', KEYS[3], ARGV[4])
  return { 'mine', times }
end
return { 'theirs', redis.call('PTTL', claim) }`,
}

/** The first outcome of a target stays. */
const WRITE: Script = {
  text: `
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('RPUSH', KEYS[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1`,
}

/** Outcomes after the first `ARGV[1]`, at most `ARGV[2]`. */
const READ: Script = {
  text: `
local positions = redis.call('LRANGE', KEYS[2], ARGV[1], ARGV[1] + ARGV[2] - 1)
if #positions == 0 then return {} end
local values = redis.call('HMGET', KEYS[1], unpack(positions))
local found = {}
for i = 1, #positions do
  found[2 * i - 1] = positions[i]
  found[2 * i] = values[i]
end
return found`,
}

const NO_END = 8.64e15
/**
 * How long a run goes on without a word of whoever started it: nobody is asked about a patient where
 * nobody is left to account for it. Longer than Redis may be away (`outcome-reader.ts`).
 */
const HELD_MS = 30_000

export type Claim =
  | { readonly state: 'done' }
  | { readonly state: 'mine'; readonly times: number }
  | { readonly state: 'theirs'; readonly leftMs: number }

export class RunStore {
  readonly #store: RedisStore
  readonly #key: SealingKey
  readonly #begin: string
  readonly #lifeMs: string
  #hasEnded = false

  private constructor(store: RedisStore, key: SealingKey, begin: string, lifeMs: number) {
    this.#store = store
    this.#key = key
    this.#begin = begin
    this.#lifeMs = String(Math.ceil(lifeMs))
  }

  /** All its keys are in one slot of a cluster. */
  static async open(
    store: RedisStore,
    key: SealingKey,
    runId: string,
    lifeMs: number,
  ): Promise<RunStore> {
    const name = await key.nameOf(`run ${runId}`)
    return new RunStore(store, key, `${store.prefix}:run:{${name}}`, lifeMs)
  }

  async claim(position: number, owner: string, lifeMs: number): Promise<Claim> {
    const begin = this.#begin
    const keys = [this.#outcomes, `${begin}:claim`, `${begin}:claimed`, this.#open]
    const reply = await this.#store.script(CLAIM, keys, [
      ...[String(position), owner, String(Math.ceil(lifeMs)), this.#lifeMs],
    ])
    const [state, count] = Array.isArray(reply) ? [String(reply[0]), Number(reply[1])] : []
    if (state === 'mine') return { state, times: count ?? 1 }
    if (state === 'theirs') return { state, leftMs: Math.max(0, count ?? 0) }
    return { state: 'done' }
  }

  /** Only where the claim is still ours. */
  async giveUp(position: number, owner: string): Promise<void> {
    await this.#store.script(DELETE_IF_SAME, [`${this.#begin}:claim:${position}`], [owner])
  }

  /** False where there is an outcome already. */
  async write(position: number, outcome: unknown): Promise<boolean> {
    const value = await this.#key.seal(outcome, this.#placeOf(position), NO_END)
    const keys = [this.#outcomes, `${this.#begin}:log`]
    const reply = await this.#store.script(WRITE, keys, [String(position), value, this.#lifeMs])
    return reply === 1
  }

  /** What was written after the first `from`, in order; a value that does not open is undefined. */
  async read(
    from: number,
    most: number,
  ): Promise<readonly { readonly position: number; readonly outcome: unknown }[]> {
    const keys = [this.#outcomes, `${this.#begin}:log`]
    const reply: unknown = await this.#store.script(READ, keys, [String(from), String(most)])
    const list: readonly unknown[] = Array.isArray(reply) ? reply : []
    const found: { position: number; outcome: unknown }[] = []
    for (let at = 0; at + 1 < list.length; at += 2) {
      const position = Number(list[at])
      const opened = await this.#key.open(String(list[at + 1]), this.#placeOf(position), 0)
      found.push({ position, outcome: opened?.value })
    }
    return found
  }

  /** Says that the run goes on; to be said again every few seconds, and nothing after {@link end}. */
  async hold(): Promise<void> {
    if (!this.#hasEnded) {
      await this.#store.command('SET', this.#open, '1', 'PX', String(HELD_MS))
    }
    // What came after the end must not stay.
    if (this.#hasEnded) await this.end()
  }

  /** The run is over, whoever still has jobs of it. */
  async end(): Promise<void> {
    this.#hasEnded = true
    await this.#store.command('DEL', this.#open)
  }

  async isOpen(): Promise<boolean> {
    return (await this.#store.command('EXISTS', this.#open)) === 1
  }

  get #open(): string {
    return `${this.#begin}:open`
  }

  get #outcomes(): string {
    return `${this.#begin}:outcomes`
  }

  #placeOf(position: number): string {
    return `${this.#outcomes} ${position}`
  }
}
