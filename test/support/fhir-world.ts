/** Both clients of one fake FHIR server, for tests of what is not a search of Patients. */
import { FhirPatientClient, type ClientEvent } from '../../src/index.ts'
import { FhirClient, type FhirClientOptions } from '../../src/fhir/index.ts'
import { base, recording, type Answers, type Seen } from './fhir-answers.ts'

export interface FhirWorld {
  readonly patients: FhirPatientClient
  readonly fhir: FhirClient
  readonly seen: Seen[]
  readonly events: ClientEvent[]
  /** Method and what follows the base, of each request so far. */
  readonly lines: () => string[]
}

/** No pauses between attempts. */
export function fhirWorld(answers: Answers, more: Partial<FhirClientOptions> = {}): FhirWorld {
  const { fetch, seen } = recording(answers)
  const events: ClientEvent[] = []
  const options: FhirClientOptions = {
    baseUrl: base,
    fetch,
    randomUUID: () => '00000000-0000-4000-8000-000000000000',
    onEvent: (event) => events.push(event),
    ...more,
  }
  return {
    patients: new FhirPatientClient(options),
    fhir: new FhirClient(options),
    seen,
    events,
    lines: () => seen.map(({ method, url }) => `${method} ${url.replace(base, '')}`),
  }
}

/** A `history` Bundle. */
export function history(entry: readonly object[], next?: string): object {
  const link = next === undefined ? [] : [{ relation: 'next', url: next }]
  return { resourceType: 'Bundle', type: 'history', total: 7, link, entry }
}

/** One entry of a history: a Patient's version. */
export function version(id: string, versionId: string, more: object = {}): object {
  const lastUpdated = `2024-05-0${versionId}T00:00:00Z`
  return {
    resource: { resourceType: 'Patient', id, meta: { versionId, lastUpdated } },
    request: { method: 'PUT', url: `Patient/${id}` },
    response: { status: '200', etag: `W/"${versionId}"`, lastModified: lastUpdated },
    ...more,
  }
}

/** One entry of a history: a deletion, which has no resource. */
export function deletion(id: string, versionId: string): object {
  const response = { status: '204', etag: `W/"${versionId}"`, lastModified: '2024-06-01T00:00:00Z' }
  return { request: { method: 'DELETE', url: `Patient/${id}` }, response }
}
