import { CarequalityError, ResponseError, TransportError, type ErrorContext } from '../../errors.ts'
import type { AbortSignalLike } from '../../lib/abort.ts'
import { isBytes } from '../../lib/arguments.ts'
import type { TransportResponse } from '../../types.ts'
import type { BodyBuffer } from './buffer.ts'
import { contentCodingOf } from './content-coding.ts'
import { Pieces } from './pieces.ts'

/**
 * Reads a body up to `limit` decoded bytes; a larger one is cut off and rejected, and one that is
 * no longer awaited is cancelled.
 */
export async function readBody(
  response: TransportResponse,
  limit: number,
  signal: AbortSignalLike,
  context: ErrorContext,
  buffer?: BodyBuffer,
): Promise<Uint8Array> {
  const announced = announcedSize(response, context)
  const reader = readerOf(response, context)
  if (reader === undefined) return new Uint8Array()
  const pieces = new Pieces()
  let size = 0
  const leave = (): void => cancelBody(reader)
  signal.addEventListener('abort', leave, { once: true })
  buffer?.begin()
  try {
    for (;;) {
      const next = await reader.next()
      if (next.done === true || signal.aborted) break
      size += sizeOf(next.value, context)
      refuseSize(size, limit, context)
      if (buffer === undefined) pieces.add(next.value)
      else buffer.add(next.value)
    }
  } catch (error) {
    cancelBody(reader)
    throw error instanceof CarequalityError ? error : truncatedBody(context)
  } finally {
    signal.removeEventListener('abort', leave)
  }
  if (announced > size) throw truncatedBody(context)
  return buffer?.bytes ?? pieces.joined()
}

/** Undefined where there is no body. Throws if a user's transport returned something else. */
function readerOf(
  { body }: TransportResponse,
  context: ErrorContext,
): AsyncIterator<Uint8Array> | undefined {
  try {
    return body === null ? undefined : body[Symbol.asyncIterator]()
  } catch {
    throw truncatedBody(context)
  }
}

/**
 * How many decoded bytes the headers announce, 0 where they do not. Throws unless the encoding is
 * one that can be undone.
 */
export function announcedSize(response: TransportResponse, context: ErrorContext): number {
  const { headers } = response
  const coding = contentCodingOf(headers)
  if (coding === undefined) {
    discard(response)
    throw new ResponseError(
      'ERR_CQ_UNEXPECTED_CONTENT',
      'the response is encoded more than once, in an unknown way, or though an uncompressed one was requested',
      context,
    )
  }
  return coding === '' ? Number(headers.get('content-length') ?? 0) : 0
}

/** The size of a chunk in bytes. Throws if it has none: a user's transport may return anything. */
export function sizeOf(piece: unknown, context: ErrorContext): number {
  if (!isBytes(piece)) throw truncatedBody(context)
  return piece.byteLength
}

/** Throws if the bytes so far exceed the limit. */
export function refuseSize(size: number, limit: number, context: ErrorContext): void {
  if (size <= limit) return
  const what = `the response is larger than ${limit} bytes`
  throw new TransportError('ERR_CQ_RESPONSE_TOO_LARGE', what, context)
}

/** Cancels a body that will not be read. */
export function discard(response: TransportResponse): void {
  try {
    const reader = response.body?.[Symbol.asyncIterator]()
    if (reader !== undefined) cancelBody(reader)
  } catch {
    // A user's transport returned something that is not a body: there is nothing to cancel.
  }
}

/** Tells the transport that the rest of a body is not wanted. */
export function cancelBody(reader: AsyncIterator<Uint8Array>): void {
  const left = async (): Promise<unknown> => reader.return?.()
  left().catch(() => undefined)
}

export function truncatedBody(context: ErrorContext): TransportError {
  return new TransportError('ERR_CQ_INCOMPLETE_BODY', 'the response broke off', context)
}
