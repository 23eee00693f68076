import { isRecord, requireBoolean, requireText } from '../../lib/arguments.ts'
import { GENDERS, isDay, requireCode, requireId, requireType } from '../values.ts'

/** Any of these values: FHIR's "or", for example `{ anyOf: ['Peters', 'Petersen'] }`. */
export interface AnyOf<T> {
  readonly anyOf: readonly T[]
}

/** One value, or any of several. */
export type Choice<T> = T | AnyOf<T>

/** One condition, or several that must all hold: FHIR's "and". */
export type AllOf<T> = T | readonly T[]

/** Whether the element is there at all; `:missing`. */
export interface Missing {
  readonly missing: boolean
}

/**
 * Begins with it, without case and accents at most servers; or exactly, or anywhere in it ([FHIR
 * R4, string](https://hl7.org/fhir/R4/search.html#string)).
 */
export type StringParameter = AllOf<
  | Choice<string>
  | { readonly exact: Choice<string> }
  | { readonly contains: Choice<string> }
  | Missing
>

/** A code or an identifier: `'code'`, `'system|code'`, or in two parts; an empty system means that there is none. */
export type TokenValue = string | { readonly system: string; readonly value: string }

/** A coded value ([FHIR R4, token](https://hl7.org/fhir/R4/search.html#token)). */
export type TokenParameter<T = TokenValue> = AllOf<
  Choice<T> | { readonly not: Choice<T> } | { readonly text: string } | Missing
>

/** Comparisons of dates and numbers ([FHIR R4, prefixes](https://hl7.org/fhir/R4/search.html#prefix)). */
export type SearchPrefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap'

/** Comparisons that must all hold: `{ ge: '1940', lt: '1950' }` is a range. */
export type Comparisons = Readonly<Partial<Record<SearchPrefix, string | undefined>>>

/**
 * A date of any precision: `'1946'`, `'1946-04-05'`, `'ge1946-04'`, or `{ ge: '1940', lt: '1950' }`
 * ([FHIR R4, date](https://hl7.org/fhir/R4/search.html#date)).
 */
export type DateParameter = AllOf<Choice<string> | Comparisons | Missing>

/**
 * A reference: `'Practitioner/7'`, in two parts, or by the identifier of the referenced resource
 * ([FHIR R4, reference](https://hl7.org/fhir/R4/search.html#reference)).
 */
export type ReferenceParameter = AllOf<
  | Choice<string | { readonly type: string; readonly id: string }>
  | { readonly identifier: TokenValue }
  | Missing
>

/**
 * A parameter of unknown type: text (`|` separates, all else is literal), numbers, and any of the
 * other forms.
 */
export type LooseParameter = AllOf<
  | Choice<
      | string
      | number
      | boolean
      | { readonly system: string; readonly value: string }
      | { readonly type: string; readonly id: string }
    >
  | { readonly exact: Choice<string> }
  | { readonly contains: Choice<string> }
  | { readonly not: Choice<TokenValue> }
  | { readonly text: string }
  | { readonly identifier: TokenValue }
  | Comparisons
  | Missing
>

/** The type of a parameter, which decides how its values are written. */
export type Kind = 'string' | 'token' | 'id' | 'gender' | 'boolean' | 'date' | 'reference' | 'loose'

/** A name as it is sent, with its modifier, and its value. */
export type Pair = readonly [name: string, value: string]

const MODIFIERS: Readonly<Record<Kind, readonly string[]>> = {
  string: ['exact', 'contains'],
  token: ['not', 'text'],
  id: ['not'],
  gender: ['not', 'text'],
  boolean: ['not'],
  date: [],
  reference: ['identifier'],
  loose: ['exact', 'contains', 'not', 'text', 'identifier'],
}
/** How the value of a modifier is written, where it differs from the parameter's own. */
const MODIFIED: Readonly<Record<string, Kind>> = {
  exact: 'string',
  contains: 'string',
  text: 'string',
  identifier: 'token',
}
/** Kinds that take a reference in two parts. */
const TYPED: readonly Kind[] = ['reference', 'loose']
const PREFIXES: readonly string[] = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap']
const FORMS: readonly string[] = ['anyOf', 'missing', ...MODIFIERS.loose, ...PREFIXES]
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?$/

/** Pairs as in a form or a query. */
export function queryText(pairs: readonly Pair[]): string {
  return new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString()
}

/** The pairs of one parameter; several where all must hold. Throws `TypeError` for what cannot be sent. */
export function pairsOf(name: string, kind: Kind, value: unknown): readonly Pair[] {
  if (!Array.isArray(value)) return conditionOf(name, kind, value)
  const conditions: readonly unknown[] = value
  if (conditions.length === 0) throw new TypeError(`"${name}" must not be an empty list`)
  return conditions.flatMap((one) => conditionOf(name, kind, one))
}

