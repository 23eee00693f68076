/** A breaker whose state all processes share. The rules are those of `discover/memory-breaker.ts`. */
import { breakerRules as rules } from '../discover/breaker-rules.ts'
import type { Breaker, RequestResult, Server, Verdict } from '../discover/limits.ts'
import { delay, type AbortSignalLike } from '../lib/abort.ts'
import type { SealingKey } from './keyring.ts'
import { REDIS_NOW, type RedisStore, type Script } from './store.ts'

const POLL_MS = 50
/** A request under way is forgotten after this long, with the process that made it. */
const UNDERWAY_MS = 120_000

const PRELUDE = `${REDIS_NOW}
local function read(hash, name) return tonumber(redis.call('HGET', hash, name) or '0') end
local function touch(i) redis.call('PEXPIRE', KEYS[i], ${2 * rules.longestMs}) redis.call('PEXPIRE', KEYS[i + 1], ${2 * rules.longestMs}) end
`

/** KEYS: state and requests under way, of the base and of the origin. Gives { 0 }, { 1, retryAt } or { 2 }: wait. */
const MAY_TRY: Script = {
  text: `${PRELUDE}
local crowded = false
for i = 1, 3, 2 do
  redis.call('ZREMRANGEBYSCORE', KEYS[i + 1], '-inf', now)
  local under = redis.call('ZCARD', KEYS[i + 1])
  if read(KEYS[i], 'for') > 0 then
    local retry = read(KEYS[i], 'until')
    if read(KEYS[i], 'probeUntil') > now then retry = now + ${rules.probeMs} end
    if now < retry then return { 1, tostring(retry) } end
  elseif under > 0 and read(KEYS[i], 'row') + under >= ${rules.failuresInARow} then
    crowded = true
  end
end
if crowded then return { 2 } end
for i = 1, 3, 2 do
  redis.call('ZADD', KEYS[i + 1], now + ${UNDERWAY_MS}, ARGV[1])
  if read(KEYS[i], 'for') > 0 then
    redis.call('HSET', KEYS[i], 'probeUntil', now + ${UNDERWAY_MS}, 'probe', ARGV[1])
  end
  touch(i)
end
return { 0 }`,
}

/** ARGV: the request, and what it showed of the base and of the origin. */
const REPORT: Script = {
  text: `${PRELUDE}
for i = 1, 3, 2 do
  local hash, result = KEYS[i], ARGV[2 + (i - 1) / 2]
  redis.call('ZREM', KEYS[i + 1], ARGV[1])
  local open = read(hash, 'for')
  local probed = open > 0 and redis.call('HGET', hash, 'probe') == ARGV[1]
  if probed then redis.call('HDEL', hash, 'probe', 'probeUntil') end
  if result ~= 'dropped' and (open == 0 or probed) then
    local slice = math.floor(now / ${rules.sliceMs})
    for old = slice - ${(2 * rules.windowMs) / rules.sliceMs}, slice - ${rules.windowMs / rules.sliceMs} do
      redis.call('HDEL', hash, 'r' .. old, 'f' .. old)
    end
    if result == 'answered' then
      redis.call('HSET', hash, 'row', 0)
      if probed then redis.call('DEL', hash) end
      redis.call('HINCRBY', hash, 'r' .. slice, 1)
    else
      local row = redis.call('HINCRBY', hash, 'row', 1)
      redis.call('HINCRBY', hash, 'r' .. slice, 1)
      redis.call('HINCRBY', hash, 'f' .. slice, 1)
      local requests, failures = 0, 0
      for number = slice - ${rules.windowMs / rules.sliceMs - 1}, slice do
        requests = requests + read(hash, 'r' .. number)
        failures = failures + read(hash, 'f' .. number)
      end
      local often = requests >= ${rules.fewest} and failures * 2 >= requests
      if probed or row >= ${rules.failuresInARow} or often then
        local longer = probed and math.min(${rules.longestMs}, open * 2) or ${rules.shortestMs}
        redis.call('HSET', hash, 'for', longer, 'until', now + longer)
      end
    end
    touch(i)
  end
end
return 0`,
}

export class RedisBreaker implements Breaker {
  readonly #store: RedisStore
  readonly #key: SealingKey

  constructor(store: RedisStore, key: SealingKey) {
    this.#store = store
    this.#key = key
  }

  async mayTry(server: Server, signal: AbortSignalLike): Promise<Verdict> {
    const places = await this.#placesOf(server)
    const id = crypto.randomUUID()
    for (;;) {
      const reply = await this.#store.script(MAY_TRY, places, [id])
      const [verdict, retryAt] = Array.isArray(reply) ? reply.map(Number) : []
      if (verdict === 1) {
        const ours = (retryAt ?? 0) - (await this.#store.offsetMs())
        return { open: true, retryAt: ours }
      }
      if (verdict !== 2) break
      await delay(POLL_MS, signal)
    }
    return { open: false, report: (result) => this.#report(places, id, result) }
  }

  async #report(places: readonly string[], id: string, result: RequestResult): Promise<void> {
    const failed = result === 'failing' || result === 'unreachable'
    const ofBase = failed ? 'failed' : result
    const ofOrigin = result === 'unreachable' ? 'failed' : failed ? 'dropped' : result
    await this.#store.script(REPORT, places, [id, ofBase, ofOrigin])
  }

  /** All in one slot of a cluster. */
  async #placesOf({ origin, base }: Server): Promise<string[]> {
    const [ofOrigin, ofBase] = [await this.#key.nameOf(origin), await this.#key.nameOf(base)]
    const begin = `${this.#store.prefix}:breaker:{${ofOrigin}}`
    return [
      `${begin}:${ofBase}`,
      `${begin}:${ofBase}:underway`,
      `${begin}:origin`,
      `${begin}:origin:underway`,
    ]
  }
}
