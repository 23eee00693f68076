/**
 * Parses the list of a large JSON object piece by piece, because `JSON.parse` cannot be interrupted.
 *
 * Where an item begins is guessed by how the first one begins, and proven by the parser: pieces that
 * all parse are, with the commas between them, the one derivation that the whole text has. A guess
 * inside a string or a deeper list leaves text that does not parse.
 */
import {
  COLON,
  COMMA,
  indexOfBytes,
  isSpace,
  joinBytes,
  lastIndexOfBytes,
  OPEN_LIST,
  OPEN_OBJECT,
  skipSpace,
} from './bytes.ts'

/** Bytes of a piece. The worst text of that size takes some 40 ms (decision 17). */
const PIECE = 262_144
/** Bytes before the list; in a Bundle they are links and a few members. */
const LONGEST_HEAD = 100_000
/** Bytes of `{"fullUrl":` or the like. */
const LONGEST_START = 100
/** Places that are tried for one end of a piece. */
const ATTEMPTS = 3

/** Replaces the list's name in the last piece, so that a second list of that name is noticed. */
const LAST = '\u0000last'

/** A JSON object in UTF-8 that has been opened, as far as its list. */
export interface OpenList {
  readonly name: string
  /** The members before the list, and an empty list. */
  readonly head: Readonly<Record<string, unknown>>
  readonly parser: Parser
  /** Where the first item begins. */
  readonly first: number
  /** How it begins. */
  readonly start: Uint8Array
  readonly size: number
}

/** The last items of a list, and what follows it. */
export interface ListEnd {
  /** Where these items begin. */
  readonly from: number
  readonly items: readonly unknown[]
  /** The members after the list. */
  readonly rest: Readonly<Record<string, unknown>>
}

/** Finds the list of objects under a name of an object. Undefined where it is not easily found. */
export function openList(
  bytes: Uint8Array,
  name: string,
  size: number = PIECE,
): OpenList | undefined {
  const key = JSON.stringify(name)
  const keyBytes = new TextEncoder().encode(key)
  const at = indexOfBytes(bytes.subarray(0, LONGEST_HEAD), keyBytes, 0)
  if (at < 0) return undefined
  const colon = skipSpace(bytes, at + keyBytes.length)
  const open = skipSpace(bytes, colon + 1)
  if (bytes[colon] !== COLON || bytes[open] !== OPEN_LIST) return undefined
  const first = skipSpace(bytes, open + 1)
  const length = bytes.subarray(first, first + LONGEST_START).indexOf(COLON) + 1
  if (bytes[first] !== OPEN_OBJECT || length === 0) return undefined
  const parser = new Parser(bytes)
  // Parses only if the name is a member of the outermost object.
  const head = parser.parse('', 0, at, `${key}:[]}`)
  if (!isObject(head)) return undefined
  return { name, head, parser, first, start: bytes.subarray(first, first + length), size }
}

/** Parses the end of the list. Undefined where that cannot be done separately. */
export function endOfList({ name, parser, first, start, size }: OpenList): ListEnd | undefined {
  const { bytes } = parser
  let from = Math.max(first, bytes.length - size)
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    from = from === first ? first : indexOfBytes(bytes, start, from)
    if (from < 0) return undefined
    const object = parser.parse(`{${JSON.stringify(LAST)}:[`, from, bytes.length, '')
    if (isObject(object) && Array.isArray(object[LAST])) {
      const { [LAST]: items, ...rest } = object
      // Of two lists of one name the second counts, which only the whole text shows.
      return Object.hasOwn(rest, name) ? undefined : { from, items: items as unknown[], rest }
    }
    if (from === first) return undefined
    from += 1
  }
  return undefined
}

/** The items before `to`, in pieces; the last one is the text of those that could not be split. */
export function* piecesOf(
  list: OpenList,
  to: number,
): Generator<readonly unknown[] | Uint8Array, void, void> {
  const { bytes } = list.parser
  let from = list.first
  while (from < to) {
    const piece = pieceFrom(list, from, to)
    if (piece === undefined) {
      yield bytes.subarray(from, commaBefore(bytes, to))
      return
    }
    yield piece.items
    from = piece.next
  }
}

function pieceFrom(
  { parser, start, size }: OpenList,
  from: number,
  to: number,
): { readonly items: readonly unknown[]; readonly next: number } | undefined {
  const { bytes } = parser
  let next = from + size >= to ? to : lastIndexOfBytes(bytes, start, from + size)
  for (let attempt = 0; attempt < ATTEMPTS && next > from; attempt += 1) {
    const items = parser.parse('[', from, commaBefore(bytes, next), ']')
    if (Array.isArray(items)) return { items, next }
    if (next === to) return undefined
    next = lastIndexOfBytes(bytes, start, next - 1)
  }
  return undefined
}

/** Where the comma is that separates the item that begins at `next` from the one before. */
function commaBefore(bytes: Uint8Array, next: number): number {
  let at = next - 1
  while (isSpace(bytes[at]) && at > 0) at -= 1
  // Without one the piece includes the end of the item, and does not parse.
  return bytes[at] === COMMA ? at : next + 1
}

/**
 * Parses parts of a text in UTF-8. They are put together with what belongs around them in memory
 * that is used again: joining strings copies them into new memory, which costs a tenth of a page
 * (decision 18).
 */
class Parser {
  readonly bytes: Uint8Array
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  readonly #encoder = new TextEncoder()
  #room: Uint8Array = new Uint8Array()

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /** Undefined for what is no JSON, or no UTF-8. */
  parse(before: string, from: number, to: number, after: string): unknown {
    const [head, tail] = [this.#encoder.encode(before), this.#encoder.encode(after)]
    const text = joinBytes([head, this.bytes.subarray(from, to), tail], this.#room)
    if (text.length > this.#room.length) this.#room = text
    try {
      return JSON.parse(this.#decoder.decode(text))
    } catch {
      return undefined
    }
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
