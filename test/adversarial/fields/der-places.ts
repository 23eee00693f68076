/** Every element of a DER document, and the document with something hostile in its place. */
import { elementAt, tags, writeDer } from '../../../src/signers/der.ts'
import type { Bytes } from '../../../src/types.ts'

/** A document with about so many hostile bytes in one of its fields. */
export interface DerAttack {
  /** The tags from the document down to the field, with their numbers among their siblings. */
  readonly field: string
  readonly value: string
  readonly make: (bytes: number) => Bytes
}

interface Element {
  readonly tag: number
  readonly raw: Bytes
  /** Empty for a value. */
  readonly children: readonly Element[]
}

type Path = readonly number[]

const filled = (pattern: readonly number[], bytes: number): Bytes => {
  const whole = new Uint8Array(bytes - (bytes % pattern.length))
  for (let at = 0; at < whole.length; at += 1) whole[at] = pattern[at % pattern.length] ?? 0
  return whole
}

/** Contents that some reader might take long over. */
const CONTENTS: readonly (readonly [name: string, pattern: readonly number[]])[] = [
  ['marks in the wrong order', [0xcc, 0x81, 0xcc, 0xa7]],
  ['marks of UTF-16', [0x03, 0x01, 0x03, 0x27]],
  ['spaces', [0x20]],
  ['letters and spaces', [0x61, 0x20, 0x20]],
  ['digits', [0x31]],
  ['zeros', [0]],
  ['ones', [0x7f]],
  ['numbers of an identifier', [0x81, 0x01]],
  ['empty sequences', [tags.sequence, 0]],
  ['empty sets', [tags.set, 0]],
  ['integers', [tags.integer, 1, 1]],
  ['URIs', [0x86, 1, 0x61]],
]

/** Strings are tried in the other types that a string may have. */
const STRINGS: readonly number[] = [0x0c, 0x13, 0x16, 0x1e]

/** All attacks: each content in each element, and each child of a list over and over. */
export function attacksOnDer(document: Bytes): readonly DerAttack[] {
  const whole = treeOf(document)
  return [...pathsOf(whole)].flatMap((path) => attacksAt(whole, path))
}

function attacksAt(whole: Element, path: Path): readonly DerAttack[] {
  const { tag, children } = at(whole, path)
  const field = nameOf(whole, path)
  const types = STRINGS.includes(tag) ? STRINGS : [tag]
  const attack = (value: string, own: number, content: (bytes: number) => Bytes): DerAttack => ({
    ...{ field, value },
    make: (bytes) => withElement(whole, path, writeDer(own, content(bytes))),
  })
  return [
    ...types.flatMap((own) =>
      CONTENTS.map(([name, pattern]) =>
        attack(`${name} as ${own.toString(16)}`, own, (bytes) =>
          // The first octet of a BIT STRING counts the bits that are not used.
          own === tags.bitString
            ? Uint8Array.from([0, ...filled(pattern, bytes)])
            : filled(pattern, bytes),
        ),
      ),
    ),
    ...children.map(({ raw }, index) =>
      attack(`child ${index} over and over`, tag, (bytes) => filled([...raw], bytes)),
    ),
  ]
}

/** Octet and bit strings that hold an element are read into as well. */
function treeOf(raw: Bytes): Element {
  const { tag, content } = elementAt(raw, 0)
  const inside = tag === tags.bitString ? content.subarray(1) : content
  const holds = (tag & 0x20) !== 0 || tag === tags.octetString || tag === tags.bitString
  const children = holds ? childrenOf(inside) : []
  return { tag, raw: Uint8Array.from(raw), children }
}

function childrenOf(content: Bytes): readonly Element[] {
  const children: Element[] = []
  try {
    for (let start = 0; start < content.length;) {
      const { raw } = elementAt(content, start)
      children.push(treeOf(raw))
      start += raw.length
    }
    return children
  } catch {
    return [] // a value, and no elements
  }
}

function* pathsOf({ children }: Element, path: Path = []): Generator<Path> {
  yield path
  for (const [index, child] of children.entries()) yield* pathsOf(child, [...path, index])
}

function at(element: Element, [first, ...rest]: Path): Element {
  const child = first === undefined ? undefined : element.children[first]
  return child === undefined ? element : at(child, rest)
}

function withElement(element: Element, [first, ...rest]: Path, inserted: Bytes): Bytes {
  if (first === undefined) return inserted
  const { tag, children } = element
  const parts = children.map((child, index) =>
    index === first ? withElement(child, rest, inserted) : child.raw,
  )
  return writeDer(tag, ...(tag === tags.bitString ? [new Uint8Array(1)] : []), ...parts)
}

function nameOf(whole: Element, path: Path): string {
  return path
    .map((index, depth) => `${at(whole, path.slice(0, depth + 1)).tag.toString(16)}[${index}]`)
    .join(' ')
}
