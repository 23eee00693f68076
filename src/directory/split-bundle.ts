/** A Bundle taken apart: everything but its entries, and where in the bytes each entry is. */
export interface SplitBundle {
  /** The bytes before the first entry and after the last: together the Bundle with an empty `entry`. */
  readonly shell: readonly [Uint8Array, Uint8Array]
  /** First byte of each entry and the one after its last, two numbers an entry. */
  readonly ranges: readonly number[]
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const ENTRY = new TextEncoder().encode('entry')

/**
 * Finds the entries of a Bundle in its bytes, so that a page of thousands need never be parsed as a
 * whole: that would hold three times its size in memory. Undefined for what is not plainly an object
 * with one list of objects named `entry`; then the whole has to be parsed, and be judged by that.
 */
export function splitBundle(bytes: Uint8Array): SplitBundle | undefined {
  const start = listOfEntries(bytes)
  if (start === undefined) return undefined
  const ranges: number[] = []
  let at = skipSpace(bytes, start)
  if (bytes[at] !== CLOSE_ARRAY) {
    for (;;) {
      const end = endOfObject(bytes, at)
      if (end === undefined) return undefined
      ranges.push(at, end)
      at = skipSpace(bytes, end)
      if (bytes[at] === CLOSE_ARRAY) break
      if (bytes[at] !== COMMA) return undefined
      at = skipSpace(bytes, at + 1)
    }
  }
  const rest = bytes.subarray(at)
  // A second one would take the place of the first.
  if (holdsEntryKey(rest)) return undefined
  return { shell: [bytes.subarray(0, start), rest], ranges }
}

/** The first byte inside of the top-level `"entry": [`. */
function listOfEntries(bytes: Uint8Array): number | undefined {
  let at = skipSpace(bytes, 0)
  if (bytes[at] !== OPEN_OBJECT) return undefined
  for (let depth = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      const end = endOfString(bytes, at)
      const colon = skipSpace(bytes, end)
      if (depth === 1 && bytes[colon] === COLON && isEntry(bytes, at, end)) {
        const list = skipSpace(bytes, colon + 1)
        return bytes[list] === OPEN_ARRAY ? list + 1 : undefined
      }
      at = end - 1
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1
  }
  return undefined
}

/** The byte after the object that begins at `at`; undefined where there is none, or no end. */
function endOfObject(bytes: Uint8Array, at: number): number | undefined {
  if (bytes[at] !== OPEN_OBJECT) return undefined
  const { length } = bytes
  for (let depth = 0, next = at; next < length; next += 1) {
    const byte = bytes[next]
    if (byte === QUOTE) {
      // Inlined from `endOfString`: most of a page is strings.
      for (next += 1; next < length && bytes[next] !== QUOTE; next += 1)
        if (bytes[next] === BACKSLASH) next += 1
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      depth -= 1
      if (depth === 0) return next + 1
    }
  }
  return undefined
}

/** The byte after the string that begins at `at`. */
function endOfString(bytes: Uint8Array, at: number): number {
  for (let next = at + 1; next < bytes.length; next += 1) {
    if (bytes[next] === BACKSLASH) next += 1
    else if (bytes[next] === QUOTE) return next + 1
  }
  return bytes.length
}

function isEntry(bytes: Uint8Array, from: number, to: number): boolean {
  return (
    to - from === ENTRY.length + 2 && ENTRY.every((byte, index) => bytes[from + 1 + index] === byte)
  )
}

/** Any string `entry`, key or not, wherever it is: after the list there is little else. */
function holdsEntryKey(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(QUOTE); at >= 0;) {
    const end = endOfString(bytes, at)
    // A key can be written with escapes, too.
    if (isEntry(bytes, at, end) || bytes.subarray(at, end).includes(BACKSLASH)) return true
    at = bytes.indexOf(QUOTE, end)
  }
  return false
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from
  for (let byte = bytes[at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;)
    byte = bytes[(at += 1)]
  return at
}
