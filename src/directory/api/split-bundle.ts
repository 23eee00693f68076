import { mayBeDense } from '../../http/body/json-density.ts'
import { JsonShape } from '../../http/body/json-shape.ts'
import { endOfList, openList, piecesOf } from '../../http/body/list-pieces.ts'
import { CLOSE_LIST, COMMA, joinBytes, skipSpace } from '../../http/body/bytes.ts'
import { listOfEntries } from './json-bytes.ts'

/** Stands for an entry whose text is not JSON. */
export const NOT_JSON: unique symbol = Symbol('not JSON')

/** Stands for an entry that is larger than {@link MAX_ENTRY}. */
export const TOO_LARGE: unique symbol = Symbol('too large')

/** Stands for an entry that takes longer to find: the caller may yield. */
export const NOT_YET: unique symbol = Symbol('not yet')

/** Bytes that are examined in one step; some 10 ms. */
const STEP = 1_000_000

/**
 * Maximum bytes of an entry's text; a larger one is not an organization's entry and takes too long
 * to parse (decision 17).
 */
export const MAX_ENTRY = 1_000_000

/** A Bundle split so that its entries can be parsed one by one. */
export interface SplitBundle {
  /**
   * The Bundle with an empty `entry`; {@link NOT_JSON} if it is not JSON, {@link TOO_LARGE} above
   * the size of an entry.
   */
  readonly shell: unknown
  /**
   * Each entry in turn, parsed on demand; {@link NOT_JSON} for one that is not JSON, {@link
   * TOO_LARGE} for one above the size, and {@link NOT_YET} between.
   */
  entries(): Iterable<unknown>
}

/**
 * Splits a Bundle, so that a page of thousands is never parsed as a whole: that would take three
 * times its size in memory until the last entry is read. Undefined for what is not obviously an
 * object with one list of objects named `entry`; it then has to be parsed as a whole. In steps,
 * between which the caller may yield.
 */
export function* splitBundle(
  bytes: Uint8Array,
  pieceSize?: number,
): Generator<undefined, SplitBundle | undefined, void> {
  const list = openList(bytes, 'entry', pieceSize)
  const end = list && endOfList(list)
  if (list === undefined || end === undefined || mayBeDense(bytes))
    return yield* splitBundleSlowly(bytes)
  return {
    shell: { ...list.head, ...end.rest },
    *entries() {
      for (const piece of piecesOf(list, end.from)) {
        if (piece instanceof Uint8Array) yield* entriesIn(piece)
        else yield* piece
      }
      yield* end.items
    },
  }
}

/** Entries of which at least one is not JSON. */
function* entriesIn(items: Uint8Array): Generator<unknown, void, void> {
  const steps = splitBundleSlowly(joinBytes([BEFORE, items, AFTER]))
  let step = steps.next()
  for (; step.done !== true; step = steps.next()) yield NOT_YET
  yield* step.value?.entries() ?? [NOT_JSON]
}

const BEFORE = new TextEncoder().encode('{"entry":[')
const AFTER = new TextEncoder().encode(']}')

/**
 * The same by examining every byte: an entry that is not JSON, or not UTF-8, does not affect the
 * others.
 */
function* splitBundleSlowly(
  bytes: Uint8Array,
): Generator<undefined, SplitBundle | undefined, void> {
  const items: number[] = []
  const shape = new JsonShape(items)
  for (let from = 0; from < bytes.length; from += STEP) {
    if (shape.add(bytes.subarray(from, from + STEP)) !== undefined) return undefined
    yield undefined
  }
  if (shape.reasonToReject !== undefined) return undefined
  const start = listOfEntries(bytes)
  if (start === undefined) return undefined
  const entries = itemsFrom(skipSpace(bytes, start), bytes, items)
  if (entries === undefined) return undefined
  const text = textOf(bytes)
  const [before, after] = [text(0, start), text(entries.close, bytes.length)]
  // A second list would replace the first, however its name is spelled.
  if (/"entry"|\\/.test(after)) return undefined
  return {
    shell: parsed(before + after),
    *entries() {
      for (let index = entries.from; index < entries.to; index += 2)
        yield parsed(text(items[index] ?? 0, items[index + 1] ?? 0))
    },
  }
}

/**
 * The items of the list whose first one begins at `first`, and where it closes. Undefined if it
 * contains anything else, or has no end.
 */
function itemsFrom(
  first: number,
  bytes: Uint8Array,
  items: readonly number[],
): { from: number; to: number; close: number } | undefined {
  if (bytes[first] === CLOSE_LIST) return { from: 0, to: 0, close: first }
  const from = items.indexOf(first)
  if (from < 0) return undefined
  for (let [index, at] = [from, first]; items[index] === at; index += 2) {
    const end = skipSpace(bytes, items[index + 1] ?? bytes.length)
    if (bytes[end] === CLOSE_LIST) return { from, to: index + 2, close: end }
    if (bytes[end] !== COMMA) return undefined
    at = skipSpace(bytes, end + 1)
  }
  return undefined
}

/** The text of one page, in parts; a part that is not UTF-8 is empty. */
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
  if (text.length > MAX_ENTRY) return TOO_LARGE
  try {
    return JSON.parse(text)
  } catch {
    return NOT_JSON
  }
}
