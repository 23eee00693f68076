import { isRecord } from '../lib/arguments.ts'
import type { HeldResource } from './bundle.ts'
import type { Pair } from './search-values.ts'

const NAMES: readonly string[] = ['name', 'family', 'given']

/** Whether a Patient agrees with something that was searched by; undefined where nothing can be said. */
type Criterion = (patient: HeldResource) => boolean | undefined

/**
 * What Patients can be held against: each name, and the birth date. A search by other things, such
 * as identifiers and contact points, has none.
 */
export function criteriaOf(sent: readonly Pair[]): readonly Criterion[] {
  const born = sent.filter(([name]) => name === 'birthdate').map(([, value]) => choicesOf(value))
  return [
    ...sent.flatMap(nameCriterion),
    // A range is one birth date in two parts; each alone would agree with half of all Patients.
    ...(born.some((choices) => choices.some(saysWhen)) ? [bornAsAll(born)] : []),
  ]
}

/**
 * Whether a search answer looks as if the server had not applied the criteria: none of the Patients
 * agrees with any of them. Undefined where nothing can be said: no Patients, or none with a name or
 * birth date (`_elements` leaves them out).
 */
export function looksUnfiltered(
  criteria: readonly Criterion[],
  patients: readonly HeldResource[],
): boolean | undefined {
  const verdicts = criteria
    .flatMap((agrees) => patients.map(agrees))
    .filter((verdict) => verdict !== undefined)
  return verdicts.length === 0 ? undefined : !verdicts.includes(true)
}

function nameCriterion([parameter, value]: Pair): readonly Criterion[] {
  const [name = '', modifier] = parameter.split(':', 2)
  if (!NAMES.includes(name)) return []
  if (modifier !== undefined && modifier !== 'exact' && modifier !== 'contains') return []
  const fits = (own: string, wanted: string): boolean =>
    modifier === 'contains' ? own.includes(wanted) : own.startsWith(wanted)
  const choices = choicesOf(value).filter((choice) => folded(choice) !== '')
  if (choices.length === 0) return []
  return [
    (patient) => {
      const own = namesOf(patient)
      if (own.length === 0) return undefined
      const has = (wanted: string): boolean => own.some((one) => fits(one, wanted))
      return choices.some((choice) => has(folded(choice)) || wordsOf(choice).every(has))
    },
  ]
}

function bornAsAll(wanted: readonly (readonly string[])[]): Criterion {
  return ({ birthDate: born }) =>
    typeof born !== 'string' || born === ''
      ? undefined
      : wanted.every((choices) => choices.some((choice) => bornThen(born, choice)))
}

/** `ne` and `ap` agree with nearly everyone, so they show nothing. */
function saysWhen(wanted: string): boolean {
  return !/^(ne|ap)/.test(wanted)
}

/** As far as both are known. */
function bornThen(born: string, wanted: string): boolean {
  const [, prefix = 'eq', date = ''] = /^([a-z]{2})?(.*)$/.exec(wanted) ?? []
  const same = born.startsWith(date) || date.startsWith(born)
  if (['ge', 'gt', 'sa'].includes(prefix)) return same || born > date
  if (['le', 'lt', 'eb'].includes(prefix)) return same || born < date
  return prefix === 'eq' ? same : true
}

/** The values between the commas that separate, as they were before they were escaped. */
function choicesOf(value: string): readonly string[] {
  const choices = value.match(/(?:\\.|[^\\,])+/gsu) ?? []
  return choices.map((choice) => choice.replace(/\\(.)/gsu, '$1'))
}

/** All names of a patient, by part and by word. */
function namesOf({ name }: HeldResource): readonly string[] {
  const names: readonly unknown[] = Array.isArray(name) ? name : []
  const parts = names
    .filter(isRecord)
    .flatMap(({ text, family, given, prefix, suffix }) =>
      [text, family, given, prefix, suffix].flatMap(textsOf),
    )
  return parts.flatMap((part) => [folded(part), ...wordsOf(part)]).filter((part) => part !== '')
}

function textsOf(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  return values.filter((one) => typeof one === 'string')
}

/** `Smith-Jones, Amy` is three words to one server and one text to the next. */
function wordsOf(name: string): readonly string[] {
  return name
    .split(/[\s,-]+/)
    .map(folded)
    .filter((word) => word !== '')
}

/** Without case, accents, punctuation and spaces. */
function folded(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}]/gu, '')
    .toLowerCase()
}
