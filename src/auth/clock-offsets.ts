import { ConfigurationError, TokenError } from '../errors.ts'
import type { HttpResponse } from '../http/messages.ts'
import { dateOf } from '../http/freshness.ts'
import { BoundedMap } from '../lib/bounded-map.ts'

const SMALLEST_MS = 30_000
const LARGEST_MS = 600_000
const REMEMBERED = 1_000
const MAX_BYTES = 2e6

/**
 * How far a token endpoint's clock is from ours, learned from the `Date` header of a rejection that
 * a wrong clock may explain. The text of a rejection is never interpreted.
 */
export class ClockOffsets {
  readonly #offsets = new BoundedMap<number>(REMEMBERED, { maxBytes: MAX_BYTES })

  /** Milliseconds to add to our clock. */
  of(tokenEndpoint: string): number {
    return this.#offsets.get(tokenEndpoint) ?? 0
  }

  /**
   * Whether to retry with the corrected time. Throws `ERR_CQ_CLOCK_SKEW` where the clocks are too
   * far apart to sign.
   */
  corrects(tokenEndpoint: string, answer: HttpResponse, refusal: unknown): boolean {
    if (!(refusal instanceof TokenError)) return false
    if (refusal.error !== 'invalid_client' && refusal.error !== 'invalid_grant') return false
    const theirs = dateOf(answer.headers)
    if (theirs === undefined) return false
    const offset = theirs - answer.sentAt
    if (Math.abs(offset) > LARGEST_MS) throw tooFar(answer, theirs, refusal)
    if (Math.abs(offset - this.of(tokenEndpoint)) <= SMALLEST_MS) return false
    this.#offsets.set(tokenEndpoint, offset)
    return true
  }
}

function tooFar({ sentAt, context }: HttpResponse, theirs: number, refusal: TokenError): Error {
  const [own, other] = [sentAt, theirs].map((at) => new Date(at).toISOString())
  const error = new ConfigurationError(
    'ERR_CQ_CLOCK_SKEW',
    `the authorization server rejected the assertion ("${refusal.error ?? ''}") and its clock says ${other ?? ''}, ours ${own ?? ''}`,
    context,
  )
  // For the guard to count: an error of our own, which shows nothing that it must not.
  return Object.defineProperty(error, 'cause', { value: refusal })
}
