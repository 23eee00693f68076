/**
 * What an application writes: the client, its parts, signers, and the types of their arguments and
 * results. What fewer programs name is in `./auth`, `./directory`, `./discover`, `./fhir`, `./udap`,
 * `./audit` and `./instrumentation`; error classes in `./errors`, more signers in `./signers` and `./node`.
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
export type { RegistrationDetails } from './client/registration.ts'
export type { Explanation } from './client/explain.ts'
export type { Responder } from './client/responder.ts'

export type { DiscoverOptions, DiscoverOutcome } from './client/discover.ts'

// The parts, which also work alone.
// By file: importing `./auth/index.ts` would be one more file to load.
export { AccessToken } from './access-token.ts'
export { AssertionSigner } from './auth/assertion-signer.ts'
export { TokenProvider } from './auth/token-provider.ts'
export type { AuthorizationContext, Authorize, TokenRequest } from './auth/index.ts'
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
export type { Patient, PatientSearchParameters, SearchPage, SearchResults } from './fhir/index.ts'

export { cryptoKeySigner, jwkSigner, pemSigner, publicJwks } from './signers/index.ts'
export type { PublicJwk, Signer, SignerSource, SigningAlgorithm } from './signers/index.ts'

export { CarequalityError, isCarequalityError } from './errors.ts'
export type { AnyCarequalityError } from './errors.ts'
export type {
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
