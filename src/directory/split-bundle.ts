import { endOfObject, listOfEntries, skipSpace } from './json-bytes.ts'

/** In place of an entry whose text is no JSON. */
export const NOT_JSON: unique symbol = Symbol('not JSON')

/** A Bundle taken apart, so that its entries can be parsed one by one. */
export interface SplitBundle {
  /** The Bundle with an empty `entry`; {@link NOT_JSON} where it is none. */
  readonly shell: unknown
  /** Each entry in turn, parsed when it is taken; {@link NOT_JSON} for one that is no JSON. */
  entries(): Iterable<unknown>
}

const COMMA = 0x2c
const COLON = 0x3a
const OPEN_OBJECT = 0x7b
const CLOSE_LIST = 0x5d
/** From the end of an entry to the colon after the next one's first name. */
const LONGEST_BETWEEN = 300

/**
 * Finds the entries of a Bundle in its bytes (UTF-8), so that a page of thousands need never be
 * parsed as a whole: that would hold three times its size in memory, and all of it for as long as the
 * last entry is not read. Undefined for what is not plainly an object with one list of objects named
 * `entry`; then the whole has to be parsed, and be judged by that.
 */
export function splitBundle(bytes: Uint8Array): SplitBundle | undefined {
  const start = listOfEntries(bytes)
  if (start === undefined) return undefined
  const first = skipSpace(bytes, start)
  if (bytes[first] === CLOSE_LIST) return shellOf(bytes, start, [], first)
  for (const find of [likelyStarts, exactStarts]) {
    const starts = find(bytes, first)
    const end = endOfObject(bytes, starts?.at(-1) ?? first)
    const close = skipSpace(bytes, end ?? bytes.length)
    if (starts !== undefined && bytes[close] === CLOSE_LIST)
      return shellOf(bytes, start, starts, close)
  }
  return undefined
}

function shellOf(
  bytes: Uint8Array,
  start: number,
  starts: readonly number[],
  close: number,
): SplitBundle | undefined {
  const text = textOf(bytes)
  const [before, after] = [text(0, start), text(close, bytes.length)]
  // A second list would take the place of the first, however its name is spelt.
  if (/"entry"|\\/.test(after)) return undefined
  return {
    shell: parsed(before + after),
    entries: () => parsedEntries(bytes, starts, close),
  }
}

/**
 * Where entries seem to begin: wherever the same is written that stands between the first two.
 * Looking for it costs a fraction of looking at each byte. A place inside of an entry can look the
 * same; `parsedEntries` finds out.
 */
function likelyStarts(bytes: Uint8Array, first: number): readonly number[] | undefined {
  const firstEnd = endOfObject(bytes, first)
  if (firstEnd === undefined) return undefined
  const comma = skipSpace(bytes, firstEnd)
  if (bytes[comma] === CLOSE_LIST) return [first]
  const second = skipSpace(bytes, comma + 1)
  const colon = bytes.indexOf(COLON, second)
  if (bytes[comma] !== COMMA || bytes[second] !== OPEN_OBJECT || colon < 0) return undefined
  const between = bytes.subarray(firstEnd, colon + 1)
  if (between.length > LONGEST_BETWEEN) return undefined
  const starts = [first]
  const rare = rarestOf(between, bytes.subarray(first, firstEnd))
  for (
    let at = bytes.indexOf(rare.byte, firstEnd);
    at >= 0;
    at = bytes.indexOf(rare.byte, at + 1)
  ) {
    const from = at - rare.index
    if (from >= firstEnd && matches(bytes, from, between)) starts.push(from + second - firstEnd)
  }
  return starts
}

/** Where entries begin, found byte by byte. */
function exactStarts(bytes: Uint8Array, first: number): readonly number[] | undefined {
  const starts = [first]
  for (let at = first; ;) {
    const end = endOfObject(bytes, at)
    if (end === undefined) return undefined
    const comma = skipSpace(bytes, end)
    if (bytes[comma] !== COMMA) return starts
    at = skipSpace(bytes, comma + 1)
    starts.push(at)
  }
}

/** The byte to look for: the one that an entry holds least often. */
function rarestOf(between: Uint8Array, entry: Uint8Array): { byte: number; index: number } {
  const counts = new Uint32Array(256)
  for (const byte of entry) counts[byte] = (counts[byte] ?? 0) + 1
  let rarest = { byte: between[0] ?? COMMA, index: 0 }
  for (const [index, byte] of between.entries())
    if ((counts[byte] ?? 0) < (counts[rarest.byte] ?? 0)) rarest = { byte, index }
  return rarest
}

function matches(bytes: Uint8Array, from: number, pattern: Uint8Array): boolean {
  for (let at = 0; at < pattern.length; at += 1) if (bytes[from + at] !== pattern[at]) return false
  return true
}

/** If what lies between two starts is an object, the second is a start indeed. */
function* parsedEntries(
  bytes: Uint8Array,
  starts: readonly number[],
  close: number,
): Generator<unknown, void, void> {
  const text = textOf(bytes)
  for (let index = 0; index < starts.length; index += 1) {
    const [start = 0, next] = [starts[index], starts[index + 1]]
    const end = next === undefined ? close : bytes.lastIndexOf(COMMA, next)
    const value = parsed(text(start, end))
    if (value !== NOT_JSON) yield value
    else {
      // Rubbish, or what looked like the next start was inside of this entry.
      const own = endOfObject(bytes, start)
      if (own === undefined || skipSpace(bytes, own) !== end) {
        yield* entriesFrom(bytes, start, close)
        return
      }
      yield NOT_JSON
    }
  }
}

/** The same, byte by byte. */
function* entriesFrom(
  bytes: Uint8Array,
  start: number,
  close: number,
): Generator<unknown, void, void> {
  const text = textOf(bytes)
  for (let at = start; at < close;) {
    const end = endOfObject(bytes, at) ?? close
    yield parsed(text(at, Math.min(end, close)))
    const comma = skipSpace(bytes, end)
    at = bytes[comma] === COMMA ? skipSpace(bytes, comma + 1) : close
  }
}

/** Text in pieces of one page; a piece that is no UTF-8 is empty. */
type TextOf = (from: number, to: number) => string

/** One decoder for all of a page. */
function textOf(bytes: Uint8Array): TextOf {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  return (from, to) => {
    try {
      return decoder.decode(bytes.subarray(from, to))
    } catch {
      return ''
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return NOT_JSON
  }
}
