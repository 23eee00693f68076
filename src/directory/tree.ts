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

/** All texts of a concept: codes, displays and free text of CodeableConcept, Coding or plain value. */
export function conceptTexts(node: unknown): readonly string[] {
  const plain = isRecord(node) ? undefined : text(node)
  if (plain !== undefined) return [plain]
  const codings = [...list(member(node, 'coding')), node]
  return codings
    .flatMap((coding) => [
      member(coding, 'code'),
      member(coding, 'value'),
      member(coding, 'display'),
      member(coding, 'text'),
    ])
    .map(text)
    .filter((found) => found !== undefined)
}

/**
 * The texts of extensions by the last word of their URL in any case, one level of nesting
 * included: the legacy directory wraps bare names (`Transaction`) in one outer extension.
 */
export function extensionTexts(node: unknown, name: string, depth = 1): readonly string[] {
  return list(member(node, 'extension')).flatMap((extension) => {
    const url = text(member(extension, 'url'))?.split('/').at(-1)
    if (url?.toLowerCase() === name.toLowerCase()) return valueTexts(extension)
    return depth > 0 ? extensionTexts(extension, name, depth - 1) : []
  })
}

function valueTexts(extension: unknown): readonly string[] {
  const plain = ['valueString', 'valueCode', 'valueUri', 'valueUrl'].map((name) =>
    text(member(extension, name)),
  )
  const concepts = ['valueCodeableConcept', 'valueCoding'].flatMap((name) =>
    conceptTexts(member(extension, name)),
  )
  return [...plain.filter((found) => found !== undefined), ...concepts]
}
