import { jsonCopy } from '../lib/arguments.ts'
import type { PatientDemographics } from '../fhir/interactions/match.ts'
import type { PatientSearchParameters } from '../fhir/search/search-parameters.ts'
import { GENDERS, requireCode, requireDay, requireHumanName } from '../fhir/values.ts'
import { requireList, requireObject } from '../lib/arguments.ts'

/** How much of the patient a responder is sent. */
export type DisclosureMode = 'minimal' | 'two-step' | 'full'

/** What one `$match` sends. */
export interface QuestionStep {
  readonly demographics: PatientDemographics
  /** For example `name.family`. */
  readonly elements: readonly string[]
}

/** What a run asks of every target. Plain data. */
export interface Question {
  /** One, or two where those that answer with candidates are asked again with more. */
  readonly steps: readonly [QuestionStep, QuestionStep?]
  /** Where there is no `$match`: least data; what else is known is compared here. */
  readonly search: {
    readonly parameters: PatientSearchParameters
    readonly elements: readonly string[]
  }
  /** All that is known of the patient. */
  readonly patient: PatientDemographics
  readonly onlyCertainMatches: boolean
}

/** Names that are sent; the first says most. */
const NAMES = 5

/** Throws `TypeError` for a patient that cannot be asked for so. */
export function questionOf(
  given: PatientDemographics,
  disclosure: DisclosureMode,
  onlyCertainMatches: boolean,
): Question {
  requireObject(given, 'patient')
  // Out of reach of later changes.
  const patient = jsonCopy(given, 'patient')
  requirePatient(patient)
  const search = searchOf(patient)
  if (search.elements.every((element) => element === 'gender')) {
    throw new TypeError('"patient" must have a name or a birthDate')
  }
  const [minimal, full] = [stepOf(leastOf(patient)), stepOf(mostOf(patient))]
  const hasMore = full.elements.length > minimal.elements.length
  const steps: Question['steps'] =
    disclosure === 'full'
      ? [full]
      : disclosure === 'two-step' && hasMore
        ? [minimal, full]
        : [minimal]
  return { steps, search, patient, onlyCertainMatches }
}

function requirePatient(patient: PatientDemographics): void {
  const type: unknown = patient.resourceType
  if (type !== undefined && type !== 'Patient') {
    throw new TypeError('"patient" must be a Patient')
  }
  if (patient.birthDate !== undefined) requireDay(patient.birthDate, 'patient.birthDate')
  if (patient.gender !== undefined) requireCode(patient.gender, 'patient.gender', GENDERS)
  for (const list of ['name', 'identifier', 'telecom', 'address'] as const) {
    if (patient[list] === undefined) continue
    requireList(patient[list], `patient.${list}`)
    for (const [at, one] of patient[list].entries()) {
      if (list === 'name') requireHumanName(one, `patient.name[${at}]`)
      else requireObject(one, `patient.${list}[${at}]`)
    }
  }
}

/** Name, birth date and sex: what the first question holds. */
function leastOf({ name, birthDate, gender }: PatientDemographics): PatientDemographics {
  return present({
    name: name?.slice(0, NAMES).map(({ use, text, family, given }) => {
      const isStructured = family !== undefined || given !== undefined
      return present({ use, family, given, text: isStructured ? undefined : text })
    }),
    birthDate,
    gender,
  })
}

/** What people are recognised by; nothing else of the resource leaves. */
function mostOf(patient: PatientDemographics): PatientDemographics {
  const { identifier, telecom, address } = patient
  return present({ ...leastOf(patient), identifier, telecom, address })
}

function stepOf(demographics: PatientDemographics): QuestionStep {
  const { name = [], ...others } = demographics
  const parts = (['family', 'given', 'text'] as const).filter((part) =>
    name.some((one) => one[part] !== undefined),
  )
  return {
    demographics,
    elements: [...parts.map((part) => `name.${part}`), ...Object.keys(others)],
  }
}

function searchOf({ name, birthDate, gender }: PatientDemographics): Question['search'] {
  const [first] = name ?? []
  const family = first?.family
  const given = first?.given?.[0]
  const text = family === undefined && given === undefined ? first?.text : undefined
  const parameters = present({ family, given, name: text, birthdate: birthDate, gender })
  const elements = [
    ...(family === undefined ? [] : ['name.family']),
    ...(given === undefined ? [] : ['name.given']),
    ...(text === undefined ? [] : ['name.text']),
    ...(birthDate === undefined ? [] : ['birthDate']),
    ...(gender === undefined ? [] : ['gender']),
  ]
  return { parameters, elements }
}

/** Without the members that are undefined or empty lists. */
function present<T extends object>(value: T): T {
  const entries = Object.entries(value).filter(
    ([, member]: [string, unknown]) =>
      member !== undefined && !(Array.isArray(member) && member.length === 0),
  )
  return Object.fromEntries(entries) as T
}
