import { namesIn, foldedName, wordsOf } from './patient-names.ts'
import type { UntypedResource } from '../bundle.ts'
import type { Pair } from './search-values.ts'

const NAMES: ReadonlySet<string> = new Set(['name', 'family', 'given'])

/** Whether a Patient fits a criterion of the search; undefined where that cannot be decided. */
type Criterion = (patient: UntypedResource, names: readonly string[]) => boolean | undefined

/**
 * Criteria that Patients can be compared with: each name, and the birth date. A search by other
 * things, such as identifiers and contact points, has none.
 */
export function criteriaOf(sent: readonly Pair[]): readonly Criterion[] {
  const born = sent.filter(([name]) => name === 'birthdate').map(([, value]) => choicesOf(value))
  return [
    ...sent.flatMap(nameCriterion),
    // A range is one birth date in two parts; each alone would fit half of all Patients.
    ...(born.some((choices) => choices.some(isDecisive)) ? [birthDateCriterion(born)] : []),
  ]
}

/**
 * Whether a search response looks as if the server had not applied the criteria: none of the
 * Patients fits any of them. Undefined where that cannot be decided: no Patients, or none with a
 * name or birth date (`_elements` omits them).
 */
export function looksUnfiltered(
  criteria: readonly Criterion[],
  patients: Iterable<UntypedResource>,
): boolean | undefined {
  let found: boolean | undefined
  for (const patient of patients) {
    const names = namesIn(patient)
    for (const agrees of criteria) {
      const verdict = agrees(patient, names)
      if (verdict === true) return false
      if (verdict === false) found = true
    }
  }
  return found
}

function nameCriterion([parameter, value]: Pair): readonly Criterion[] {
  const [name = '', modifier] = parameter.split(':', 2)
  if (!NAMES.has(name)) return []
  if (modifier !== undefined && modifier !== 'exact' && modifier !== 'contains') return []
  const fits = (own: string, wanted: string): boolean =>
    modifier === 'contains' ? own.includes(wanted) : own.startsWith(wanted)
  const choices = choicesOf(value)
    .map((choice) => ({ whole: foldedName(choice), words: wordsOf(choice) }))
    .filter(({ whole }) => whole !== '')
  if (choices.length === 0) return []
  return [
    (_patient, names) => {
      if (names.length === 0) return undefined
      const has = (wanted: string): boolean => names.some((one) => fits(one, wanted))
      return choices.some(({ whole, words }) => has(whole) || words.every(has))
    },
  ]
}

function birthDateCriterion(wanted: readonly (readonly string[])[]): Criterion {
  return ({ birthDate: born }) =>
    typeof born !== 'string' || born === ''
      ? undefined
      : wanted.every((choices) => choices.some((choice) => matchesBirthDate(born, choice)))
}

/** `ne` and `ap` fit nearly everyone, so they prove nothing. */
function isDecisive(wanted: string): boolean {
  return !/^(ne|ap)/.test(wanted)
}

/** To the precision that both have. */
function matchesBirthDate(born: string, wanted: string): boolean {
  const [, prefix = 'eq', date = ''] = /^([a-z]{2})?(.*)$/.exec(wanted) ?? []
  const same = born.startsWith(date) || date.startsWith(born)
  if (['ge', 'gt', 'sa'].includes(prefix)) return same || born > date
  if (['le', 'lt', 'eb'].includes(prefix)) return same || born < date
  return prefix === 'eq' ? same : true
}

/** The values between separating commas, unescaped. */
function choicesOf(value: string): readonly string[] {
  const choices = value.match(/(?:\\.|[^\\,])+/gsu) ?? []
  return choices.map((choice) => choice.replace(/\\(.)/gsu, '$1'))
}
