/**
 * Reads FHIR JSON and the legacy directory's XML alike. In XML, and in its naive conversion to
 * JSON, a primitive is `{ value: … }` and a list of one is no list; these accessors see past that.
 */
import { isRecord } from '../lib/arguments.ts'

/** A value as a list: none, one or many. */
export function list(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

/** A member of an object; undefined where there is no object or no such own member. */
export function member(node: unknown, name: string): unknown {
  return isRecord(node) && Object.hasOwn(node, name) ? node[name] : undefined
}

/** A primitive as trimmed text; undefined where it is absent, empty or no primitive. */
export function text(node: unknown): string | undefined {
  const value = isRecord(node) ? member(node, 'value') : node
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'string') return undefined
  const trimmed = value.trim()
  return trimmed === '' ? undefined : trimmed
}

/** All primitives of a list as texts. */
export function texts(node: unknown): readonly string[] {
  return list(node)
    .map(text)
    .filter((found) => found !== undefined)
}

/** All texts of a concept: codes, displays and free text of CodeableConcept, Coding or plain value. */
export function conceptTexts(node: unknown): readonly string[] {
  if (!isRecord(node)) return texts(node)
  const found: string[] = []
  for (const coding of [...list(member(node, 'coding')), node]) {
    for (const name of ['code', 'value', 'display', 'text']) {
      const shown = text(member(coding, name))
      if (shown !== undefined) found.push(shown)
    }
  }
  return found
}

/** The codes of a concept; its own words where it has none. */
export function codeTexts(node: unknown): readonly string[] {
  const plain = text(node)
  if (plain !== undefined) return [plain]
  const codings = [...list(member(node, 'coding')), node]
  const codes = codings
    .map((coding) => text(member(coding, 'code')) ?? text(member(coding, 'value')))
    .filter((code) => code !== undefined)
  if (codes.length > 0) return codes
  return [text(member(node, 'text')) ?? text(member(node, 'display'))].filter(
    (word) => word !== undefined,
  )
}

/** An extension by the last word of its URL, in lower case. */
export interface NamedExtension {
  readonly name: string
  readonly node: unknown
}

/**
 * The extensions of a node, one level of nesting included: the legacy directory wraps bare names
 * (`Transaction`) in one outer extension. Read once, asked often.
 */
export function extensionsOf(node: unknown): readonly NamedExtension[] {
  const found: NamedExtension[] = []
  collect(node, 1, found)
  return found
}

function collect(node: unknown, depth: number, found: NamedExtension[]): void {
  for (const extension of list(member(node, 'extension'))) {
    const url = text(member(extension, 'url')) ?? ''
    found.push({ name: url.slice(url.lastIndexOf('/') + 1).toLowerCase(), node: extension })
    if (depth > 0) collect(extension, depth - 1, found)
  }
}

/** All texts of the extensions of a name: codes, displays and plain values. */
export function extensionTexts(
  extensions: readonly NamedExtension[],
  name: string,
): readonly string[] {
  return valuesOf(extensions, name, conceptTexts)
}

/** The codes of the extensions of a name. */
export function extensionCodes(
  extensions: readonly NamedExtension[],
  name: string,
): readonly string[] {
  return valuesOf(extensions, name, codeTexts)
}

const PLAIN = ['valueString', 'valueCode', 'valueUri', 'valueUrl']
const CONCEPTS = ['valueCodeableConcept', 'valueCoding']

function valuesOf(
  extensions: readonly NamedExtension[],
  name: string,
  read: (concept: unknown) => readonly string[],
): readonly string[] {
  const found: string[] = []
  for (const extension of extensions) {
    if (extension.name !== name) continue
    for (const kind of PLAIN) found.push(...texts(member(extension.node, kind)))
    for (const kind of CONCEPTS) found.push(...read(member(extension.node, kind)))
  }
  return found
}
