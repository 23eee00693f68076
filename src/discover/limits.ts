/**
 * What holds the requests of a run back: places and breakers, behind interfaces that may work
 * between processes. In memory: `memory-limits.ts`.
 */
import type { GuardBoard } from '../auth/guard-board.ts'
import type { PauseBoard } from '../http/policies/pause-board.ts'
import type { AbortSignalLike } from '../lib/abort.ts'
import { isRecord, requireFunction } from '../lib/arguments.ts'
import type { Awaitable } from '../types.ts'

/** One place that was acquired; to be released exactly once, whatever became of the request. */
export interface Place {
  release(): Awaitable<void>
}

/**
 * Few requests at once for one key. A place is held for one HTTP request, at most as long as one
 * target may take (`targetTimeoutMs`), and not while a retry waits. One in a shared store is a lease that its process renews.
 */
export interface PlaceLimiter {
  /**
   * A place, first come, first served: at once where one is free, else when one is released. Rejects
   * with the signal's reason when it aborts meanwhile. With any other rejection the limits count as
   * lost: no request is made, and the target ends as `cancelled`, `store-lost`.
   */
  acquire(key: string, signal: AbortSignalLike): Awaitable<Place>
}

/** Whom a request goes to. */
export interface Server {
  /** Scheme, host and port. */
  readonly origin: string
  /** The FHIR base in one spelling; of a token request the token endpoint's URL. */
  readonly base: string
}

/**
 * What a request showed of a server. `unreachable`: no connection, so nothing at this origin can be
 * reached; `failing`: a timeout, a broken body, 429 or 5xx, which is about this base alone;
 * `dropped`: we left, or nothing was sent, which shows nothing.
 */
export type RequestResult = 'answered' | 'unreachable' | 'failing' | 'dropped'

/**
 * Whether a server may be asked, and if not, when again in milliseconds since the epoch. What the
 * request showed is reported to the verdict that let it through, exactly once.
 */
export type Verdict =
  | { readonly open: false; report(result: RequestResult): Awaitable<void> }
  | { readonly open: true; readonly retryAt: number }

/** Leaves a server alone that does not work. */
export interface Breaker {
  /**
   * Called with a place in hand, before each request. May wait: the one in memory holds a request
   * back that could make the failures in a row more than it permits. Rejections mean what they do of
   * a {@link PlaceLimiter}.
   */
  mayTry(server: Server, signal: AbortSignalLike): Awaitable<Verdict>
}

/** All that is shared by the runs of a client, or of many processes. */
export interface Limits {
  /** By origin; 4 each by default. */
  readonly origins: PlaceLimiter
  /** By token endpoint; 2 each by default. A token request holds a place of its origin, too. */
  readonly tokenEndpoints: PlaceLimiter
  readonly breaker: Breaker
  /** States of token guards. Default: of this process. */
  readonly tokenGuard?: GuardBoard | undefined
  /** Pauses after `Retry-After`. Default: of this process. */
  readonly pauses?: PauseBoard | undefined
}

/** Throws `TypeError` unless `value` has the shape of limits, or is undefined. */
export function requireLimits(value: unknown, option: string): void {
  if (value === undefined) return
  const { origins, tokenEndpoints, breaker } = isRecord(value) ? value : {}
  const needed = [
    [origins, 'origins.acquire'],
    [tokenEndpoints, 'tokenEndpoints.acquire'],
    [breaker, 'breaker.mayTry'],
  ] as const
  for (const [holder, name] of needed) {
    const method: unknown = isRecord(holder)
      ? Reflect.get(holder, name.split('.')[1] ?? '')
      : undefined
    requireFunction(method, `${option}.${name}`, 'needed')
  }
}
