/** Compares a Patient that a responder gave with the one that was asked for. */
import type { PatientDemographics } from '../fhir/interactions/match.ts'
import { foldedName, wordsOf } from '../fhir/search/patient-names.ts'
import type { Agreement, ComparedElement } from './outcome.ts'

type Verdict = 'same' | 'similar' | 'different'

/** What a server repeats without end is not compared to its end. */
const MOST = 50
/** A phone number without its country. */
const DIGITS = 10

/** Element by element; what one of the two lacks is left out. */
export function compareDemographics(
  asked: PatientDemographics,
  found: PatientDemographics,
): Agreement {
  const verdicts: readonly (readonly [ComparedElement, Verdict | undefined])[] = [
    ['family', namesAgree(familiesOf(asked), familiesOf(found))],
    ['given', namesAgree(givensOf(asked), givensOf(found))],
    ['birthDate', datesAgree(asked.birthDate, found.birthDate)],
    ['gender', gendersAgree(asked.gender, found.gender)],
    ['identifier', identifiersAgree(asked.identifier, found.identifier)],
    ['telecom', oneInBoth(telecomsOf(asked), telecomsOf(found))],
    ['postalCode', oneInBoth(postalCodesOf(asked), postalCodesOf(found))],
  ]
  return Object.fromEntries(verdicts.filter(([, verdict]) => verdict !== undefined))
}

/** Neither a name nor the birth date agrees: somebody else, by all that was compared. */
export function isStranger({ family, given, birthDate }: Agreement): boolean {
  const compared = [family, given, birthDate].filter((verdict) => verdict !== undefined)
  return compared.length > 0 && compared.every((verdict) => verdict === 'different')
}

/** The more agrees, the higher; for an order, and for nothing else. */
export function weightOf(agreement: Agreement): number {
  const points = { same: 2, similar: 1, different: -2 }
  return Object.values(agreement).reduce((sum, verdict) => sum + points[verdict], 0)
}

function familiesOf({ name }: PatientDemographics): readonly unknown[] {
  return list(name).flatMap(({ family, text }) => family ?? wordsIn(text))
}

function givensOf({ name }: PatientDemographics): readonly unknown[] {
  return list(name).flatMap(({ given, text }) =>
    given === undefined ? wordsIn(text) : list(given),
  )
}

function wordsIn(text: unknown): readonly string[] {
  return typeof text === 'string' ? wordsOf(text) : []
}

function namesAgree(asked: readonly unknown[], found: readonly unknown[]): Verdict | undefined {
  const [askedTexts, foundTexts] = [textsIn(asked), textsIn(found)]
  const ours = askedTexts.map(foldedName).filter((name) => name !== '')
  const theirs = foundTexts.map(foldedName).filter((name) => name !== '')
  if (ours.length === 0 || theirs.length === 0) return undefined
  const known = new Set(theirs)
  if (ours.some((name) => known.has(name))) return 'same'
  const similar = ours.some((name) =>
    theirs.some((other) => name.startsWith(other) || other.startsWith(name)),
  )
  return similar || shareWord(askedTexts, foundTexts) ? 'similar' : 'different'
}

/** `Smith-Jones` and `Smith`. */
function shareWord(asked: readonly string[], found: readonly string[]): boolean {
  const words = new Set(found.flatMap(wordsOf))
  return asked.flatMap(wordsOf).some((word) => words.has(word))
}

function textsIn(values: readonly unknown[]): readonly string[] {
  return values.filter((value) => typeof value === 'string').slice(0, MOST)
}

function datesAgree(asked: unknown, found: unknown): Verdict | undefined {
  if (typeof asked !== 'string' || typeof found !== 'string') return undefined
  if (asked === '' || found === '') return undefined
  if (asked === found) return 'same'
  return asked.startsWith(found) || found.startsWith(asked) ? 'similar' : 'different'
}

function gendersAgree(asked: unknown, found: unknown): Verdict | undefined {
  const says = (gender: unknown): boolean => typeof gender === 'string' && gender !== 'unknown'
  if (!says(asked) || !says(found)) return undefined
  return asked === found ? 'same' : 'different'
}

/** Different only where the same system names another person. */
function identifiersAgree(
  asked: PatientDemographics['identifier'],
  found: PatientDemographics['identifier'],
): Verdict | undefined {
  const theirs = list(found).filter(({ value }) => typeof value === 'string')
  let verdict: Verdict | undefined
  for (const { system, value } of list(asked)) {
    if (typeof value !== 'string') continue
    const sameSystem = theirs.filter((other) => other.system === system)
    if (sameSystem.some((other) => other.value === value)) return 'same'
    if (system !== undefined && sameSystem.length > 0) verdict = 'different'
  }
  return verdict
}

function telecomsOf({ telecom }: PatientDemographics): readonly string[] {
  return list(telecom).flatMap(({ system, value }) => {
    if (typeof value !== 'string') return []
    if (system === 'email') return [value.trim().toLowerCase()]
    const digits = value.slice(0, 64).replace(/\D/g, '')
    return digits === '' ? [] : [digits.slice(-DIGITS)]
  })
}

function postalCodesOf({ address }: PatientDemographics): readonly string[] {
  return list(address).flatMap(({ postalCode }) =>
    typeof postalCode === 'string' ? [postalCode.trim().toUpperCase().slice(0, 5)] : [],
  )
}

function oneInBoth(asked: readonly string[], found: readonly string[]): Verdict | undefined {
  if (asked.length === 0 || found.length === 0) return undefined
  const known = new Set(found)
  return asked.some((one) => known.has(one)) ? 'same' : 'different'
}

/** A server may give anything in place of a list, and anything in one. */
function list<T>(value: readonly T[] | undefined): readonly T[] {
  const items: readonly T[] = Array.isArray(value) ? value.slice(0, MOST) : []
  return items.filter((item) => item !== null && item !== undefined)
}
