import type { BundleEntry, FhirResource, Patient } from 'fhir/r4.js'
import type { Need, Place, Target } from './fhir-requests.ts'
import { matchPatients, matchQuestion } from './patient-match.ts'
import { hasDemographics, searchPatients } from './patient-search.ts'
import { isOf, searchRecords } from './record-search.ts'
import { noRecords, type Records } from './records.ts'
import { historyEntry, resourceAnswer } from './resource-answers.ts'
import { json, outcome, text, type Received } from './respond.ts'
import { ResultPages, type Found } from './result-pages.ts'
import type { FhirServerProfile } from './servers.ts'

/** The content of a server. */
export interface Holdings {
  readonly patients: readonly Patient[]
  readonly records: Records
}

const searchedTypes: readonly string[] = ['Patient', 'DocumentReference', 'Observation']

/** A FHIR server's response to an authorized request. */
export class FhirInteractions {
  readonly #profile: FhirServerProfile
  readonly #patients: readonly Patient[]
  readonly #records: Records
  readonly #pages: ResultPages

  constructor(profile: FhirServerProfile, { patients, records }: Holdings) {
    this.#profile = profile
    this.#patients = patients
    this.#records = profile.hasRecords ? records : noRecords
    this.#pages = new ResultPages(profile.nextLinks)
  }

  /** The parameter that next links have. */
  get pageParameter(): string {
    return this.#pages.parameter
  }

  /**
   * The scope that a request needs. `$everything` needs all types in it, so that none is omitted
   * silently.
   */
  needsOf(target: Target): readonly Need[] {
    if (target.what === 'nothing') return []
    if (target.what === 'page') return this.#pages.needsOf(target.name)
    if (target.what === 'everything') return needsOfAll(this.#everything(target.id))
    if (target.what === 'match') return [{ type: 'Patient', interaction: 's' }]
    return [{ type: target.type, interaction: target.what === 'search' ? 's' : 'r' }]
  }

  answer(request: Received, target: Target, base: string): Response {
    const { method, url, body } = request
    if (target.what === 'nothing' || !this.#has(target)) {
      return this.#refuse(method === 'GET' ? 404 : 405, 'not-supported', 'this server has it not')
    }
    if (target.what === 'search') return this.#search(request, target, base)
    if (target.what === 'match') return this.#match(body, base)
    if (target.what === 'page') {
      const page = this.#pages.next(target.name, base)
      return page === undefined
        ? this.#refuse(410, 'not-found', 'this page has expired')
        : this.#fhir(200, page)
    }
    if (target.what === 'read') {
      const resource = this.#versions(target).find(({ meta }) =>
        target.versionId === undefined ? true : meta?.versionId === target.versionId,
      )
      if (resource === undefined) return this.#refuse(404, 'not-found', `no such ${target.type}`)
      return resourceAnswer(request, resource, this.#profile.contentType)
    }
    const entries =
      target.what === 'history'
        ? this.#versions(target).map(historyEntry)
        : this.#everything(target.id).map((resource) => ({ resource }))
    if (entries.length === 0) return this.#refuse(404, 'not-found', 'no such resource')
    return this.#listed(target, entries, url, base)
  }

  /** Only where the records are does a server know more than to read and search Patients. */
  #has(target: Exclude<Target, { what: 'nothing' }>): boolean {
    const { hasRecords, lacksMatch = false } = this.#profile
    if (target.what === 'page') return true
    if (target.what === 'match') return hasRecords && !lacksMatch
    if (target.what === 'everything') return hasRecords
    const isPlain =
      target.what === 'search' || (target.what === 'read' && target.versionId === undefined)
    if (target.type === 'Patient' && isPlain) return true
    const types = target.what === 'search' ? searchedTypes : [...searchedTypes, 'Binary']
    return hasRecords && types.includes(target.type)
  }

  /** Newest first; none where there is no such resource. */
  #versions({ type, id }: Place): readonly FhirResource[] {
    const { resources, earlier } = this.#records
    const all: readonly FhirResource[] = [...this.#patients, ...resources]
    const current = all.find((one) => one.resourceType === type && one.id === id)
    if (current === undefined) return []
    return [current, ...earlier.filter((one) => one.resourceType === type && one.id === id)]
  }

  /** The Patient, if there is one, and what is about them. */
  #everything(id: string): readonly FhirResource[] {
    const patient = this.#patients.filter((one) => one.id === id)
    return patient.length === 0
      ? []
      : [...patient, ...this.#records.resources.filter((one) => isOf(one, id))]
  }

  #search(
    { url, headers, body }: Received,
    { type, byPost }: { readonly type: string; readonly byPost: boolean },
    base: string,
  ): Response {
    if (byPost) {
      if (!this.#profile.takesPostSearch) return text(404)
      const bodyType = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
      if (bodyType !== 'application/x-www-form-urlencoded') {
        return this.#refuse(415, 'not-supported', 'the body must be a form')
      }
    }
    const both = [...url.searchParams, ...new URLSearchParams(byPost ? body : '')]
    const query = new URLSearchParams(both.map((pair) => [...pair]))
    const found =
      type === 'Patient'
        ? searchPatients(this.#patients, query)
        : searchRecords(this.#records.resources, type, query)
    if (type === 'Patient' && this.#profile.needsDemographics && !hasDemographics(found)) {
      return text(
        400,
        'Patient search needs one of _id, identifier, name, family, given, birthdate',
      )
    }
    const { applied, resources } = found
    return this.#paged(
      {
        path: type,
        bundleType: 'searchset',
        applied,
        needs: [{ type, interaction: 's' }],
        entries: resources.map((resource) => ({ resource, search: { mode: 'match' } })),
      },
      query,
      base,
    )
  }

  #match(body: string, base: string): Response {
    const question = matchQuestion(body)
    if (question === undefined)
      return this.#refuse(400, 'required', 'the Patient to match is missing')
    const entries = matchPatients(this.#patients, question)
    const found = {
      path: 'Patient/$match',
      bundleType: 'searchset',
      applied: [],
      needs: [],
      entries,
    } as const
    return this.#fhir(200, this.#pages.whole(found, base))
  }

  /** A history, or all about a patient; of its parameters only `_type` and `_count` are known. */
  #listed(
    target: Extract<Target, { what: 'history' | 'everything' }>,
    entries: readonly BundleEntry<FhirResource>[],
    { searchParams: query }: URL,
    base: string,
  ): Response {
    const isHistory = target.what === 'history'
    const types = isHistory ? null : query.get('_type')
    const wanted = entries.filter(
      ({ resource }) => types?.split(',').includes(resource?.resourceType ?? '') ?? true,
    )
    return this.#paged(
      {
        path: isHistory
          ? `${target.type}/${target.id}/_history`
          : `Patient/${target.id}/$everything`,
        bundleType: isHistory ? 'history' : 'searchset',
        applied: types === null ? [] : [['_type', types]],
        needs: this.needsOf(target),
        entries: wanted,
      },
      query,
      base,
    )
  }

  #paged(found: Found, query: URLSearchParams, base: string): Response {
    return this.#fhir(200, this.#pages.first(found, query.get('_count'), base))
  }

  #refuse(status: number, code: Parameters<typeof outcome>[0], why: string): Response {
    return this.#fhir(status, outcome(code, why))
  }

  #fhir(status: number, body: object): Response {
    return json(status, body, this.#profile.contentType)
  }
}

function needsOfAll(resources: readonly FhirResource[]): readonly Need[] {
  const types = new Set(['Patient', ...resources.map(({ resourceType }) => resourceType)])
  return [...types].map((type) => ({ type, interaction: 'r' }))
}
