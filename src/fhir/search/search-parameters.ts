import {
  isRecord,
  requireObject,
  requireOneOf,
  requireText,
  requireWhole,
} from '../../lib/arguments.ts'
import {
  pairsOf,
  type DateParameter,
  type AllOf,
  type Kind,
  type LooseParameter,
  type Pair,
  type ReferenceParameter,
  type StringParameter,
  type TokenParameter,
} from './search-values.ts'
import { requireType } from '../values.ts'

/** Patients that something else refers to: `{ type: 'Observation', reference: 'patient', parameter: 'code', value: '1234-5' }` ([FHIR R4, reverse chaining](https://hl7.org/fhir/R4/search.html#has)). */
export interface Has {
  readonly type: string
  /** The search parameter of that type by which it refers to the hit. */
  readonly reference: string
  readonly parameter: string
  readonly value: LooseParameter
}

/**
 * What any search accepts ([FHIR R4, search](https://hl7.org/fhir/R4/search.html)). A name with a
 * colon is sent verbatim, with its value.
 */
export interface CommonSearchParameters {
  _id?: TokenParameter<string> | undefined
  _lastUpdated?: DateParameter | undefined
  _tag?: TokenParameter | undefined
  _security?: TokenParameter | undefined
  _profile?: ReferenceParameter | undefined
  _has?: AllOf<Has> | undefined
  /** Hits per page. The server may return fewer. */
  _count?: number | undefined
  /** `'birthdate'`, `'-_lastUpdated'` (descending), or several in order. */
  _sort?: AllOf<string> | undefined
  /**
   * `'Patient:general-practitioner'`: also returns what hits refer to, as `included` of the page.
   */
  _include?: AllOf<string> | undefined
  /** `'Provenance:target'`: also returns what refers to hits. */
  _revinclude?: AllOf<string> | undefined
  /** Names of elements: others may be missing from the hits. */
  _elements?: readonly string[] | undefined
  _summary?: 'true' | 'text' | 'data' | 'count' | 'false' | undefined
  _total?: 'none' | 'estimate' | 'accurate' | undefined
  [raw: `${string}:${string}`]: AllOf<string> | undefined
}

/**
 * What patients are searched by. Text is literal: a comma in a name is a comma.
 *
 * @see [FHIR R4, Patient search](https://hl7.org/fhir/R4/patient.html#search)
 */
export interface PatientSearchParameters extends CommonSearchParameters {
  active?: TokenParameter<boolean> | undefined
  /** Any part of any address. */
  address?: StringParameter | undefined
  'address-city'?: StringParameter | undefined
  'address-country'?: StringParameter | undefined
  'address-postalcode'?: StringParameter | undefined
  'address-state'?: StringParameter | undefined
  'address-use'?: TokenParameter | undefined
  birthdate?: DateParameter | undefined
  'death-date'?: DateParameter | undefined
  deceased?: TokenParameter<boolean> | undefined
  email?: TokenParameter | undefined
  family?: StringParameter | undefined
  gender?: TokenParameter<'male' | 'female' | 'other' | 'unknown'> | undefined
  'general-practitioner'?: ReferenceParameter | undefined
  given?: StringParameter | undefined
  /** `'system|value'` as text, or in two parts. */
  identifier?: TokenParameter | undefined
  language?: TokenParameter | undefined
  link?: ReferenceParameter | undefined
  /** Any part of any name, by prefix at most servers. */
  name?: StringParameter | undefined
  organization?: ReferenceParameter | undefined
  phone?: TokenParameter | undefined
  phonetic?: StringParameter | undefined
  telecom?: TokenParameter | undefined
  /** By a property of the referenced resource: `'general-practitioner.name'`. */
  [chain: `${'general-practitioner' | 'organization' | 'link'}.${string}`]:
    LooseParameter | undefined
}

/** What other resources are searched by: the same forms, with the server's parameter names. */
export type SearchParameters = CommonSearchParameters &
  Readonly<Record<string, LooseParameter | AllOf<Has> | undefined>>

// prettier-ignore
const COMMON: Readonly<Record<string, Kind>> = {
  _id: 'id', _lastUpdated: 'date', _tag: 'token', _security: 'token', _profile: 'reference',
}
// prettier-ignore
const PATIENT: Readonly<Record<string, Kind>> = {
  active: 'boolean', address: 'string', 'address-city': 'string', 'address-country': 'string', 'address-postalcode': 'string',
  'address-state': 'string', 'address-use': 'token', birthdate: 'date', 'death-date': 'date', deceased: 'boolean', email: 'token',
  family: 'string', gender: 'gender', 'general-practitioner': 'reference', given: 'string', identifier: 'token', language: 'token',
  link: 'reference', name: 'string', organization: 'reference', phone: 'token', phonetic: 'string', telecom: 'token',
}
const CHAIN = /^(general-practitioner|organization|link)\.[\w.:-]+$/
const RESERVED = /^(_?api_?key|access_token|_format)$/i

