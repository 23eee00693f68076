/** Undoes one layer of content encoding, which undici's own calls leave on. */
import { pipeline, type Readable, type Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, type ZlibOptions } from 'node:zlib'

/** What the transport asks for. */
export const ENCODINGS_ASKED = 'gzip, br'

/** Larger than zlib's own 16 kB: fewer, larger pieces. */
const PIECES: ZlibOptions = { chunkSize: 65_536 }

const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', () => createGunzip(PIECES)],
  ['x-gzip', () => createGunzip(PIECES)],
  ['deflate', () => createInflate(PIECES)],
  ['br', () => createBrotliDecompress({ chunkSize: 65_536 })],
])

/**
 * The decoded bytes. An encoding that cannot be undone is written into the headers as one that
 * nobody knows, so that the bytes are refused and not read.
 */
export function decoded(body: Readable, headers: Headers): AsyncIterable<Uint8Array> {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? ''
  if (encoding === '' || encoding === 'identity') return pieces(body, body)
  const decoder = DECODERS.get(encoding)
  if (decoder === undefined) {
    headers.set('content-encoding', `undecoded ${encoding}`)
    return pieces(body, body)
  }
  const plain = decoder()
  pipeline(body, plain, () => undefined) // errors reach whoever reads the end of it
  return pieces(plain, body)
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
