import type { CodeableConcept, DocumentReference, FhirResource, Observation } from 'fhir/r4.js'
import type { RecordResource } from './records.ts'

/** What can be searched for beside Patients. */
type Searchable = DocumentReference | Observation

type Test = (resource: Searchable, value: string) => boolean

const tests: Readonly<Record<string, Test>> = {
  _id: ({ id }, value) => id === value,
  patient: isOf,
  subject: isOf,
  status: ({ status }, value) => status === value,
  code: (resource, value) =>
    resource.resourceType === 'Observation' && isCoded(resource.code, value),
  type: (resource, value) =>
    resource.resourceType === 'DocumentReference' && isCoded(resource.type, value),
}

/** What a search found. */
interface RecordsFound {
  readonly resources: readonly FhirResource[]
  readonly applied: readonly (readonly [name: string, value: string])[]
}

/** Resources of a type that satisfy all parameters, where a comma means "or"; Binaries cannot be searched for. */
export function searchRecords(
  all: readonly RecordResource[],
  type: string,
  query: URLSearchParams,
): RecordsFound {
  const isWanted = (one: RecordResource): one is Searchable =>
    one.resourceType === type && one.resourceType !== 'Binary'
  const applied = [...query].filter(([name]) => Object.hasOwn(tests, name))
  const resources = all
    .filter(isWanted)
    .filter((one) =>
      applied.every(([name, value]) =>
        value.split(',').some((choice) => tests[name]?.(one, choice)),
      ),
    )
  return { resources, applied }
}

/** True for the resources of one patient; a Binary says of nobody whose it is. */
export function isOf(resource: RecordResource, patient: string): boolean {
  if (resource.resourceType === 'Binary') return false
  return resource.subject?.reference === `Patient/${patient.replace(/^Patient\//, '')}`
}

function isCoded({ coding = [] }: CodeableConcept = {}, wanted: string): boolean {
  const bar = wanted.indexOf('|')
  const system = bar < 0 ? undefined : wanted.slice(0, bar)
  const code = wanted.slice(bar + 1)
  return coding.some((one) => one.code === code && (system === undefined || one.system === system))
}
