import type { Patient } from 'fhir/r4.js'
import { withoutAccents } from '../lib/normalize.ts'

/** What a search found. */
export interface SearchResult {
  readonly resources: readonly Patient[]
  /** The parameters that were understood; the others were ignored, as servers do. */
  readonly applied: readonly (readonly [name: string, value: string])[]
}

type Test = (patient: Patient, value: string, exact: boolean) => boolean

const tests: Readonly<Record<string, Test>> = {
  _id: (patient, value) => patient.id === value,
  name: (patient, value, exact) =>
    anyBegins([...families(patient), ...givens(patient)], value, exact),
  family: (patient, value, exact) => anyBegins(families(patient), value, exact),
  given: (patient, value, exact) => anyBegins(givens(patient), value, exact),
  gender: (patient, value) => patient.gender === value,
  birthdate: bornOn,
  identifier: hasIdentifier,
}

const demographics = ['_id', 'name', 'family', 'given', 'birthdate', 'identifier']

/** Patients that satisfy all parameters; a comma means "or", a repeated parameter "and". */
export function searchPatients(patients: readonly Patient[], query: URLSearchParams): SearchResult {
  const applied: [string, string][] = []
  let found = patients
  for (const [parameter, value] of query) {
    const [name = '', modifier] = parameter.split(':')
    const test = Object.hasOwn(tests, name) ? tests[name] : undefined
    if (test === undefined || (modifier !== undefined && modifier !== 'exact')) continue
    const choices = value.split(/(?<!\\),/).map((choice) => choice.replace(/\\(.)/g, '$1'))
    found = found.filter((patient) =>
      choices.some((choice) => test(patient, choice, modifier === 'exact')),
    )
    applied.push([parameter, value])
  }
  return { resources: found, applied }
}

/** True where a search identifies someone; gender alone does not. */
export function hasDemographics({ applied }: Pick<SearchResult, 'applied'>): boolean {
  return applied.some(([parameter]) => demographics.includes(parameter.split(':')[0] ?? ''))
}

function families(patient: Patient): string[] {
  return (patient.name ?? []).flatMap(({ family }) => family ?? [])
}

function givens(patient: Patient): string[] {
  return (patient.name ?? []).flatMap(({ given }) => given ?? [])
}

function anyBegins(names: readonly string[], value: string, exact: boolean): boolean {
  if (exact) return names.includes(value)
  return names.some((name) => fold(name).startsWith(fold(value)))
}

/** Without case and accents ([FHIR search, string](https://hl7.org/fhir/R4/search.html#string)). */
function fold(name: string): string {
  return withoutAccents(name, 'NFD')
}

/** Dates compare as text as far as both are known, which is enough for birth dates. */
function bornOn({ birthDate }: Patient, value: string): boolean {
  const [, prefix = 'eq', date = ''] =
    /^(eq|ne|ge|gt|le|lt)?(\d{4}(?:-\d\d){0,2})$/.exec(value) ?? []
  if (birthDate === undefined || date === '') return false
  const same = birthDate.startsWith(date)
  if (prefix === 'ne') return !same
  if (prefix === 'ge') return same || birthDate > date
  if (prefix === 'le') return same || birthDate < date
  if (prefix === 'gt') return !same && birthDate > date
  return prefix === 'lt' ? !same && birthDate < date : same
}

function hasIdentifier(patient: Patient, wanted: string): boolean {
  const bar = wanted.indexOf('|')
  const value = wanted.slice(bar + 1)
  const system = bar < 0 ? undefined : wanted.slice(0, bar)
  return (patient.identifier ?? []).some(
    (identifier) =>
      (value === '' || identifier.value === value) &&
      (system === undefined || (identifier.system ?? '') === system),
  )
}
