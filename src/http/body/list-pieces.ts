/**
 * Parses the list of a large JSON object piece by piece, because `JSON.parse` cannot be interrupted.
 *
 * Where an item begins is guessed by how the first one begins, and proven by the parser: pieces that
 * all parse are, with the commas between them, the one derivation that the whole text has. A guess
 * inside a string or a deeper list leaves text that does not parse.
 */

/** Characters of a piece. The worst text of that size takes some 40 ms (decision 17). */
const PIECE = 262_144
/** Characters before the list; in a Bundle they are links and a few members. */
const LONGEST_HEAD = 100_000
/** Characters of `{"fullUrl":` or the like. */
const LONGEST_START = 100
/** Places that are tried for one end of a piece. */
const ATTEMPTS = 3

/** Replaces the list's name in the last piece, so that a second list of that name is noticed. */
const LAST = '\u0000last'

/** A JSON object that has been opened, as far as its list. */
export interface OpenList {
  readonly text: string
  readonly name: string
  /** The members before the list, and an empty list. */
  readonly head: Readonly<Record<string, unknown>>
  /** Where the first item begins. */
  readonly first: number
  /** How it begins. */
  readonly start: string
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
export function openList(text: string, name: string, size: number = PIECE): OpenList | undefined {
  const key = JSON.stringify(name)
  const at = text.indexOf(key)
  if (at < 0 || at > LONGEST_HEAD) return undefined
  const opening = /[ \t\n\r]*:[ \t\n\r]*\[[ \t\n\r]*/y
  opening.lastIndex = at + key.length
  if (!opening.test(text)) return undefined
  const first = opening.lastIndex
  const start = text.slice(first, first + LONGEST_START)
  const colon = start.indexOf(':')
  if (!start.startsWith('{') || colon < 0) return undefined
  // Parses only if the name is a member of the outermost object.
  const head = parsed(`${text.slice(0, at)}${key}:[]}`)
  if (!isObject(head)) return undefined
  return { text, name, head, first, start: start.slice(0, colon + 1), size }
}

/** Parses the end of the list. Undefined where that cannot be done separately. */
export function endOfList({ text, name, first, start, size }: OpenList): ListEnd | undefined {
  let from = Math.max(first, text.length - size)
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    from = from === first ? first : text.indexOf(start, from)
    if (from < 0) return undefined
    const object = parsed(`{${JSON.stringify(LAST)}:[${text.slice(from)}`)
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
  { text, first, start, size }: OpenList,
  to: number,
): Generator<readonly unknown[] | string, void, void> {
  let from = first
  while (from < to) {
    const piece = pieceFrom({ text, start, size, from, to })
    if (piece === undefined) {
      yield text.slice(from, commaBefore(text, to))
      return
    }
    yield piece.items
    from = piece.next
  }
}

function pieceFrom(given: {
  readonly text: string
  readonly start: string
  readonly size: number
  readonly from: number
  readonly to: number
}): { readonly items: readonly unknown[]; readonly next: number } | undefined {
  const { text, start, size, from, to } = given
  let next = from + size >= to ? to : text.lastIndexOf(start, from + size)
  for (let attempt = 0; attempt < ATTEMPTS && next > from; attempt += 1) {
    const items = parsed(`[${text.slice(from, commaBefore(text, next))}]`)
    if (Array.isArray(items)) return { items, next }
    if (next === to) return undefined
    next = text.lastIndexOf(start, next - 1)
  }
  return undefined
}

/** Where the comma is that separates the item that begins at `next` from the one before. */
function commaBefore(text: string, next: number): number {
  let at = next - 1
  while (' \t\n\r'.includes(text.charAt(at)) && at > 0) at -= 1
  // Without one the piece includes the end of the item, and does not parse.
  return text.charAt(at) === ',' ? at : next + 1
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
