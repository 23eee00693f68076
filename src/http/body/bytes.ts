/** Finds things in JSON in UTF-8 without decoding it. */

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

function startsAt(bytes: Uint8Array, wanted: Uint8Array, at: number): boolean {
  for (let index = 0; index < wanted.length; index += 1) {
    if (bytes[at + index] !== wanted[index]) return false
  }
  return true
}
