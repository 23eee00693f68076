/** Undoes one layer of content encoding, which undici leaves on. */
import { pipeline, Readable, type Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'

/** What the transport asks for. */
export const ENCODINGS_ASKED = 'gzip, br'

/** Larger than zlib's own 16 kB: pieces that small cost as much as parsing the JSON in them. */
const PIECES = { chunkSize: 262_144 }

const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', () => createGunzip(PIECES)],
  ['x-gzip', () => createGunzip(PIECES)],
  ['deflate', () => createInflate(PIECES)],
  ['br', () => createBrotliDecompress(PIECES)],
])

/**
 * The decoded bytes. An encoding that cannot be undone is written into the headers as one that
 * nobody knows, so that the bytes are refused and not read.
 */
export function decoded(
  body: AsyncIterable<Uint8Array>,
  headers: Headers,
): AsyncIterable<Uint8Array> {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? ''
  if (encoding === '' || encoding === 'identity') return body
  const decoder = DECODERS.get(encoding)
  if (decoder === undefined) {
    headers.set('content-encoding', `undecoded ${encoding}`)
    return body
  }
  const source = Readable.from(body, { objectMode: false })
  const plain = decoder()
  pipeline(source, plain, () => undefined) // errors reach whoever reads the end of it
  return pieces(plain, source)
}

/** No generator: one that was never started does not let go of its stream when it is told to return. */
function pieces(stream: Readable, source: Readable): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const reader = stream.iterator()
      return {
        async next() {
          const piece = await reader.next()
          return piece.done === true
            ? { done: true, value: undefined }
            : { done: false, value: piece.value as Uint8Array }
        },
        return() {
          source.destroy()
          stream.destroy()
          return Promise.resolve({ done: true, value: undefined })
        },
      }
    },
  }
}
