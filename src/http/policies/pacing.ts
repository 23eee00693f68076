import type { ErrorContext } from '../../errors.ts'
import { BoundedMap } from '../../lib/bounded-map.ts'
import type { Call } from '../call.ts'
import { screenNothing } from '../echo.ts'
import type { HttpResponse } from '../messages.ts'
import { parseUrl } from './parse-url.ts'
import type { PauseBoard } from './pause-board.ts'

/**
 * A server that asks to wait for hours is requested again after this long, by a call that is not a
 * retry.
 */
const LONGEST_MS = 600_000
/** Spreads waiting requests over time. */
const SPREAD_MS = 250
/** Bases that are remembered; a forgotten one has no pause. */
const BASES = 10_000
const MAX_BYTES = 4e6
/** How old the information of other processes may be. */
const LOOK_MS = 1_000

/** What is used of the response that asked to wait, and nothing else of it. */
interface Pause {
  readonly endsAt: number
  readonly status: number
  readonly sentAt: number
}

/**
 * A 429 or 503 with `Retry-After` applies to all requests to the same FHIR base. Neighbors on its
 * origin are other servers: a hostile one must not block them.
 */
export class RetryAfterPauses {
  readonly #pauses = new BoundedMap<Pause>(BASES, { maxBytes: MAX_BYTES })
  readonly #board: PauseBoard | undefined
  readonly #now: () => number
  /** When the board was last queried for a base, by `performance.now`. */
  readonly #looked = new BoundedMap<number>(BASES, { maxBytes: MAX_BYTES })

  /** `board`: the pauses of other processes; `now`: milliseconds since the epoch. */
  constructor(board?: PauseBoard, now: () => number = Date.now) {
    this.#board = board
    this.#now = now
  }

  /** Starts the pause that a response asks for. */
  startFor(url: string | undefined, { status, sentAt, context }: HttpResponse): void {
    const { retryAfterMs, origin = '' } = context
    if ((status !== 429 && status !== 503) || retryAfterMs === undefined) return
    const base = pauseKeyOf(url, origin)
    const endsAt = performance.now() + Math.min(retryAfterMs, LONGEST_MS)
    if (endsAt <= (this.#pauses.get(base)?.endsAt ?? 0)) return
    this.#pauses.set(base, { endsAt, status, sentAt })
    const pause = { status, leftMs: Math.min(retryAfterMs, LONGEST_MS) }
    void guarded(async () => this.#board?.set(base, pause))
  }

  /**
   * Waits until the base may be requested; undefined where it may be at once. If that is later than
   * the call's deadline, the response's status applies to this call, too, without headers and body.
   */
  wait(
    url: string | undefined,
    call: Call,
    context: ErrorContext,
    fraction: () => number,
  ): Promise<HttpResponse | undefined> | undefined {
    // Nearly always: the base need not be read.
    if (this.#pauses.size === 0 && this.#board === undefined) return undefined
    return this.#waitFor(pauseKeyOf(url, context.origin ?? ''), call, context, fraction)
  }

  #waitFor(
    base: string,
    call: Call,
    context: ErrorContext,
    fraction: () => number,
  ): Promise<HttpResponse | undefined> | undefined {
    const looking = this.#look(base)
    if (looking !== undefined) {
      return looking.then(() => this.#waitFor(base, call, context, fraction))
    }
    const pause = this.#pauses.get(base)
    return pause && this.#wait(pause, base, call, context, fraction)
  }

  /**
   * Queries the board: for a new base, requests wait for it; later, once a second and in the
   * background. Undefined where no wait is needed.
   */
  #look(base: string): Promise<void> | undefined {
    const board = this.#board
    if (board === undefined) return undefined
    const now = performance.now()
    const last = this.#looked.get(base)
    if (last !== undefined && now - last < LOOK_MS) return undefined
    this.#looked.set(base, now)
    const looking = guarded(async () => {
      const found = await board.get(base)
      if (found === undefined) return
      const endsAt = performance.now() + Math.min(found.leftMs, LONGEST_MS)
      if (endsAt <= (this.#pauses.get(base)?.endsAt ?? 0)) return
      this.#pauses.set(base, { endsAt, status: found.status, sentAt: this.#now() })
    })
    return last === undefined ? looking : undefined
  }

  async #wait(
    { endsAt, status, sentAt }: Pause,
    base: string,
    call: Call,
    context: ErrorContext,
    fraction: () => number,
  ): Promise<HttpResponse | undefined> {
    const leftMs = endsAt - performance.now()
    if (leftMs <= 0) {
      this.#pauses.delete(base)
      return undefined
    }
    const { remainingMs } = call.deadline
    if (leftMs < remainingMs) {
      await call.deadline.pause(leftMs + Math.min(SPREAD_MS, remainingMs - leftMs) * fraction())
      return this.#waitFor(base, call, context, fraction)
    }
    const seen = { ...context, status, retryAfterMs: Math.ceil(leftMs) }
    const nothing = { headers: new Headers(), bytes: new Uint8Array() }
    return { ...nothing, status, sentAt, context: seen, screen: screenNothing }
  }
}

/** Without the board each process knows its own pauses. */
async function guarded(work: () => Promise<void>): Promise<void> {
  await work().catch(() => undefined)
}

/** The key of a pause: the base in one spelling, or the origin of what belongs to no base. */
export function pauseKeyOf(base: string | undefined, origin: string): string {
  const url = base === undefined ? undefined : parseUrl(base)
  if (url === undefined) return origin
  // The query too, which some gateways route by.
  const path = url.pathname.endsWith('/') ? url.pathname.slice(0, -1) : url.pathname
  return `${url.origin}${path}${url.search}`
}
