import { CarequalityError, ResponseError, TransportError, type ErrorContext } from '../../errors.ts'
import type { Aborting } from '../../lib/abort.ts'
import { isBytes } from '../../lib/arguments.ts'
import type { TransportResponse } from '../../types.ts'
import { contentCodingOf } from './content-coding.ts'
import { Pieces } from './pieces.ts'

export { jsonOf, pageNote, smallJsonOf, textOf } from './text.ts'
export { mediaTypeOf } from './media-type.ts'

/**
 * Where the pieces of a body come together. One that is used for many bodies keeps its memory:
 * what the platform sees of freed buffers it frees late.
 */
export class BodyBuffer {
  #bytes: Uint8Array = new Uint8Array()
  #size = 0

  /** What was read so far; good until the next {@link begin}. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size)
  }

  begin(): void {
    this.#size = 0
  }

  /** Copied at once, so that the piece can go. */
  add(piece: Uint8Array): void {
    const size = this.#size + piece.byteLength
    if (size > this.#bytes.byteLength) {
      // By a quarter: doubling would hold twice the largest page for as long as the buffer lives.
      const larger = new Uint8Array(Math.max(size, Math.ceil(1.25 * this.#bytes.byteLength)))
      larger.set(this.bytes)
      this.#bytes = larger
    }
    this.#bytes.set(piece, this.#size)
    this.#size = size
  }
}

/** Reads a body up to `limit` decoded bytes; a larger one is cut and refused, and one that nobody waits for any more let go. */
export async function readBody(
  response: TransportResponse,
  limit: number,
  signal: Aborting,
  context: ErrorContext,
  buffer?: BodyBuffer,
): Promise<Uint8Array> {
  const announced = announcedSize(response, context)
  const reader = readerOf(response, context)
  if (reader === undefined) return new Uint8Array()
  const pieces = new Pieces()
  let size = 0
  const leave = (): void => letGo(reader)
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
    letGo(reader)
    throw error instanceof CarequalityError ? error : brokenOff(context)
  } finally {
    signal.removeEventListener('abort', leave)
  }
  if (announced > size) throw brokenOff(context)
  return buffer?.bytes ?? pieces.joined()
}

/** Undefined where there is no body. Throws where a user's transport gave something that is none. */
function readerOf(
  { body }: TransportResponse,
  context: ErrorContext,
): AsyncIterator<Uint8Array> | undefined {
  try {
    return body === null ? undefined : body[Symbol.asyncIterator]()
  } catch {
    throw brokenOff(context)
  }
}

/** How many decoded bytes the headers announce, 0 where they do not say. Throws where the encoding is none that one layer undoes. */
export function announcedSize(response: TransportResponse, context: ErrorContext): number {
  const { headers } = response
  const coding = contentCodingOf(headers)
  if (coding === undefined) {
    discard(response)
    throw new ResponseError(
      'ERR_CQ_UNEXPECTED_CONTENT',
      'the answer is encoded more than once, in an unknown way, or though a plain one was asked for',
      context,
    )
  }
  return coding === '' ? Number(headers.get('content-length') ?? 0) : 0
}

/** How many bytes a piece of a body has. Throws where it has none: a user's transport may give anything. */
export function sizeOf(piece: unknown, context: ErrorContext): number {
  if (!isBytes(piece)) throw brokenOff(context)
  return piece.byteLength
}

/** Throws where the bytes so far are more than the limit. */
export function refuseSize(size: number, limit: number, context: ErrorContext): void {
  if (size <= limit) return
  const what = `the answer is larger than ${limit} bytes`
  throw new TransportError('ERR_CQ_RESPONSE_TOO_LARGE', what, context)
}

/** Lets go of a body that nobody will read. */
export function discard(response: TransportResponse): void {
  try {
    const reader = response.body?.[Symbol.asyncIterator]()
    if (reader !== undefined) letGo(reader)
  } catch {
    // a user's transport gave something that is no body: there is nothing to let go of
  }
}

export function letGo(reader: AsyncIterator<Uint8Array>): void {
  const left = async (): Promise<unknown> => reader.return?.()
  left().catch(() => undefined)
}

export function brokenOff(context: ErrorContext): TransportError {
  return new TransportError('ERR_CQ_INCOMPLETE_BODY', 'the answer broke off', context)
}
