import { isRecord, requireObject, requirePositive, requireText } from '../lib/arguments.ts'

/**
 * What a patient is searched by. Values are taken as they are: a comma in a name is a comma.
 * A name with a colon (`'name:exact'`) is sent as it is given, value included.
 *
 * @see [FHIR R4, Patient search](https://hl7.org/fhir/R4/patient.html#search)
 */
export interface PatientSearchParameters {
  _id?: string | undefined
  /** Any part of any name, by prefix at most servers. */
  name?: string | undefined
  family?: string | undefined
  given?: string | undefined
  /** `1946-04-05`, or with a prefix: `ge1946`. */
  birthdate?: string | undefined
  /** `system|value` as text, or in two parts. */
  identifier?: string | { system: string; value: string } | undefined
  /** Hits per page. The server may give fewer. */
  _count?: number | undefined
  [raw: `${string}:${string}`]: string | undefined
}

const TEXTS = ['_id', 'name', 'family', 'given'] as const
const RESERVED = /^(_?api_?key|access_token|_format)$/i

/** The parameters as names and values, in the order given. Throws `TypeError` for what cannot be sent. */
export function searchPairs(
  parameters: PatientSearchParameters,
): readonly (readonly [string, string])[] {
  requireObject(parameters, 'parameters')
  return Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]): [string, string] => [name, encoded(name, value)])
}

function encoded(name: string, value: unknown): string {
  if (RESERVED.test(name.split(':', 1)[0] ?? ''))
    throw new TypeError(`"${name}" cannot be searched by`)
  if (TEXTS.some((text) => text === name)) return escaped(requireText(value, name))
  if (name === 'birthdate') return requireDate(value)
  if (name === 'identifier') return identifier(value)
  if (name === '_count') return String(requireCount(value))
  if (/^[\w-]+:[\w.:-]+$/.test(name)) return requireText(value, name)
  throw new TypeError(`"${name}" is no search parameter that is known here`)
}

/** FHIR's own separators stand for themselves ([FHIR R4, escaping](https://hl7.org/fhir/R4/search.html#escaping)). */
function escaped(value: string): string {
  return value.replace(/[\\$,|]/g, '\\$&')
}

function identifier(value: unknown): string {
  if (isRecord(value)) {
    const system = value.system === '' ? '' : requireText(value.system, 'identifier.system')
    return `${escaped(system)}|${escaped(requireText(value.value, 'identifier.value'))}`
  }
  return requireText(value, 'identifier').replace(/[\\$,]/g, '\\$&')
}

function requireDate(value: unknown): string {
  const date = requireText(value, 'birthdate')
  if (!/^(eq|ne|gt|lt|ge|le|sa|eb|ap)?\d{4}(-\d{2}(-\d{2})?)?$/.test(date)) {
    throw new TypeError(
      '"birthdate" must be a date such as 1946-04-05, perhaps with a prefix such as ge',
    )
  }
  return date
}

function requireCount(value: unknown): number {
  const count = requirePositive(value, '_count') ?? 0
  if (!Number.isSafeInteger(count)) throw new TypeError('"_count" must be a whole number')
  return count
}
