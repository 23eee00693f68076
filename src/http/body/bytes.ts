/** JSON in UTF-8 as bytes: finds things in it without decoding, and joins parts. */

export const QUOTE = 0x22
export const BACKSLASH = 0x5c
export const COMMA = 0x2c
export const COLON = 0x3a
export const OPEN_LIST = 0x5b
export const CLOSE_LIST = 0x5d
export const OPEN_OBJECT = 0x7b
export const CLOSE_OBJECT = 0x7d

/** The first byte from `from` on that is not white space. */
export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from
  while (isSpace(bytes[at])) at += 1
  return at
}

/** Whether a byte is white space between the tokens of JSON. */
export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** Where `wanted` begins at or after `from`; -1 where it does not. */
export function indexOfBytes(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  const [first = 0] = wanted
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (startsAt(bytes, wanted, at)) return at
  }
  return -1
}

/** Where `wanted` begins at or before `from`; -1 where it does not. */
export function lastIndexOfBytes(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  const [first = 0] = wanted
  for (let at = bytes.lastIndexOf(first, from); at >= 0;) {
    if (startsAt(bytes, wanted, at)) return at
    // A negative index would count from the end.
    at = at === 0 ? -1 : bytes.lastIndexOf(first, at - 1)
  }
  return -1
}

/** Whether `wanted` begins at `at`. */
export function startsAt(bytes: Uint8Array, wanted: Uint8Array, at: number): boolean {
  for (let index = 0; index < wanted.length; index += 1) {
    if (bytes[at + index] !== wanted[index]) return false
  }
  return true
}

/** The parts one after another: in `room` where that is large enough, else in new memory. */
export function joinBytes(parts: readonly Uint8Array[], room?: Uint8Array): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const joined = room !== undefined && room.length >= length ? room : new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined.subarray(0, length)
}
