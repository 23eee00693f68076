import { isRecord } from '../lib/arguments.ts'
import type { HeldResource } from './bundle.ts'
import type { Pair } from './search-values.ts'

const NAMES: readonly string[] = ['name', 'family', 'given']

/** Something that a Patient can be held against: a name or a birth date that was searched by. */
interface Criterion {
  readonly names: boolean
  readonly contains: boolean
  readonly choices: readonly string[]
}

/**
 * Whether a search answer looks as if the server had not applied the criteria: none of the Patients
 * agrees with any of the names or the birth date that were sent. Undefined where nothing can be
 * said: no Patients, none with a name or birth date (`_elements` leaves them out), or a search by
 * other things, such as identifiers and contact points.
 */
export function looksUnfiltered(
  sent: readonly Pair[],
  patients: readonly HeldResource[],
): boolean | undefined {
  const verdicts = sent
    .flatMap(criterionOf)
    .flatMap((criterion) => patients.map((patient) => agrees(patient, criterion)))
    .filter((verdict) => verdict !== undefined)
  return verdicts.length === 0 ? undefined : !verdicts.includes(true)
}

function criterionOf([parameter, value]: Pair): readonly Criterion[] {
  const [name = '', modifier] = parameter.split(':', 2)
  const names = NAMES.includes(name)
  if (!names && name !== 'birthdate') return []
  if (modifier !== undefined && modifier !== 'exact' && modifier !== 'contains') return []
  const choices = value.split(/(?<!\\),/).map((choice) => choice.replace(/\\(.)/g, '$1'))
  return [{ names, contains: modifier === 'contains', choices }]
}

function agrees(
  patient: HeldResource,
  { names, contains, choices }: Criterion,
): boolean | undefined {
  if (!names) {
    const born = patient.birthDate
    if (typeof born !== 'string' || born === '') return undefined
    return choices.some((choice) => bornThen(born, choice))
  }
  const own = namesOf(patient)
  if (own.length === 0) return undefined
  return choices.some((choice) => {
    const wanted = folded(choice)
    return own.some((name) => (contains ? name.includes(wanted) : name.startsWith(wanted)))
  })
}

/** As far as both are known; where a comparison says more than text can, it counts as agreeing. */
function bornThen(born: string, wanted: string): boolean {
  const [, prefix = 'eq', date = ''] = /^([a-z]{2})?(.*)$/.exec(wanted) ?? []
  const same = born.startsWith(date) || date.startsWith(born)
  if (prefix === 'eq') return same
  if (['ge', 'gt', 'sa'].includes(prefix)) return same || born > date
  if (['le', 'lt', 'eb'].includes(prefix)) return same || born < date
  return true
}

/** All names of a patient, whole, by part and by word. */
function namesOf({ name }: HeldResource): readonly string[] {
  const names: readonly unknown[] = Array.isArray(name) ? name : []
  return names.filter(isRecord).flatMap(({ text, family, given, prefix, suffix }) => {
    const parts = [text, family, given, prefix, suffix].flatMap(textsOf)
    const whole = [textsOf(given).join(' '), parts.slice(1).join(' ')]
    return [...parts, ...whole, ...parts.flatMap((part) => part.split(/[\s-]+/))]
      .map(folded)
      .filter((part) => part !== '')
  })
}

function textsOf(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  return values.filter((one) => typeof one === 'string')
}

/** Without case, accents and punctuation. */
function folded(name: string): string {
  return name
    .normalize('NFD')
    .replace(/[^\p{L}\p{N} ]/gu, '')
    .toLowerCase()
    .trim()
}
