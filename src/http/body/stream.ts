import { CarequalityError, TransportError, type ErrorContext } from '../../errors.ts'
import { Aborter, limited, reasonOf, untilAborted, type Aborting } from '../../lib/abort.ts'
import type { TransportResponse } from '../../types.ts'
import { announcedSize, brokenOff, letGo, refuseSize, sizeOf } from './read.ts'

/** What a body that is read later may cost. */
export interface HeldLimits {
  /** Bytes after decoding. */
  readonly limit: number
  /** Milliseconds that the server may take for the next piece; the consumer's own time is not counted. */
  readonly idleMs: number
  readonly signal: Aborting
}

/**
 * A signal for a request whose body outlives its attempt: it follows the holder to the end, and the
 * attempt's clock until it is detached.
 */
export function heldSignal(
  holder: Aborting,
  clock: Aborting,
): { aborter: Aborter; detach: () => void } {
  const aborter = new Aborter()
  const followHolder = (): void => aborter.abort(reasonOf(holder))
  const followClock = (): void => aborter.abort(reasonOf(clock))
  const detach = (): void => clock.removeEventListener('abort', followClock)
  holder.addEventListener('abort', followHolder, { once: true })
  clock.addEventListener('abort', followClock, { once: true })
  if (holder.aborted) followHolder()
  return { aborter, detach }
}

/** The pieces of a body as they come, to be read once: each in time, all together within the limit. */
export function heldBody(
  response: TransportResponse,
  { limit, idleMs, signal }: HeldLimits,
  context: ErrorContext,
): AsyncIterable<Uint8Array> {
  const announced = announcedSize(response, context)
  const reader = (response.body ?? nothing())[Symbol.asyncIterator]()
  const timeUp = (): Error =>
    new TransportError('ERR_CQ_TIMEOUT', `no more of the answer within ${idleMs} ms`, context)
  let size = 0
  let failure: { readonly error: unknown } | undefined
  const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    if (failure !== undefined) throw failure.error // what broke off does not end well later
    const clock = limited(idleMs, signal, timeUp)
    try {
      const piece = await untilAborted(reader.next(), clock.aborter)
      if (piece.done === true) {
        if (announced > size) throw brokenOff(context)
        return { done: true, value: undefined }
      }
      size += sizeOf(piece.value, context)
      refuseSize(size, limit, context)
      return { done: false, value: piece.value }
    } catch (error) {
      letGo(reader)
      const own = error instanceof CarequalityError ? error : brokenOff(context)
      failure = { error: clock.aborter.aborted ? reasonOf(clock.aborter) : own }
      throw failure.error
    } finally {
      clock.end()
    }
  }
  const end = (): Promise<IteratorResult<Uint8Array, undefined>> => {
    letGo(reader)
    return Promise.resolve({ done: true, value: undefined })
  }
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) }
}

async function* nothing(): AsyncGenerator<Uint8Array, void, void> {
  // a body that is none
}
