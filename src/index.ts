/**
 * The Carequality network for applications: from an organization id to a patient. What is for fewer
 * readers is in `./directory`, `./fhir`, `./signers`, `./errors`, `./udap`, `./node` and `./testing`.
 *
 * @module carequality-fhir
 */
export { CarequalityClient } from './client/client.ts'
export type { ClientDescription } from './client/describe.ts'
export type {
  CarequalityClientOptions,
  CarequalityUdapOptions,
  DirectoryChoice,
  IdentityOptions,
  ResponderOptions,
  ServerOptions,
  TokenOptions,
} from './client/options.ts'
export type { UdapOptions } from './client/udap-identities.ts'
export type { RegistrationDetails } from './client/registration.ts'
export type { Explanation } from './client/explain.ts'
export type { Responder } from './client/responder.ts'

// Many responders at once.
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

// Each part alone.
export { AccessToken } from './access-token.ts'
export type { Authorize } from './access-token.ts'
export type { AssertionRequest, AssertionSignerOptions } from './auth/assertion-options.ts'
export { AssertionSigner } from './auth/assertion-signer.ts'
export type { AuthorizationContext } from './auth/identity.ts'
export type { TokenRequest } from './auth/requested-token.ts'
export { MemoryTokenCache } from './auth/token-cache.ts'
export type { StoredToken, TokenCache } from './auth/token-cache.ts'
export { TokenProvider } from './auth/token-provider.ts'
export type { TokenProviderOptions } from './auth/token-provider.ts'
export { DirectoryClient, readDirectoryEntry, selectEndpoint } from './directory/index.ts'
export type {
  DirectoryEndpoint,
  DirectoryEntry,
  DirectoryOptions,
  DirectoryRelease,
  EntryReader,
} from './directory/index.ts'
export { CapabilityResolver } from './discovery/capability-resolver.ts'
export type { CapabilityResolverOptions } from './discovery/capability-resolver.ts'
export type { ServerCapabilities } from './discovery/decide.ts'
export type { OAuthUri } from './discovery/documents.ts'
export { athenahealthTokenRate, cernerCarequalityToken } from './discovery/quirks.ts'
export type { QuirkEffect, ServerFacts, VendorQuirk } from './discovery/quirks.ts'
export { FhirPatientClient } from './fhir/index.ts'
export type {
  FhirOptions,
  FhirPatientClientOptions,
  Patient,
  PatientSearchParameters,
  SearchPage,
  SearchResults,
} from './fhir/index.ts'

export { cryptoKeySigner, jwkSigner, pemSigner, publicJwks } from './signers/index.ts'
export type { PublicJwk, Signer, SignerSource, SigningAlgorithm } from './signers/index.ts'

export { CarequalityError, isCarequalityError } from './errors.ts'
export type { AnyCarequalityError, ErrorCode } from './errors.ts'
export type {
  Audience,
  Awaitable,
  Bytes,
  CallOptions,
  ClientEvent,
  ClientEvents,
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
export type {
  Access,
  AccessOutcome,
  Activity,
  ActivityResult,
  AuditTrail,
  CallActivity,
  Instrumentation,
  Observation,
  RequestActivity,
} from './watching.ts'
