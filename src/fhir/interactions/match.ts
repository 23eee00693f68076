import type { HttpResponse } from '../../http/messages.ts'
import { isRecord, requireBoolean, requireObject, requireWhole } from '../../lib/arguments.ts'
import { ownOptions } from '../../lib/own.ts'
import { isOfType, type BundleEntry, type UntypedResource } from '../bundle.ts'
import type { Call } from '../../http/call.ts'
import type { AccessFacts } from '../auditor.ts'
import { requirePurpose, type FhirParts } from '../fhir-parts.ts'
import { operationErrorOf } from './operation.ts'
import { PageWalk, type FirstPage } from '../pages/page-walk.ts'
import { keyOf, PageResponse, withoutId, type PageContent } from '../pages/page.ts'
import { type ReadingOptions } from '../reading.ts'
import { resourceText } from '../resource-text.ts'
import { walkSettings } from '../pages/walk-settings.ts'
import { GENDERS, requireCode, requireDay } from '../values.ts'
import type { FhirVersion, PatientOf } from '../types.ts'

/**
 * How certain a server is ([FHIR R4, match
 * grade](https://hl7.org/fhir/R4/valueset-match-grade.html)).
 */
export type MatchGrade = 'certain' | 'probable' | 'possible' | 'certainly-not'

/** One candidate of `$match`. */
export interface PatientMatch<V extends FhirVersion = 'R4'> {
  readonly resource: PatientOf<V>
  /** From 0 to 1, by the server's own measure; undefined where it states none. */
  readonly score?: number | undefined
  /** Undefined where the server states none, or one that FHIR does not define. */
  readonly grade?: MatchGrade | undefined
}

/** Options of a match. */
export interface MatchOptions extends ReadingOptions {
  /**
   * Only a match of which the server is certain, or none. Default: the server's own, usually false.
   */
  onlyCertainMatches?: boolean | undefined
  /** How many candidates at most. Default: the server's own. */
  count?: number | undefined
}

/** What is known of the patient: any of their elements, `resourceType` may be left out. */
export type PatientDemographics<V extends FhirVersion = 'R4'> = Partial<PatientOf<V>>

const GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade'
const GRADES: readonly MatchGrade[] = ['certain', 'probable', 'possible', 'certainly-not']
const DEMOGRAPHICS = ['identifier', 'name', 'telecom', 'birthDate', 'address']

type Matches<V extends FhirVersion> = readonly PatientMatch<V>[]

/** Asks a server for patients with these demographics ([FHIR R4, $match](https://hl7.org/fhir/R4/patient-operation-match.html)). */
export function matchPatient<V extends FhirVersion>(
  parts: FhirParts,
  patient: PatientDemographics<V>,
  options: MatchOptions = {},
): Promise<Matches<V>> {
  const all = async (walk: MatchWalk<V>): Promise<Matches<V>> => {
    const found: PatientMatch<V>[] = []
    for (let page = await walk.next(); page !== undefined; page = await walk.next()) {
      // One by one: as arguments of one call, so many would overflow the stack.
      for (const item of page.items) found.push(item)
    }
    return found
  }
  return walkMatches(parts, patient, options, all, (found) => found)
}

/** As {@link matchPatient}, with one request: the first page alone. */
export function firstMatches<V extends FhirVersion>(
  parts: FhirParts,
  patient: PatientDemographics<V>,
  options: MatchOptions = {},
): Promise<FirstPage<PatientMatch<V>>> {
  const first = (walk: MatchWalk<V>): Promise<FirstPage<PatientMatch<V>>> => walk.first()
  return walkMatches(parts, patient, options, first, ({ items }) => items)
}

type MatchWalk<V extends FhirVersion> = PageWalk<PatientMatch<V>, V>

