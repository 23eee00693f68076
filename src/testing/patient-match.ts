import type { BundleEntry, Patient } from 'fhir/r4.js'
import { isRecord } from '../lib/arguments.ts'

const GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade'

/** What is compared, and how much it counts. */
const criteria: readonly (readonly [weight: number, value: (of: Patient) => string | undefined])[] =
  [
    [4, ({ identifier }) => identifier?.[0]?.value?.toLowerCase()],
    [3, ({ birthDate }) => birthDate],
    [2, ({ name }) => name?.[0]?.family?.toLowerCase()],
    [2, ({ name }) => name?.[0]?.given?.[0]?.toLowerCase()],
    [1, ({ gender }) => gender],
  ]

/** What a `$match` searches for; undefined where the body is not a valid request. */
export interface MatchQuestion {
  readonly wanted: Patient
  readonly onlyCertainMatches: boolean
  readonly count: number | undefined
}

/** Reads the Parameters of a `$match` ([FHIR R4](https://hl7.org/fhir/R4/patient-operation-match.html)). */
export function matchQuestion(body: string): MatchQuestion | undefined {
  const { resource } = parameterOf(body, 'resource')
  if (!isPatient(resource)) return undefined
  const { valueBoolean } = parameterOf(body, 'onlyCertainMatches')
  const { valueInteger } = parameterOf(body, 'count')
  return {
    wanted: resource,
    onlyCertainMatches: valueBoolean === true,
    count: typeof valueInteger === 'number' ? valueInteger : undefined,
  }
}

/** The candidates, best first, each with its score and grade. */
export function matchPatients(
  patients: readonly Patient[],
  { wanted, onlyCertainMatches, count }: MatchQuestion,
): readonly BundleEntry<Patient>[] {
  const candidates = patients
    .map((resource) => ({ resource, score: scoreOf(resource, wanted) }))
    .filter(({ score }) => score >= 0.3)
    .sort((a, b) => b.score - a.score)
    .map(({ resource, score }) => ({ resource, score, grade: gradeOf(score) }))
  const certain = candidates.filter(({ grade }) => grade === 'certain')
  // If two are certain, neither is.
  const given = onlyCertainMatches ? (certain.length === 1 ? certain : []) : candidates
  return given.slice(0, count).map(({ resource, score, grade }) => ({
    resource,
    search: { extension: [{ url: GRADE, valueCode: grade }], mode: 'match', score },
  }))
}

/** The agreeing part of what both know, by weight, and less where little was compared. */
function scoreOf(known: Patient, wanted: Patient): number {
  let [agreeing, compared] = [0, 0]
  for (const [weight, value] of criteria) {
    const [ours, theirs] = [value(known), value(wanted)]
    if (ours === undefined || theirs === undefined) continue
    compared += weight
    if (ours === theirs) agreeing += weight
  }
  const sure = Math.min(1, 0.4 + compared / 12)
  return compared === 0 ? 0 : Math.round((agreeing / compared) * sure * 100) / 100
}

function gradeOf(score: number): 'certain' | 'probable' | 'possible' {
  if (score >= 0.95) return 'certain'
  return score >= 0.6 ? 'probable' : 'possible'
}

function parameterOf(body: string, name: string): Readonly<Record<string, unknown>> {
  try {
    const parameters: unknown = JSON.parse(body)
    const list: unknown = isRecord(parameters) ? parameters.parameter : undefined
    const all: readonly unknown[] = Array.isArray(list) ? list : []
    return all.filter(isRecord).find((one) => one.name === name) ?? {}
  } catch {
    return {}
  }
}

function isPatient(value: unknown): value is Patient {
  return isRecord(value) && value.resourceType === 'Patient'
}
