/** What FHIR's values must look like: a wrong one is a `TypeError` that names the option. */
import { requireList, requireObject, requireText } from '../lib/arguments.ts'

const DAY = /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/
/**
 * The codes of a Patient's gender ([FHIR
 * R4](https://hl7.org/fhir/R4/valueset-administrative-gender.html)); with any other word a server
 * finds no one.
 */
export const GENDERS: readonly string[] = ['male', 'female', 'other', 'unknown']

/** Whether a text is a date without a time, of any precision. */
export function isDay(text: string): boolean {
  return DAY.test(text)
}

/** Throws unless the value is a date without a time. */
export function requireDay(value: unknown, option: string): string {
  if (typeof value === 'string' && isDay(value)) return value
  throw new TypeError(`"${option}" must be a date such as 1946-04-05`)
}

/** Throws unless the value is one of FHIR's codes for it. */
export function requireCode(value: unknown, option: string, codes: readonly string[]): string {
  if (typeof value === 'string' && codes.includes(value)) return value
  throw new TypeError(`"${option}" must be one of ${codes.map((code) => `'${code}'`).join(', ')}`)
}

/** Throws unless the value is a name whose parts are texts: an empty one would be searched for as any name. */
export function requireHumanName(value: unknown, option: string): void {
  requireObject(value, option)
  const { family, given, text } = value as Readonly<Record<string, unknown>>
  if (family !== undefined) requireWords(family, `${option}.family`)
  if (text !== undefined) requireWords(text, `${option}.text`)
  if (given === undefined) return
  requireList(given, `${option}.given`)
  for (const [at, one] of (given as readonly unknown[]).entries()) {
    requireWords(one, `${option}.given[${at}]`)
  }
}

function requireWords(value: unknown, option: string): void {
  if (requireText(value, option).trim() === '') {
    throw new TypeError(`"${option}" must be a text that is not blank`)
  }
}

/** FHIR's id pattern lets `.` and `..` through, and a URL would make steps of them. */
export function requireId(value: unknown, option = 'id'): string {
  const id = requireText(value, option)
  if (!/^[A-Za-z0-9\-.]{1,64}$/.test(id) || id === '.' || id === '..') {
    throw new TypeError(
      `"${option}" must be a FHIR id without its type: up to 64 letters, digits, hyphens and dots`,
    )
  }
  return id
}

/**
 * Throws unless the value is spelled like a resource type; only the server knows which types it
 * has.
 */
export function requireType(value: unknown, option = 'type'): string {
  const type = requireText(value, option)
  if (!/^[A-Z][A-Za-z]{1,63}$/.test(type)) {
    throw new TypeError(`"${option}" must be a resource type such as 'Observation'`)
  }
  return type
}
