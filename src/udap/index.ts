/** UDAP: trust by certificates of a community. */
export { trustStore } from './trust-store.ts'
export type { TrustStore, VerifyOptions } from './trust-store.ts'
export type { RevocationOptions, TrustCommunity, TrustStoreOptions } from './trust-options.ts'
export type { CertificateFacts, TrustWarning, VerifiedChain } from './verified-chain.ts'
export { trustSteps } from './x509/failure.ts'
export type { TrustStep } from './x509/failure.ts'