function conditionOf(name: string, kind: Kind, value: unknown): readonly Pair[] {
  if (!isRecord(value)) return [[name, written(name, kind, value)]]
  const given = Object.entries(value).filter(([, part]) => part !== undefined)
  const [first] = given
  if (first !== undefined && given.length === 1) {
    const [form, part] = first
    if (form === 'anyOf') return [[name, choiceOf(name, kind, value)]]
    if (form === 'missing') {
      requireBoolean(part, `${name}.missing`)
      return [[`${name}:missing`, String(part)]]
    }
    if (MODIFIERS[kind].includes(form)) {
      const own = `${name}.${form}`
      const other = form === 'not' && kind === 'loose' ? 'token' : MODIFIED[form]
      return [[`${name}:${form}`, choiceOf(own, other ?? kind, part)]]
    }
  }
  const compares = kind === 'date' || kind === 'loose'
  if (compares && given.length > 0 && given.every(([form]) => PREFIXES.includes(form))) {
    const compared = kind === 'date' ? bareDate : dateOrNumber
    return given.map(([prefix, part]) => [name, prefix + compared(`${name}.${prefix}`, part)])
  }
  return [[name, written(name, kind, value)]]
}

function choiceOf(option: string, kind: Kind, value: unknown): string {
  if (!isRecord(value) || !Object.hasOwn(value, 'anyOf')) return written(option, kind, value)
  refuseOtherForms(option, value, 'anyOf')
  const values: unknown = value.anyOf
  if (!Array.isArray(values) || values.length === 0) {
    throw new TypeError(`"${option}.anyOf" must be a list of values`)
  }
  return values.map((one: unknown) => written(option, kind, one)).join(',')
}

/** A second form beside the first would be dropped, and the search would find something else. */
function refuseOtherForms(
  option: string,
  value: Readonly<Record<string, unknown>>,
  form?: string,
): void {
  const other = FORMS.find((one) => one !== form && value[one] !== undefined)
  if (other !== undefined) throw new TypeError(`"${option}" cannot have "${other}" beside the rest`)
}

function written(option: string, kind: Kind, value: unknown): string {
  if (isRecord(value)) refuseOtherForms(option, value)
  if (kind === 'string') return escaped(requireText(value, option))
  if (kind === 'date') return requireDate(option, value)
  if (kind === 'id') return requireId(value, option)
  if (isRecord(value) && kind !== 'reference' && Object.hasOwn(value, 'value')) {
    if (kind === 'gender') requireCode(value.value, `${option}.value`, GENDERS)
    const system = value.system === '' ? '' : requireText(value.system, `${option}.system`)
    return `${escaped(system)}|${escaped(requireText(value.value, `${option}.value`))}`
  }
  if (isRecord(value) && TYPED.includes(kind) && Object.hasOwn(value, 'id')) {
    return `${requireType(value.type, `${option}.type`)}/${requireId(value.id, `${option}.id`)}`
  }
  if (kind !== 'reference' && kind !== 'gender' && typeof value === 'boolean') return String(value)
  if (kind === 'boolean') return requireCode(value, option, ['true', 'false'])
  if (kind === 'gender') requireCode(codeIn(value), option, GENDERS)
  if (kind === 'loose' && typeof value === 'number' && Number.isFinite(value)) return String(value)
  // FHIR's separator of system and code stays one, other separators are escaped.
  return requireText(value, option).replace(/[\\$,]/g, '\\$&')
}

/**
 * FHIR's separators, escaped ([FHIR R4, escaping](https://hl7.org/fhir/R4/search.html#escaping)).
 */
function escaped(value: string): string {
  return value.replace(/[\\$,|]/g, '\\$&')
}

function requireDate(option: string, value: unknown): string {
  const text = typeof value === 'string' ? value : ''
  const [, prefix = '', date = ''] = /^([a-z]{2})?(.*)$/.exec(text) ?? []
  if ((prefix !== '' && !PREFIXES.includes(prefix)) || !(isDay(date) || INSTANT.test(date))) {
    throw new TypeError(
      `"${option}" must be a date such as 1946-04-05, perhaps with a prefix such as ge`,
    )
  }
  return text
}

function bareDate(option: string, value: unknown): string {
  const text = typeof value === 'string' ? value : ''
  if (isDay(text) || INSTANT.test(text)) return text
  throw new TypeError(`"${option}" must be a date such as 1946-04-05`)
}

function dateOrNumber(option: string, value: unknown): string {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : ''
  if (isDay(text) || INSTANT.test(text) || /^-?\d+(\.\d+)?([eE][+-]?\d+)?(\|.*)?$/.test(text)) {
    return text.replace(/[\\$,]/g, '\\$&')
  }
  throw new TypeError(`"${option}" must be a date such as 1946-04-05, or a number`)
}

/** The part after the system, where a code has one. */
function codeIn(value: unknown): unknown {
  return typeof value === 'string' ? value.slice(value.lastIndexOf('|') + 1) : value
}

/** Throws `TypeError` unless the value is a date without a prefix: `_since`, `start`, `end`. */
export function requirePlainDate(value: unknown, option: string): string {
  const text = requireText(value, option)
  if (/^[a-z]/.test(text)) throw new TypeError(`"${option}" must be a date without a prefix`)
  pairsOf(option, 'date', text)
  return text
}
