import { mayBeDense } from '../../http/body/json-density.ts'
import { JsonShape } from '../../http/body/json-shape.ts'
import { endOfList, openList, piecesOf } from '../../http/body/list-pieces.ts'
import { listOfEntries, skipSpace } from './json-bytes.ts'

/** In place of an entry whose text is no JSON. */
export const NOT_JSON: unique symbol = Symbol('not JSON')

/** In place of an entry that is larger than {@link MAX_ENTRY}. */
export const TOO_LARGE: unique symbol = Symbol('too large')

/** In place of an entry that takes longer to find: others may have their turn. */
export const NOT_YET: unique symbol = Symbol('not yet')

/** Bytes that are looked at in one step; some 10 ms. */
const STEP = 1_000_000

/** Bytes of an entry's text; what is larger is no organization's entry and takes too long to read (decision 17). */
export const MAX_ENTRY = 1_000_000

/** A Bundle taken apart, so that its entries can be parsed one by one. */
export interface SplitBundle {
  /** The Bundle with an empty `entry`; {@link NOT_JSON} where it is none, {@link TOO_LARGE} above the size of an entry. */
  readonly shell: unknown
  /** Each entry in turn, parsed when it is taken; {@link NOT_JSON} for one that is no JSON, {@link TOO_LARGE} for one above the size, and {@link NOT_YET} between. */
  entries(): Iterable<unknown>
}

const COMMA = 0x2c
const CLOSE_LIST = 0x5d

/**
 * Takes a Bundle apart, so that a page of thousands is never parsed as a whole: that would hold three
 * times its size in memory, for as long as the last entry is not read. Undefined for what is not
 * plainly an object with one list of objects named `entry`; then the whole has to be parsed.
 * In steps, between which others may have their turn.
 */
export function* splitBundle(
  bytes: Uint8Array,
  pieceSize?: number,
): Generator<undefined, SplitBundle | undefined, void> {
  const text = decoded(bytes)
  const list = text === undefined ? undefined : openList(text, 'entry', pieceSize)
  const end = list && endOfList(list)
  if (list === undefined || end === undefined || mayBeDense(bytes))
    return yield* splitBundleSlowly(bytes)
  return {
    shell: { ...list.head, ...end.rest },
    *entries() {
      for (const piece of piecesOf(list, end.from)) {
        if (typeof piece === 'string') yield* entriesIn(piece)
        else yield* piece
      }
      yield* end.items
    },
  }
}

/** Entries of which one at least is no JSON. */
function* entriesIn(text: string): Generator<unknown, void, void> {
  const steps = splitBundleSlowly(new TextEncoder().encode(`{"entry":[${text}]}`))
  let step = steps.next()
  for (; step.done !== true; step = steps.next()) yield NOT_YET
  yield* step.value?.entries() ?? [NOT_JSON]
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** The same by looking at every byte: one entry that is no JSON, or no UTF-8, does not take the others with it. */
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
  // A second list would take the place of the first, however its name is spelt.
  if (/"entry"|\\/.test(after)) return undefined
  return {
    shell: parsed(before + after),
    *entries() {
      for (let index = entries.from; index < entries.to; index += 2)
        yield parsed(text(items[index] ?? 0, items[index + 1] ?? 0))
    },
  }
}

/** The items of the list whose first one begins at `first`, and where it closes. Undefined where it holds anything else, or has no end. */
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
  if (text.length > MAX_ENTRY) return TOO_LARGE
  try {
    return JSON.parse(text)
  } catch {
    return NOT_JSON
  }
}
