/**
 * UDAP: trust by certificates of a community, discovery, registration, and what tokens are asked with.
 *
 * @module carequality-fhir/udap
 */
export { UdapClient } from './udap-client.ts'
export type { UdapClientOptions } from './options.ts'
export { memoryRegistrations } from './registration-store.ts'
export type { Registration, RegistrationStore } from './registration-store.ts'
export type { RegistrationChanges } from './registrar.ts'
export { tefcaBasicApp } from './certifications.ts'
export type { Certification } from './certifications.ts'
export { hl7B2b, tefcaIas } from './extensions.ts'
export type { B2bOptions, B2bOrganization, IasOptions, UdapExtensions } from './extensions.ts'
export { udapProfiles } from './profiles.ts'
export type { UdapProfile, UdapProfileId } from './profiles.ts'
export { trustStore } from './trust-store.ts'
export type { TrustStore, VerifyOptions } from './trust-store.ts'
export type { RevocationOptions, TrustCommunity, TrustStoreOptions } from './trust-options.ts'
export type {
  CertificateFacts,
  TrustWarning,
  UdapIdentity,
  UdapOptions,
  VerifiedChain,
  VerifiedMetadata,
} from '../udap-facts.ts'
export { trustSteps } from './x509/failure.ts'
export type { TrustStep } from './x509/failure.ts'
