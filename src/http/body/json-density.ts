import { exceeds, LIMITS } from './json-shape.ts'

/** Words whose counts fit into the bytes of one word. */
const RUN = 255

/**
 * Whether bytes may contain more small values than JSON may have. It counts commas and opening
 * brackets four bytes at a time, in strings as well: what it accepts has too few of them in any
 * case, and what it does not accept is examined closely ({@link JsonShape}).
 */
export function mayBeDense(bytes: Uint8Array): boolean {
  const skipped = -bytes.byteOffset & 3
  const words = new Int32Array(
    bytes.buffer,
    bytes.byteOffset + skipped,
    Math.max(0, bytes.length - skipped) >> 2,
  )
  let [commas, containers] = [0, 0]
  for (let from = 0; from < words.length; from += RUN) {
    const to = Math.min(from + RUN, words.length)
    let [commasByByte, containersByByte] = [0, 0]
    for (let index = from; index < to; index += 1) {
      const word = words[index] ?? 0
      commasByByte += matches(word ^ 0x2c2c2c2c)
      // An opening bracket and an opening brace differ in one bit.
      containersByByte += matches((word & 0xdfdfdfdf) ^ 0x5b5b5b5b)
    }
    commas += sumOfBytes(commasByByte)
    containers += sumOfBytes(containersByByte)
  }
  const { length } = bytes
  return exceeds(commas, length, LIMITS.commas) || exceeds(containers, length, LIMITS.containers)
}

/** 1 in each byte that is 0 in the word. */
function matches(word: number): number {
  return ~(((word & 0x7f7f7f7f) + 0x7f7f7f7f) | word | 0x7f7f7f7f) >>> 7
}

function sumOfBytes(word: number): number {
  return (word & 0xff) + ((word >>> 8) & 0xff) + ((word >>> 16) & 0xff) + (word >>> 24)
}
