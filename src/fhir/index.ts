/**
 * FHIR reads, searches and operations.
 *
 * @module carequality-fhir/fhir
 */
export { FhirClient } from './fhir-client.ts'
export { FhirPatientClient } from './patient-client.ts'
export type { FhirPatientClientOptions } from './patient-client.ts'
export type { FhirClientOptions, FhirOptions } from './fhir-parts.ts'
export type { Validation } from './bundle.ts'
export type { BinaryContent, BinaryOptions } from './interactions/binary.ts'
export type { EverythingOptions } from './interactions/everything.ts'
export type {
  HistoryOptions,
  HistoryPage,
  HistoryResults,
  HistoryVersion,
} from './interactions/history.ts'
export type {
  MatchGrade,
  MatchOptions,
  PatientDemographics,
  PatientMatch,
} from './interactions/match.ts'
export type { OperationOptions } from './interactions/operation.ts'
export type { PatientReadOptions, ReadOptions } from './interactions/read.ts'
export type { ResponseText, ReadingOptions, ResourceSchema, SchemaResult } from './reading.ts'
export type { PagingOptions } from './pages/walk-settings.ts'
export type { SearchOptions } from './search/search.ts'
export type {
  CommonSearchParameters,
  Has,
  PatientSearchParameters,
  SearchParameters,
} from './search/search-parameters.ts'
export type { PagedResults, SearchPage, SearchResults } from './pages/results.ts'
export type {
  AnyOf,
  Choice,
  Comparisons,
  DateParameter,
  AllOf,
  LooseParameter,
  Missing,
  ReferenceParameter,
  SearchPrefix,
  StringParameter,
  TokenParameter,
  TokenValue,
} from './search/search-values.ts'
export type {
  AnyResource,
  Bundle,
  BundleOf,
  FhirResource,
  FhirVersion,
  Patient,
  PatientOf,
  ResourceOf,
  ResourceType,
} from './types.ts'
