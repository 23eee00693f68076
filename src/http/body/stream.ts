import { CarequalityError, TransportError, type ErrorContext } from '../../errors.ts'
import { LazyAbortController, reasonOf, type AbortSignalLike } from '../../lib/abort.ts'
import { Deadline } from '../../lib/deadline.ts'
import type { TransportResponse } from '../../types.ts'
import { announcedSize, cancelBody, refuseSize, sizeOf, truncatedBody } from './read.ts'

/** Limits of a body that is read as a stream. */
export interface StreamLimits {
  /** Bytes after decoding. */
  readonly limit: number
  /**
   * Milliseconds that the server may take for the next chunk; the consumer's own time does not
   * count.
   */
  readonly idleMs: number
  readonly aborter: AbortSignalLike
}

/** The abort of a request whose body outlives its attempt. */
export interface StreamAborter {
  readonly aborter: LazyAbortController
  /** The attempt's end no longer ends it. */
  readonly detach: () => void
}

/** Follows the scope to its end, and the attempt until it is detached. */
export function streamAborter(scope: Deadline, attempt: Deadline): StreamAborter {
  const aborter = new LazyAbortController()
  const followScope = (): void => aborter.abort(reasonOf(scope.aborter))
  const followAttempt = (): void => aborter.abort(reasonOf(attempt.aborter))
  scope.aborter.addEventListener('abort', followScope)
  attempt.aborter.addEventListener('abort', followAttempt)
  if (scope.aborter.aborted) followScope()
  return { aborter, detach: () => attempt.aborter.removeEventListener('abort', followAttempt) }
}

/**
 * The chunks of a body as they arrive, to be read once: each in time, all together within the
 * limit.
 */
export function streamBody(
  response: TransportResponse,
  { limit, idleMs, aborter }: StreamLimits,
  context: ErrorContext,
): AsyncIterable<Uint8Array> {
  const announced = announcedSize(response, context)
  const reader = (response.body ?? nothing())[Symbol.asyncIterator]()
  let size = 0
  let failure: { readonly error: unknown } | undefined
  const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    if (failure !== undefined) throw failure.error // A body that was cut off does not complete later.
    const deadline = pieceDeadline(aborter, idleMs, context)
    try {
      const piece = await deadline.race(reader.next())
      if (piece.done === true) {
        if (announced > size) throw truncatedBody(context)
        return { done: true, value: undefined }
      }
      size += sizeOf(piece.value, context)
      refuseSize(size, limit, context)
      return { done: false, value: piece.value }
    } catch (error) {
      cancelBody(reader)
      const ours = error instanceof CarequalityError ? error : truncatedBody(context)
      failure = { error: deadline.aborter.aborted ? reasonOf(deadline.aborter) : ours }
      throw failure.error
    } finally {
      deadline.end()
    }
  }
  const end = (): Promise<IteratorResult<Uint8Array, undefined>> => {
    cancelBody(reader)
    return Promise.resolve({ done: true, value: undefined })
  }
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) }
}

async function* nothing(): AsyncGenerator<Uint8Array, void, void> {
  // no body
}

/** The time limit for the next chunk of a streamed body. */
function pieceDeadline(aborter: AbortSignalLike, idleMs: number, context: ErrorContext): Deadline {
  const timeUp = (): TransportError =>
    new TransportError('ERR_CQ_TIMEOUT', `no more of the response within ${idleMs} ms`, context)
  return new Deadline(idleMs, timeUp, { aborter })
}
