import { everythingAbout, type EverythingOptions } from './interactions/everything.ts'
import {
  fhirPartsOf,
  type FhirClientOptions,
  type FhirParts,
  type ServerDetails,
} from './fhir-parts.ts'
import { historyOf, type HistoryOptions, type HistoryResults } from './interactions/history.ts'
import {
  firstMatches,
  matchPatient,
  type MatchOptions,
  type PatientDemographics,
  type PatientMatch,
} from './interactions/match.ts'
import {
  orUndefined,
  readResource,
  type PatientReadOptions,
  type ReadOptions,
} from './interactions/read.ts'
import type { PatientSearchParameters } from './search/search-parameters.ts'
import type { SearchResults } from './pages/results.ts'
import type { FirstPage } from './pages/page-walk.ts'
import { firstHits, searchResources, type SearchOptions } from './search/search.ts'
import type { AnyResource, FhirVersion, PatientOf } from './types.ts'

/** One FHIR server, and how requests to it are made. */
export type FhirPatientClientOptions<V extends FhirVersion = 'R4'> = FhirClientOptions<V>

/**
 * The Patients of one FHIR server.
 *
 * @example
 * ```ts
 * const patients = new FhirPatientClient({ baseUrl: 'https://fhir.example.org/r4', authorize })
 * for await (const patient of patients.search({ family: 'Peters' })) console.log(patient.id)
 * ```
 *
 * @see [FHIR R4, RESTful API](https://hl7.org/fhir/R4/http.html)
 */
export class FhirPatientClient<V extends FhirVersion = 'R4'> {
  readonly #parts: FhirParts

  /** Throws `TypeError` for a wrong option. */
  constructor(options: FhirPatientClientOptions<V>)
  /** @internal */
  constructor(options: FhirPatientClientOptions<V>, details: ServerDetails)
  constructor(options: FhirPatientClientOptions<V>, details: Partial<ServerDetails> = {}) {
    this.#parts = fhirPartsOf(options, details)
  }

  /**
   * Reads a patient by id. Throws `ERR_CQ_NOT_FOUND`, `ERR_CQ_GONE`, and `ERR_CQ_OTHER_PATIENT`
   * where the server returns another patient. A patient who was merged into another one says so in
   * `link`, which the event `patient.replaced` reports.
   */
  read(id: string, options?: PatientReadOptions): Promise<PatientOf<V>> {
    return readResource<'Patient', V>(this.#parts, 'patients.read', patient(id), options)
  }

  /** As {@link read}, but returns undefined where the patient does not exist, or no longer. */
  find(id: string, options?: PatientReadOptions): Promise<PatientOf<V> | undefined> {
    return orUndefined(this.read(id, options))
  }

  /** Reads one version of a patient ([FHIR R4, vread](https://hl7.org/fhir/R4/http.html#vread)). */
  vread(id: string, versionId: string, options?: ReadOptions): Promise<PatientOf<V>> {
    const wanted = { ...patient(id), versionId }
    return readResource<'Patient', V>(this.#parts, 'patients.vread', wanted, options)
  }

  /** The versions of a patient, page by page. Throws `TypeError` at once for what cannot be sent. */
  history(id: string, options?: HistoryOptions): HistoryResults<PatientOf<V>, V> {
    return historyOf<'Patient', V>(this.#parts, 'patients.history', 'Patient', id, options)
  }

  /**
   * Searches lazily: no request is made before the result is used, and each use is a new search. A
   * hit is not a match: servers compare by prefix, by sound, and some by any one of the criteria.
   * Throws `TypeError` for wrong parameters, at once.
   */
  search(
    parameters: PatientSearchParameters,
    options?: SearchOptions,
  ): SearchResults<PatientOf<V>, V> {
    return searchResources<'Patient', V>(
      this.#parts,
      'patients.search',
      'Patient',
      parameters,
      options,
    )
  }

  /**
   * Requests patients with these demographics, best first, each with the server's score and grade.
   * Throws `ERR_CQ_OPERATION_NOT_SUPPORTED` if the server has no `$match`; search instead.
   */
  match(
    patient: PatientDemographics<V>,
    options?: MatchOptions,
  ): Promise<readonly PatientMatch<V>[]> {
    return matchPatient<V>(this.#parts, patient, options)
  }

  /** @internal The first page of {@link search} alone. */
  firstHits(
    parameters: PatientSearchParameters,
    options?: SearchOptions,
  ): Promise<FirstPage<PatientOf<V>>> {
    return firstHits<'Patient', V>(this.#parts, 'patients.search', 'Patient', parameters, options)
  }

  /** @internal The first page of {@link match} alone. */
  firstMatches(
    patient: PatientDemographics<V>,
    options?: MatchOptions,
  ): Promise<FirstPage<PatientMatch<V>>> {
    return firstMatches<V>(this.#parts, patient, options)
  }

  /**
   * All that the server has about a patient, the Patient included, page by page. Throws
   * `ERR_CQ_OPERATION_NOT_SUPPORTED` if it has no `$everything`.
   */
  everything(id: string, options?: EverythingOptions<V>): SearchResults<AnyResource<V>, V> {
    return everythingAbout<V>(this.#parts, id, options)
  }
}

function patient(id: string): { readonly type: 'Patient'; readonly id: string } {
  return { type: 'Patient', id }
}
