import type { ErrorContext } from '../errors.ts'
import { delay } from '../lib/abort.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import type { Call } from './call.ts'
import type { Answer } from './exchange.ts'

/** A server that asks for hours is asked again after this long, by a call that is no repeat. */
const LONGEST_MS = 600_000
/** Those who waited do not come back in the same instant. */
const SPREAD_MS = 250
const ORIGINS = 10_000

interface Pause {
  readonly endsAt: number
  readonly answer: Answer
}

/** A server that said 429 or 503 with `Retry-After` said it to all who are about to ask it. */
export class OriginPauses {
  readonly #pauses = new BoundedMap<Pause>(ORIGINS)

  /** Heeds what an answer asks for. */
  heed(origin: string, answer: Answer): void {
    const { retryAfterMs } = answer.context
    if ((answer.status !== 429 && answer.status !== 503) || retryAfterMs === undefined) return
    const endsAt = performance.now() + Math.min(retryAfterMs, LONGEST_MS)
    if (endsAt > (this.#pauses.get(origin)?.endsAt ?? 0))
      this.#pauses.set(origin, { endsAt, answer })
  }

  /**
   * Waits until the origin may be asked; undefined where it may be at once. Where that is later than the call lives, the answer that
   * asked for the pause stands for this call, too; its body is not handed on.
   */
  wait(
    origin: string,
    call: Call,
    context: ErrorContext,
    fraction: () => number,
  ): Promise<Answer | undefined> | undefined {
    const pause = this.#pauses.get(origin)
    return pause && this.#wait(pause, origin, call, context, fraction)
  }

  async #wait(
    pause: Pause,
    origin: string,
    call: Call,
    context: ErrorContext,
    fraction: () => number,
  ): Promise<Answer | undefined> {
    const leftMs = pause.endsAt - performance.now()
    if (leftMs <= 0) {
      this.#pauses.delete(origin)
      return undefined
    }
    if (leftMs < call.remainingMs) {
      await delay(
        leftMs + Math.min(SPREAD_MS, call.remainingMs - leftMs) * fraction(),
        call.aborter,
      )
      return this.wait(origin, call, context, fraction)
    }
    const { status, headers, sentAt } = pause.answer
    const seen = { ...context, status, retryAfterMs: Math.ceil(leftMs) }
    return { status, headers, sentAt, bytes: new Uint8Array(), context: seen }
  }
}
