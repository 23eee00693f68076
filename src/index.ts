/**
 * The Carequality network for applications: from an organization id to a patient.
 *
 * @module carequality-fhir
 */
export { CarequalityClient } from './client/client.ts'
export type { ResponderOptions } from './client/client.ts'
export type { CarequalityClientOptions, CarequalityUdapOptions } from './client/options.ts'
export type { UdapOptions } from './client/udap-identities.ts'
export type {
  CertificateFacts,
  TrustWarning,
  UdapIdentity,
  VerifiedChain,
  VerifiedMetadata,
} from './udap-facts.ts'
export type { ClientDescription } from './client/describe.ts'
export type { Explanation, Responder } from './client/responder.ts'
export { registrationSummary } from './client/registration.ts'
export type { RegistrationDetails } from './client/registration.ts'

export type { DiscoverOptions, DiscoverOutcome } from './client/discover.ts'
export type {
  DiscoverPlan,
  PlannedOrigin,
  PlannedRequests,
  PlannedSkip,
  PlannedTarget,
} from './discover/plan.ts'
export type { DiscoverPolicy } from './discover/policy.ts'
export type { DisclosureMode } from './discover/question.ts'
export type { DiscoverRun } from './discover/run.ts'
export type { Disclosed, DiscoverSummary, Percentiles, Unanswered } from './discover/summary.ts'
export type { BaseUrlTarget, TargetInput } from './discover/targets.ts'
export type {
  Agreement,
  CancelReason,
  Cancelled,
  Candidates,
  ComparedElement,
  Disclosure,
  DiscoverTarget,
  Failed,
  FoundPatient,
  Matched,
  NoMatch,
  OutcomeData,
  OutcomeError,
  OutcomeFacts,
  OutcomeKind,
  Refused,
  Skipped,
  SkipReason,
} from './discover/outcome.ts'

export { DirectoryClient } from './directory/directory-client.ts'
export { readEntry as readDirectoryEntry } from './directory/model/entry.ts'
export { directoryReleases } from './directory/api/releases.ts'
export { selectEndpoint } from './directory/select/select-endpoint.ts'
export { DirectorySnapshot } from './directory/mirror/snapshot.ts'
export type { SnapshotOptions } from './directory/mirror/snapshot.ts'
export type { DirectorySource, RefreshOptions } from './directory/mirror/snapshot-refresh.ts'
export type { DirectoryDiff, ListedEndpoint } from './directory/mirror/snapshot-diff.ts'
export type { SnapshotSource } from './directory/mirror/snapshot-file.ts'
export type { ListingReport } from './directory/pages/report.ts'
export type { DirectoryListing } from './directory/pages/listing.ts'
export type {
  DirectoryAddress,
  DirectoryContact,
  DirectoryDowntime,
  DirectoryEndpoint,
  DirectoryEntry,
  DirectoryPeriod,
  DirectoryPosition,
  DirectoryProblem,
  SnapshotAge,
} from './directory/model/model.ts'
export type { DirectoryOptions } from './directory/api/options.ts'
export type { DirectoryPage, UnreadableEntry } from './directory/pages/page.ts'
export type { DirectoryRelease, DirectoryReleaseId } from './directory/api/releases.ts'
export type { DirectorySearchParameters } from './directory/api/search-parameters.ts'
export type { EndpointCandidate } from './directory/select/candidates.ts'
export type { EntryReader } from './directory/select/entry-reader.ts'
export type { EndpointSelection, WantedEndpoint } from './directory/select/select-endpoint.ts'

export { CapabilityResolver } from './discovery/capability-resolver.ts'
export type { CapabilityResolverOptions } from './discovery/capability-resolver.ts'
export type { ServerCapabilities } from './discovery/decide.ts'
export type { OAuthUri } from './discovery/documents.ts'
export { athenahealthTokenRate, cernerCarequalityToken } from './discovery/quirks.ts'
export type { QuirkEffect, ServerFacts, VendorQuirk } from './discovery/quirks.ts'

export { AssertionSigner } from './auth/assertion-signer.ts'
export type { AssertionRequest, AssertionSignerOptions } from './auth/assertion-options.ts'
export type { AuthorizationContext } from './auth/context.ts'
export { TokenProvider } from './auth/token-provider.ts'
export type { TokenRequest } from './auth/requested-token.ts'
export type { TokenProviderOptions } from './auth/token-provider.ts'
export { MemoryTokenCache } from './auth/token-cache.ts'
export type { StoredToken, TokenCache } from './auth/token-cache.ts'
export { AccessToken } from './access-token.ts'
export type { Authorize } from './access-token.ts'

export { FhirClient } from './fhir/fhir-client.ts'
export { FhirPatientClient } from './fhir/patient-client.ts'
export type { FhirPatientClientOptions } from './fhir/patient-client.ts'
export type { FhirClientOptions, FhirOptions } from './fhir/fhir-parts.ts'
export type { PatientReadOptions, ReadOptions } from './fhir/interactions/read.ts'
export type { AnswerText, ReadingOptions, ResourceSchema, SchemaResult } from './fhir/reading.ts'
export type { Validation } from './fhir/bundle.ts'
export type { PagingOptions } from './fhir/pages/walk-settings.ts'
export type { SearchOptions } from './fhir/search/search.ts'
export type {
  CommonSearchParameters,
  Has,
  PatientSearchParameters,
  SearchParameters,
} from './fhir/search/search-parameters.ts'
export type {
  AllOf,
  AnyOf,
  Choice,
  Comparisons,
  DateParameter,
  LooseParameter,
  Missing,
  ReferenceParameter,
  SearchPrefix,
  StringParameter,
  TokenParameter,
  TokenValue,
} from './fhir/search/search-values.ts'
export type { PagedResults, SearchPage, SearchResults } from './fhir/pages/results.ts'
export type {
  HistoryOptions,
  HistoryPage,
  HistoryResults,
  HistoryVersion,
} from './fhir/interactions/history.ts'
export type {
  MatchGrade,
  MatchOptions,
  PatientDemographics,
  PatientMatch,
} from './fhir/interactions/match.ts'
export type { EverythingOptions } from './fhir/interactions/everything.ts'
export type { OperationOptions } from './fhir/interactions/operation.ts'
export type { BinaryContent, BinaryOptions } from './fhir/interactions/binary.ts'
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
} from './fhir/types.ts'

export {
  cryptoKeySigner,
  describeCertificates,
  digestSigner,
  jwkSigner,
  pemSigner,
  publicJwks,
} from './signers/index.ts'
export type {
  AlternativeNames,
  CertificateDescription,
  CertificateInput,
  CommonAlgorithm,
  DigestName,
  DigestSignerOptions,
  PublicJwk,
  PublicKeyInput,
  Signer,
  SignerExtras,
  SignerSource,
  SigningAlgorithm,
} from './signers/index.ts'

export {
  CarequalityError,
  ConfigurationError,
  DirectoryError,
  DiscoveryError,
  FhirError,
  PolicyError,
  RegistrationError,
  ResponseError,
  SignerError,
  TokenError,
  TransportError,
  TrustError,
  isCarequalityError,
} from './errors.ts'
export type {
  AnyCarequalityError,
  ConsentDemand,
  ErrorCode,
  ErrorContext,
  OAuthErrorDetails,
  ServerOutcome,
} from './errors.ts'
export type {
  Audience,
  Awaitable,
  Bytes,
  CallOptions,
  ClientEvent,
  CryptoKeyLike,
  FetchLike,
  HttpOptions,
  JsonValue,
  Mode,
  SearchMethod,
  Transport,
  TransportRequest,
  TransportResponse,
} from './types.ts'
