/**
 * A sandbox network to try the library in, without a network; contracts for your own signers and caches.
 *
 * @module carequality-fhir/testing
 */
export { createSandbox } from './sandbox.ts'
export type { ContractCheck } from './contract-check.ts'
export { signerContract } from './signer-contract.ts'
export { tokenCacheContract } from './token-cache-contract.ts'
export type { Sandbox, SandboxClientOptions } from './sandbox.ts'
export type {
  SandboxFault,
  SandboxHolding,
  SandboxLatency,
  SandboxResponder,
  SandboxResponderKind,
} from './responder-kinds.ts'
export type { SandboxEntry } from './directory-data.ts'
export type { SandboxClient, SandboxOptions } from './options.ts'
export type { RecordedRequest } from './network.ts'
export type {
  SandboxCommunity,
  SandboxUdap,
  SandboxUdapIdentity,
  SandboxUdapServer,
} from './udap/udap-network.ts'
export type { SandboxUdapProfile } from './udap/profiles.ts'