/**
 * Parameters and raw ones, as names and values in the given order. Throws `TypeError` for what
 * cannot be sent.
 */
export function searchPairs(
  type: string,
  parameters: PatientSearchParameters | SearchParameters,
  raw: readonly Pair[] = [],
): readonly Pair[] {
  requireParameters(parameters)
  const kindOf = type === 'Patient' ? patientKind : looseKind
  return [
    ...Object.entries(parameters)
      .filter(([, value]) => value !== undefined)
      .flatMap(([name, value]) => {
        refuseReserved(name)
        return (
          controlPairs(name, value) ?? rawPairs(name, value) ?? pairsOf(name, kindOf(name), value)
        )
      }),
    ...rawList(raw),
  ]
}

/** The members of a `URLSearchParams` or `Map` are not what would be sent. */
function requireParameters(parameters: unknown): void {
  requireObject(parameters, 'parameters')
  const kind = Object.prototype.toString.call(parameters)
  if (kind === '[object Object]') return
  throw new TypeError(
    `"parameters" must be an object such as { family: 'Peters' }, and no ${kind.slice(8, -1)}`,
  )
}

function patientKind(name: string): Kind {
  const kind = ownOf(COMMON, name) ?? ownOf(PATIENT, name)
  if (kind !== undefined) return kind
  if (CHAIN.test(name)) return 'loose'
  throw new TypeError(`"${name}" is not a known search parameter; "raw" sends any`)
}

function looseKind(name: string): Kind {
  const kind = ownOf(COMMON, name)
  if (kind !== undefined) return kind
  if (/^[A-Za-z_-][\w.-]*$/.test(name)) return 'loose'
  throw new TypeError(`"${name}" is not the name of a search parameter`)
}

function ownOf(kinds: Readonly<Record<string, Kind>>, name: string): Kind | undefined {
  return Object.hasOwn(kinds, name) ? kinds[name] : undefined
}

function refuseReserved(name: string): void {
  if (RESERVED.test(name.split(':', 1)[0] ?? '')) {
    throw new TypeError(`"${name}" cannot be searched by`)
  }
}

/** A name with a modifier of the caller's own, and its values verbatim. */
function rawPairs(name: string, value: unknown): readonly Pair[] | undefined {
  if (!/^[\w.-]+:[\w.:-]+$/.test(name)) return undefined
  return valuesOf(name, value).map((one): Pair => [name, requireText(one, name)])
}

function rawList(raw: readonly unknown[]): readonly Pair[] {
  if (!Array.isArray(raw) || !raw.every(isPair)) {
    throw new TypeError('"raw" must be a list of names and values')
  }
  for (const [name] of raw) refuseReserved(name)
  return raw.map(([name, value]): Pair => [name, value])
}

function isPair(value: unknown): value is Pair {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [name, text] = value as readonly unknown[]
  return typeof name === 'string' && name !== '' && typeof text === 'string'
}

/** The parameters that control the response rather than select hits; undefined for others. */
function controlPairs(name: string, value: unknown): readonly Pair[] | undefined {
  switch (name) {
    case '_count':
      return [[name, String(requireWhole(value, name))]]
    case '_sort':
      return [[name, listOf(name, value, /^-?[\w.:-]+$/).join(',')]]
    case '_elements':
      return [[name, listOf(name, value, /^[\w.]+$/).join(',')]]
    case '_include':
    case '_revinclude':
      return listOf(name, value, /^(\*|[A-Za-z]+:[\w-]+(:[A-Za-z]+)?)$/).map((one) => [name, one])
    case '_summary':
      return [[name, requireOneOf(value, ['true', 'text', 'data', 'count', 'false'], name) ?? '']]
    case '_total':
      return [[name, requireOneOf(value, ['none', 'estimate', 'accurate'], name) ?? '']]
    case '_has':
      return valuesOf(name, value).flatMap(hasPairs)
    default:
      return undefined
  }
}

function valuesOf(name: string, value: unknown): readonly unknown[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (values.length === 0) throw new TypeError(`"${name}" must not be an empty list`)
  return values
}

function listOf(name: string, value: unknown, form: RegExp): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  const texts = values.filter((one): one is string => typeof one === 'string' && form.test(one))
  if (texts.length === 0 || texts.length < values.length) {
    throw new TypeError(`"${name}" must be a name as FHIR has it, or a list of them`)
  }
  return texts
}

function hasPairs(value: unknown): readonly Pair[] {
  if (!isRecord(value)) throw new TypeError('"_has" must be { type, reference, parameter, value }')
  const type = requireType(value.type, '_has.type')
  const [reference, parameter] = (['reference', 'parameter'] as const).map((part) => {
    const name = requireText(value[part], `_has.${part}`)
    if (!/^[\w-]+$/.test(name)) throw new TypeError(`"_has.${part}" must be a search parameter`)
    return name
  })
  return pairsOf(`_has:${type}:${reference ?? ''}:${parameter ?? ''}`, 'loose', value.value)
}
