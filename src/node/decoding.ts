/** Undoes one layer of content encoding, which undici does not. */
import { pipeline, Readable, type Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib'

import { contentCodingOf } from '../http/body/content-coding.ts'

/** What the transport requests. */
export const ENCODINGS_ASKED = 'gzip, br'

/** Larger than zlib's own 16 kB: chunks that small cost as much as parsing the JSON in them. */
const PIECES = { chunkSize: 262_144 }

const DECODERS: ReadonlyMap<string, (first: number) => Transform> = new Map<
  string,
  (first: number) => Transform
>([
  ['gzip', () => createGunzip(PIECES)],
  ['x-gzip', () => createGunzip(PIECES)],
  // Some servers omit zlib's header, whose lower four bits are 8.
  ['deflate', (first) => ((first & 15) === 8 ? createInflate(PIECES) : createInflateRaw(PIECES))],
  ['br', () => createBrotliDecompress(PIECES)],
])

/**
 * The decoded bytes. An encoding that cannot be undone is written into the headers as an unknown
 * one, so that the bytes are rejected and not read. An empty body has no encoding, whatever its
 * label: servers label 204, 304 and 404 as they label all.
 */
export function decoded(
  body: AsyncIterable<Uint8Array, undefined>,
  headers: Headers,
): AsyncIterable<Uint8Array> {
  const coding = contentCodingOf(headers)
  if (coding === '') return body
  const decoder = coding === undefined ? undefined : DECODERS.get(coding)
  if (decoder === undefined) {
    headers.set('content-encoding', 'undecoded')
    return body
  }
  return { [Symbol.asyncIterator]: () => decodedPieces(body[Symbol.asyncIterator](), decoder) }
}

/** Not a generator: one that waits for a byte does not release it on return. */
function decodedPieces(
  encoded: AsyncIterator<Uint8Array, undefined>,
  decoder: (first: number) => Transform,
): AsyncIterator<Uint8Array, undefined> {
  let plain: AsyncIterator<Uint8Array, undefined> | undefined
  return {
    async next() {
      if (plain === undefined) {
        const first = await firstPiece(encoded)
        if (first === undefined) return END
        plain = decodedFrom(first, encoded, decoder(first[0] ?? 0))
      }
      return plain.next()
    },
    async return() {
      await (plain ?? encoded).return?.()
      return END
    },
  }
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined }

async function firstPiece(
  encoded: AsyncIterator<Uint8Array, undefined>,
): Promise<Uint8Array | undefined> {
  for (;;) {
    const piece = await encoded.next()
    if (piece.done === true) return undefined
    if (piece.value.byteLength > 0) return piece.value
  }
}

function decodedFrom(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array, undefined>,
  decoder: Transform,
): AsyncIterator<Uint8Array, undefined> {
  let begun = false
  const whole: AsyncIterator<Uint8Array, undefined> = {
    next() {
      if (begun) return rest.next()
      begun = true
      return Promise.resolve({ done: false, value: first })
    },
    return: async () => (await rest.return?.()) ?? END,
  }
  const source = Readable.from({ [Symbol.asyncIterator]: () => whole }, { objectMode: false })
  pipeline(source, decoder, () => undefined) // errors reach whoever reads the end of it
  return pieces(decoder, source)
}

/** Not a generator: one that was never started does not release its stream on return. */
function pieces(stream: Readable, source: Readable): AsyncIterator<Uint8Array, undefined> {
  const reader = stream.iterator()
  return {
    async next() {
      const piece = await reader.next()
      return piece.done === true ? END : { done: false, value: piece.value as Uint8Array }
    },
    return() {
      source.destroy()
      stream.destroy()
      return Promise.resolve(END)
    },
  }
}
