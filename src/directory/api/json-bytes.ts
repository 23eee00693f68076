/** Navigates JSON in UTF-8 without parsing it. What it skips may not be JSON at all. */
import {
  BACKSLASH,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  skipSpace,
  startsAt,
} from '../../http/body/bytes.ts'

const ENTRY = new TextEncoder().encode('"entry"')

/** The first byte inside of the top-level `"entry": [`. */
export function listOfEntries(bytes: Uint8Array): number | undefined {
  let at = skipSpace(bytes, 0)
  if (bytes[at] !== OPEN_OBJECT) return undefined
  for (let depth = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      const end = endOfString(bytes, at)
      const colon = skipSpace(bytes, end)
      if (depth === 1 && bytes[colon] === COLON && isEntry(bytes, at, end)) {
        const list = skipSpace(bytes, colon + 1)
        return bytes[list] === OPEN_LIST ? list + 1 : undefined
      }
      at = end - 1
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth -= 1
  }
  return undefined
}

/** The byte after the string that begins at `start`. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at += 1) {
    if (bytes[at] === BACKSLASH) at += 1
    else if (bytes[at] === QUOTE) return at + 1
  }
  return bytes.length
}

function isEntry(bytes: Uint8Array, from: number, to: number): boolean {
  return to - from === ENTRY.length && startsAt(bytes, ENTRY, from)
}
