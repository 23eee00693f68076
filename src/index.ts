/** The Carequality network for applications: from an organization id to a patient. */
export { CarequalityClient } from './client.ts'
export type { ResponderOptions } from './client.ts'
export type { CarequalityClientOptions, CarequalityUdapOptions } from './client-parts.ts'
export type { UdapOptions } from './udap-identities.ts'
export type {
  CertificateFacts,
  TrustWarning,
  UdapIdentity,
  VerifiedChain,
  VerifiedMetadata,
} from './udap-facts.ts'
export type { ClientDescription } from './describe.ts'
export type { Explanation, Responder } from './responder.ts'
export { registrationSummary } from './registration-summary.ts'
export type { RegistrationDetails } from './registration-summary.ts'

export { DirectoryClient } from './directory/directory-client.ts'
export { readEntry as readDirectoryEntry } from './directory/entry.ts'
export { directoryReleases } from './directory/releases.ts'
export { selectEndpoint } from './directory/select-endpoint.ts'
export { DirectorySnapshot } from './directory/snapshot.ts'
export type { DirectorySource, RefreshOptions, SnapshotOptions } from './directory/snapshot.ts'
export type { DirectoryDiff, ListedEndpoint } from './directory/snapshot-diff.ts'
export type { SnapshotSource } from './directory/snapshot-file.ts'
export type { DirectoryAccount } from './directory/account.ts'
export type { DirectoryListing } from './directory/listing.ts'
export type {
  DirectoryAddress,
  DirectoryContact,
  DirectoryDowntime,
  DirectoryEndpoint,
  DirectoryEntry,
  DirectoryPosition,
  DirectoryProblem,
  SnapshotAge,
} from './directory/model.ts'
export type { DirectoryOptions } from './directory/options.ts'
export type { DirectoryPage, UnreadableEntry } from './directory/page.ts'
export type { DirectoryRelease, DirectoryReleaseId } from './directory/releases.ts'
export type { DirectorySearchParameters } from './directory/search-parameters.ts'
export type {
  EndpointCandidate,
  EndpointSelection,
  EntryReader,
  WantedEndpoint,
} from './directory/select-endpoint.ts'

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
export type { Awaitable, StoredToken, TokenCache } from './auth/token-cache.ts'
export { AccessToken } from './access-token.ts'
export type { Authorize } from './access-token.ts'

export { FhirClient } from './fhir/fhir-client.ts'
export { FhirPatientClient } from './fhir/patient-client.ts'
export type { FhirPatientClientOptions } from './fhir/patient-client.ts'
export type { FhirClientOptions, FhirOptions } from './fhir/fhir-parts.ts'
export type { PatientReadOptions, ReadOptions } from './fhir/read.ts'
export type { AnswerText, ReadingOptions, ResourceSchema, SchemaResult } from './fhir/reading.ts'
export type { Validation } from './fhir/bundle.ts'
export type { PagingOptions, SearchOptions } from './fhir/search.ts'
export type {
  CommonSearchParameters,
  Has,
  PatientSearchParameters,
  SearchParameters,
} from './fhir/search-parameters.ts'
export type {
  AnyOf,
  Choice,
  Comparisons,
  DateParameter,
  Every,
  LooseParameter,
  Missing,
  ReferenceParameter,
  SearchPrefix,
  StringParameter,
  TokenParameter,
  TokenValue,
} from './fhir/search-values.ts'
export type { PagedResults, SearchPage, SearchResults } from './fhir/search-results.ts'
export type { HistoryOptions, HistoryPage, HistoryResults, HistoryVersion } from './fhir/history.ts'
export type { MatchGrade, MatchOptions, PatientDemographics, PatientMatch } from './fhir/match.ts'
export type { EverythingOptions } from './fhir/everything.ts'
export type { OperationOptions } from './fhir/operation.ts'
export type { BinaryContent, BinaryOptions } from './fhir/binary.ts'
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