async function walkMatches<V extends FhirVersion, R>(
  parts: FhirParts,
  patient: PatientDemographics<V>,
  given: MatchOptions,
  read: (walk: MatchWalk<V>) => Promise<R>,
  matchesOf: (result: R) => Matches<V>,
): Promise<R> {
  requirePurpose(parts)
  const options = ownOptions(given)
  const { session } = parts
  const settings = walkSettings(parts, 'patients.match', options)
  const json = parametersOf(patient, options)
  const at = ['Patient']
  const needs = { type: 'Patient', interaction: 's' } as const
  const facts = (): AccessFacts => ({
    interaction: 'operation',
    request: { method: 'POST', url: session.urlOf('Patient/$match'), body: json },
  })
  const ask = (call: Call): Promise<R> =>
    read(
      new PageWalk<PatientMatch<V>, V>({
        ...settings,
        ...{ call, needs, facts },
        nextTemplate: '/Patient/$match (next page)',
        first: async () => {
          const path = 'Patient/$match'
          const answer = await session.send({ path, json, pathTemplate: `/${path}`, needs }, call)
          return new PageResponse<V>(answer, session.urlOf(path))
        },
        // It counts all candidates, and the server returns the best few.
        hasTotal: false,
        contentOf: matchesIn<V>,
        resourceOf: ({ resource }) => resource,
        errorOf: (answer) => operationErrorOf(parts, answer, at, call),
      }),
    )
  const result = await session.access('patients.match', options, facts, ask, (found) =>
    matchesOf(found).map(({ resource }) => resource),
  )
  const { length: count } = matchesOf(result)
  if (options.onlyCertainMatches === true && count > 1) {
    session.http.emit({ type: 'match.not-certain', baseUrl: session.shownBase, count })
  }
  return result
}

/** The body of the request. Throws `TypeError` where it holds no demographics. */
function parametersOf(patient: unknown, { onlyCertainMatches, count }: MatchOptions): string {
  requireObject(patient, 'patient')
  requireBoolean(onlyCertainMatches, 'onlyCertainMatches')
  const own = isRecord(patient) ? patient : {}
  if (own.resourceType !== undefined && own.resourceType !== 'Patient') {
    throw new TypeError('"patient" must be a Patient')
  }
  if (!DEMOGRAPHICS.some((name) => own[name] !== undefined)) {
    throw new TypeError(`"patient" must have one of ${DEMOGRAPHICS.join(', ')}`)
  }
  if (own.birthDate !== undefined) requireDay(own.birthDate, 'patient.birthDate')
  if (own.gender !== undefined) requireCode(own.gender, 'patient.gender', GENDERS)
  const most = requireWhole(count, 'count')
  return resourceText('patient', {
    resourceType: 'Parameters',
    parameter: [
      { name: 'resource', resource: { ...own, resourceType: 'Patient' } },
      ...(onlyCertainMatches === undefined
        ? []
        : [{ name: 'onlyCertainMatches', valueBoolean: onlyCertainMatches }]),
      ...(most === undefined ? [] : [{ name: 'count', valueInteger: most }]),
    ],
  })
}

function matchesIn<V extends FhirVersion>(
  entries: readonly BundleEntry[],
  answer: HttpResponse,
): PageContent<PatientMatch<V>, V> {
  const items: { key: string | undefined; item: PatientMatch<V> }[] = []
  const outcomes: UntypedResource[] = []
  let malformed = 0
  for (const { resource, search } of entries) {
    if (resource?.resourceType === 'OperationOutcome') outcomes.push(resource)
    else if (resource?.resourceType !== 'Patient') malformed += 1
    else if (!isPatient<V>(resource)) throw withoutId('Patient', answer)
    else items.push({ key: keyOf('hit', resource), item: { resource, ...gradeOf(search) } })
  }
  return { items, includedKeys: [], included: [], outcomes, malformed }
}

function isPatient<V extends FhirVersion>(
  resource: UntypedResource,
): resource is PatientOf<V> & UntypedResource {
  return isOfType(resource, 'Patient')
}

function gradeOf(search: unknown): Omit<PatientMatch, 'resource'> {
  const { score, extension } = isRecord(search) ? search : {}
  const extensions: readonly unknown[] = Array.isArray(extension) ? extension : []
  const published = extensions.filter(isRecord).find(({ url }) => url === GRADE)?.valueCode
  const grade = GRADES.find((one) => one === published)
  const sure = typeof score === 'number' && score >= 0 && score <= 1
  return { ...(sure ? { score } : {}), ...(grade === undefined ? {} : { grade }) }
}
