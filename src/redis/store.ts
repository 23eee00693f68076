/**
 * One Redis as the library uses it: each command is limited in time, and none is sent while Redis
 * is down.
 */
import { TransportError } from '../errors.ts'
import { requireFunction, requirePositive } from '../lib/arguments.ts'
import { ownOptions } from '../lib/own.ts'
import { clockOf } from '../lib/sources.ts'
import { toHex } from '../signers/base64.ts'
import { senderOf, type RedisClientLike, type SendCommand } from './client-like.ts'
import type { RedisKey } from './keyring.ts'

/** Options of every part of `./redis`. */
export interface RedisOptions {
  /** Connected; of `ioredis` 5 or newer, or of `redis` 5 or newer. The caller closes it. */
  readonly client: RedisClientLike
  /**
   * The first one encrypts, all of them decrypt: put a new key first and remove the old one a day
   * later.
   */
  readonly keys: readonly RedisKey[]
  /** The prefix of all names in Redis. Default `cq`. */
  readonly prefix?: string | undefined
  /** For one command, in milliseconds. Default 500: a slow Redis must not cost more than it saves. */
  readonly timeoutMs?: number | undefined
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: (() => number) | undefined
}

const TIMEOUT_MS = 500
const PATIENT_TIMEOUT_MS = 5_000
const SHORTEST_AWAY_MS = 1_000
const LONGEST_AWAY_MS = 10_000
/** How often the clocks are compared. */
const COMPARED_MS = 60_000
/** Within a second the clocks count as equal: a correction would only add noise. */
const SAME_TIME_MS = 1_000

/** A Lua script, which Redis runs atomically. */
export interface Script {
  readonly text: string
}

/** Removes a value only if it is still the given one: a later one belongs to another process. */
export const DELETE_IF_SAME: Script = {
  text: `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`,
}

/** The beginning of a script: `now` is Redis's time in milliseconds, so that the processes' clocks do not matter. */
export const REDIS_NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`

/**
 * Commands and scripts of one client. Every failure is `ERR_CQ_STORE_FAILED`, without names and
 * values.
 */
export class RedisStore {
  readonly prefix: string
  readonly #send: SendCommand
  readonly #now: () => number
  readonly #timeoutMs: number
  readonly #longestAwayMs: number
  readonly #hashes = new Map<Script, Promise<string>>()
  #awayUntil = -Infinity
  #failures = 0
  #offset: { readonly ms: number; readonly at: number } | undefined

  /** `longestAwayMs`: how long it counts as away at most, after failures in a row. */
  constructor(given: Omit<RedisOptions, 'keys'>, longestAwayMs: number = LONGEST_AWAY_MS) {
    const options = ownOptions(given)
    requireFunction(options.now, 'now')
    const { prefix = 'cq' } = options
    if (typeof prefix !== 'string' || !/^[\w:{}.-]{1,100}$/.test(prefix)) {
      throw new TypeError('"prefix" must be letters, digits and any of _ : { } . -')
    }
    this.prefix = prefix
    this.#send = senderOf(options.client, 'client')
    this.#timeoutMs = requirePositive(options.timeoutMs, 'timeoutMs') ?? TIMEOUT_MS
    this.#now = clockOf(options.now)
    this.#longestAwayMs = longestAwayMs
  }

  /** Milliseconds since the epoch on this machine. */
  now(): number {
    return this.#now()
  }

  /** One command. While Redis is down it fails at once. */
  async command(command: string, ...args: string[]): Promise<unknown> {
    const reply = await this.#exchange(command, args)
    if ('refused' in reply) throw refusedWith(reply.refused)
    return reply.value
  }

  /** A script; its text is only sent if Redis does not have it. */
  async script(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args]
    const reply = await this.#exchange('EVALSHA', [await this.#hashOf(script), ...rest])
    if (!('refused' in reply)) return reply.value
    if (reply.refused !== 'NOSCRIPT') throw refusedWith(reply.refused)
    return this.command('EVAL', script.text, ...rest)
  }

  async #exchange(
    command: string,
    args: string[],
  ): Promise<{ readonly value: unknown } | { readonly refused: string }> {
    if (this.#now() < this.#awayUntil) throw storeFailed('Redis does not respond')
    try {
      const value = await this.#within(this.#send(command, args))
      this.#failures = 0
      return { value }
    } catch (error) {
      const refused = replyCodeOf(error)
      if (refused !== undefined) return { refused }
      this.#goAway()
      throw storeFailed('Redis does not respond')
    }
  }

  /**
   * Milliseconds to add to this machine's time for Redis's, so that all processes mean the same
   * instant.
   */
  async offsetMs(): Promise<number> {
    const known = this.#offset
    if (known !== undefined && Math.abs(this.#now() - known.at) < COMPARED_MS) return known.ms
    const sent = this.#now()
    const reply = await this.command('TIME')
    const [seconds, micros] = Array.isArray(reply) ? reply.map(Number) : []
    if (seconds === undefined || micros === undefined || !Number.isFinite(seconds + micros)) {
      throw storeFailed('Redis gave no time')
    }
    const between = (sent + this.#now()) / 2
    const ms = Math.round(seconds * 1_000 + micros / 1_000 - between)
    this.#offset = { ms: Math.abs(ms) < SAME_TIME_MS ? 0 : ms, at: this.#now() }
    return this.#offset.ms
  }

  #hashOf(script: Script): Promise<string> {
    const known = this.#hashes.get(script)
    if (known !== undefined) return known
    const bytes = new TextEncoder().encode(script.text)
    const hash = crypto.subtle.digest('SHA-1', bytes).then((sum) => toHex(new Uint8Array(sum)))
    this.#hashes.set(script, hash)
    return hash
  }

  /** Without this every call would wait for its whole time while Redis is down. */
  #goAway(): void {
    const now = this.#now()
    // Commands that were pending when it went down say nothing new.
    if (now < this.#awayUntil) return
    this.#awayUntil = now + Math.min(SHORTEST_AWAY_MS * 2 ** this.#failures, this.#longestAwayMs)
    this.#failures += 1
  }

  #within(reply: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new TypeError('too late'))
      }, this.#timeoutMs)
      const end = (settle: () => void): void => {
        clearTimeout(timer)
        settle()
      }
      reply.then(
        (value) => end(() => resolve(value)),
        (error: unknown) => end(() => reject(error instanceof Error ? error : new TypeError('no'))),
      )
    })
  }
}

/**
 * For those who wait for Redis, because going on without it would ask a server too often or lose an
 * outcome. It must not look away for longer than Redis was gone.
 */
export function patientStore(options: RedisOptions): RedisStore {
  return new RedisStore({ timeoutMs: PATIENT_TIMEOUT_MS, ...options }, SHORTEST_AWAY_MS)
}

function storeFailed(what: string): TransportError {
  return new TransportError('ERR_CQ_STORE_FAILED', what)
}

function refusedWith(code: string): TransportError {
  return storeFailed(`Redis refused the command (${code})`)
}

/** Redis's own error, `OOM` or `READONLY` for example; undefined where it was not reached. */
function replyCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  return /^(?:-)?([A-Z]{2,20})(?= |$)/.exec(error.message)?.[1]
}
