/**
 * Reads FHIR JSON and the legacy directory's XML alike. In XML, and in its naive conversion to
 * JSON, a primitive is `{ value: … }` and a list of one is no list; these accessors see past that.
 */
import { isRecord } from '../../lib/arguments.ts'
import { MAX_ITEMS } from './limits.ts'

/** For what is absent: most lists of most entries are, and a directory has many entries. */
export const NONE: readonly never[] = Object.freeze([])

/** A value as a list: none, one or many. */
export function list(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return NONE
  return Array.isArray(value) ? value : [value]
}

/** The items that an entry's model may hold, and one more, which shows that there are others. */
export function items(value: unknown): readonly unknown[] {
  const all = list(value)
  return all.length > MAX_ITEMS ? all.slice(0, MAX_ITEMS + 1) : all
}

/**
 * A member of an object; undefined where there is none. `name` is one of FHIR's, none of which
 * `Object.prototype` has: asking whether it is the object's own would cost more than reading it.
 */
export function member(node: unknown, name: string): unknown {
  return isRecord(node) ? node[name] : undefined
}

/** A primitive as trimmed text; undefined where it is absent, empty or no primitive. */
export function text(node: unknown): string | undefined {
  const value = isRecord(node) ? node.value : node
  if (typeof value === 'string') {
    const trimmed = value.trim()
    return trimmed === '' ? undefined : trimmed
  }
  // A number too large for JavaScript is another one by now.
  return Number.isFinite(value) || typeof value === 'boolean' ? String(value) : undefined
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
 * Takes an extension by the last word of its URL, as published or in lower case, and says whether it
 * knew it.
 */
export type TakeExtension<Into> = (into: Into, name: string, extension: unknown) => boolean

/**
 * Hands out the extensions of a node, and those within one that nobody knew: the legacy directory
 * wraps bare names (`Transaction`) in one outer extension.
 */
export function takeExtensions<Into>(
  node: unknown,
  into: Into,
  take: TakeExtension<Into>,
  depth = 1,
): void {
  const extensions = member(node, 'extension')
  if (extensions === undefined) return
  for (const extension of list(extensions)) {
    const url = text(member(extension, 'url')) ?? ''
    const name = url.slice(url.lastIndexOf('/') + 1)
    const known = take(into, name, extension) || take(into, name.toLowerCase(), extension)
    if (!known && depth > 0) takeExtensions(extension, into, take, depth - 1)
  }
}

/** Adds to a list in place: what says the same thing 50,000 times must not be copied each time. */
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

/** An array that grows by `push` begins with room for 17: here it is made in its size. */
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
