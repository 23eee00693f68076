import { CarequalityError, ResponseError, TransportError, type ErrorContext } from '../errors.ts'
import type { Aborting } from '../lib/abort.ts'
import { isBytes } from '../lib/arguments.ts'
import type { TransportResponse } from '../types.ts'
import type { Answer } from './exchange.ts'
import { JsonShape } from './json-shape.ts'

const ENCODINGS: ReadonlySet<string> = new Set([
  '',
  'identity',
  'gzip',
  'x-gzip',
  'deflate',
  'br',
  'zstd',
])

/**
 * Where the pieces of a body come together. One that is used for many bodies keeps its memory:
 * what the platform sees of freed buffers it frees late.
 */
export class BodyBuffer {
  /** Where each object begins and ends that stands in a list of the outermost object; good as long as the bytes. */
  readonly items: number[] = []
  #bytes: Uint8Array = new Uint8Array()
  #size = 0

  /** What was read so far; good until the next {@link begin}. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size)
  }

  begin(): void {
    this.items.length = 0
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
  const pieces: Uint8Array[] = []
  let size = 0
  const shape = new JsonShape(buffer?.items)
  const leave = (): void => letGo(reader)
  signal.addEventListener('abort', leave, { once: true })
  buffer?.begin()
  try {
    for (;;) {
      const next = await reader.next()
      if (next.done === true || signal.aborted) break
      size += sizeOf(next.value, context)
      refuseSize(size, limit, context)
      refuseShape(shape.add(next.value), context)
      if (buffer === undefined) pieces.push(next.value)
      else buffer.add(next.value)
    }
    refuseShape(shape.objection, context)
  } catch (error) {
    letGo(reader)
    throw error instanceof CarequalityError ? error : brokenOff(context)
  } finally {
    signal.removeEventListener('abort', leave)
  }
  if (announced > size) throw brokenOff(context)
  return buffer?.bytes ?? joined(pieces, size)
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

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const [first] = pieces
  if (first !== undefined && pieces.length === 1) return first
  const bytes = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.byteLength
  }
  return bytes
}

/** How many decoded bytes the headers announce, 0 where they do not say. Throws where the encoding is none that one layer undoes. */
export function announcedSize(response: TransportResponse, context: ErrorContext): number {
  const { headers } = response
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? ''
  if (!ENCODINGS.has(encoding)) {
    discard(response)
    throw new ResponseError(
      'ERR_CQ_UNEXPECTED_CONTENT',
      'the answer is encoded more than once, in an unknown way, or though a plain one was asked for',
      context,
    )
  }
  return encoding === '' ? Number(headers.get('content-length') ?? 0) : 0
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

function refuseShape(objection: string | undefined, context: ErrorContext): void {
  if (objection === undefined) return
  const what = `the JSON of the answer is not read: ${objection}`
  throw new ResponseError('ERR_CQ_INVALID_RESPONSE', what, context)
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

/** The type of an answer without its parameters, in lower case; empty where it has none. */
export function mediaTypeOf(headers: Headers): string {
  return (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/** The answer's text, by the charset it names. A byte that does not fit is an error, never a replacement character. */
export function textOf(answer: Answer): string {
  const label = /;\s*charset\s*=\s*"?([^\s;"]{1,40})/i.exec(
    answer.headers.get('content-type') ?? '',
  )
  try {
    return new TextDecoder(label?.[1] ?? 'utf-8', { fatal: true }).decode(answer.bytes)
  } catch {
    throw new ResponseError(
      'ERR_CQ_UNEXPECTED_CONTENT',
      'the bytes of the answer do not fit its charset',
      answer.context,
    )
  }
}

const FHIR_JSON = /^application\/(fhir\+json|json|json\+fhir)$/
const PLAIN_JSON = /^application\/(json|[\w.-]+\+json)$/

/**
 * Parses an answer as JSON. A missing or wrong label is forgiven only where the text begins with
 * `{`, and never on a token answer. `text`: the answer's, where it is decoded already.
 */
export function jsonOf(
  answer: Answer,
  kind: 'fhir' | 'plain' | 'token',
  text: string = textOf(answer),
): unknown {
  const type = mediaTypeOf(answer.headers)
  const labelled = (kind === 'fhir' ? FHIR_JSON : PLAIN_JSON).test(type)
  if (!labelled && (kind === 'token' || !/^\s*\{/.test(text))) {
    throw new ResponseError(
      'ERR_CQ_UNEXPECTED_CONTENT',
      `the answer is ${describe(type, text)} and not JSON`,
      answer.context,
    )
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new ResponseError(
      'ERR_CQ_INVALID_JSON',
      'the answer is not JSON though it says so',
      answer.context,
    )
  }
}

function describe(type: string, text: string): string {
  if (text.trim() === '') return 'empty'
  if (/^\s*<(!doctype html|html)/i.test(text)) return 'HTML'
  if (/^\s*</.test(text)) return 'XML'
  return /^[\w.+-]{1,40}\/[\w.+-]{1,40}$/.test(type) ? type : 'of no known type'
}
