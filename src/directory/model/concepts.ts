/** Concepts and extensions, from FHIR JSON and the legacy directory's XML alike. */
import { list, member, NONE, text } from '../../hl7/tree.ts'
import { isRecord } from '../../lib/arguments.ts'
import { MAX_ITEMS } from './limits.ts'

/** As many items as an entry's model may hold, and one more, which shows that there are others. */
export function items(value: unknown): readonly unknown[] {
  const all = list(value)
  return all.length > MAX_ITEMS ? all.slice(0, MAX_ITEMS + 1) : all
}

/** All primitives of a list as texts. */
export function texts(node: unknown): readonly string[] {
  return gathered(node, (item) => some(text(item)))
}

/** All texts of one concept or several: codes, displays and free text of CodeableConcept, Coding or plain value. */
export function conceptTexts(node: unknown): readonly string[] {
  return gathered(node, textsOfConcept)
}

/** The codes of one concept or several; a concept's own words where it has no code. */
export function codeTexts(node: unknown): readonly string[] {
  return gathered(node, codesOfConcept)
}

/**
 * Reads an extension by the last segment of its URL, as published or in lower case; false for an
 * unknown one.
 */
export type ReadExtension<Into> = (into: Into, name: string, extension: unknown) => boolean

/**
 * Reads the extensions of a node, and those within an unknown one: the legacy directory
 * wraps bare names (`Transaction`) in one outer extension.
 */
export function readExtensions<Into>(
  node: unknown,
  into: Into,
  read: ReadExtension<Into>,
  depth = 1,
): void {
  const extensions = member(node, 'extension')
  if (extensions === undefined) return
  for (const extension of list(extensions)) {
    const url = text(member(extension, 'url')) ?? ''
    const name = url.slice(url.lastIndexOf('/') + 1)
    const known = read(into, name, extension) || read(into, name.toLowerCase(), extension)
    if (!known && depth > 0) readExtensions(extension, into, read, depth - 1)
  }
}

/** Adds to a list in place: 50,000 repetitions of the same text must not be copied each time. */
export function added<T>(before: T[] | undefined, more: readonly T[]): T[] {
  if (before === undefined) return [...more]
  for (const item of more) before.push(item)
  return before
}

/** All texts of an extension: codes, displays or a plain value. */
export function extensionTexts(extension: unknown): readonly string[] {
  return conceptTexts(valueOf(extension))
}

/** The codes of an extension. */
export function extensionCodes(extension: unknown): readonly string[] {
  return codeTexts(valueOf(extension))
}

/** An array that grows by `push` begins with room for 17: this one is made in its size. */
function gathered(node: unknown, read: (item: unknown) => readonly string[]): readonly string[] {
  if (node === undefined || node === null) return NONE
  if (!Array.isArray(node)) return read(node)
  return node.length === 1 ? read(node[0]) : items(node).flatMap(read)
}

function some(first: string | undefined, second?: string): readonly string[] {
  if (first === undefined) return second === undefined ? NONE : [second]
  return second === undefined ? [first] : [first, second]
}

function textsOfConcept(node: unknown): readonly string[] {
  const coding = member(node, 'coding')
  if (coding === undefined) return textsOfCoding(node)
  const codings = gathered(coding, textsOfCoding)
  const words = text(member(node, 'text'))
  return words === undefined ? codings : [...codings, words]
}

function textsOfCoding(node: unknown): readonly string[] {
  if (!isRecord(node)) return some(text(node))
  const { code, value, display, text: words } = node
  if (value === undefined && words === undefined) return some(optional(code), optional(display))
  return [code, value, display, words].map(optional).filter((found) => found !== undefined)
}

function optional(node: unknown): string | undefined {
  return node === undefined ? undefined : text(node)
}

function codesOfConcept(node: unknown): readonly string[] {
  const plain = text(node)
  if (plain !== undefined) return [plain]
  const coding = member(node, 'coding') ?? node
  const codes = gathered(coding, (one) => some(text(member(one, 'code') ?? member(one, 'value'))))
  return codes.length > 0
    ? codes
    : some(text(member(node, 'text') ?? member(node, 'display') ?? member(coding, 'display')))
}

/** An extension has one value, of one of these types. */
function valueOf(node: unknown): unknown {
  if (!isRecord(node)) return undefined
  return (
    node.valueCodeableConcept ??
    node.valueString ??
    node.valueCoding ??
    node.valueCode ??
    node.valueUri ??
    node.valueUrl
  )
}
