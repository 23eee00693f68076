/**
 * The entry point `carequality-fhir/node`: what needs Node itself (or Bun, or Deno).
 *
 * @module carequality-fhir/node
 */
export { encryptedPemSigner, keyObjectSigner } from './key-object-signer.ts'
export type { KeyObjectLike } from './key-object-signer.ts'
export type { AddressLookup } from './lookup-guard.ts'
export { nodeTransport } from './node-transport.ts'
export { pkcs11Signer } from './pkcs11-signer.ts'
export type { Pkcs11Signer, Pkcs11SignerOptions } from './pkcs11-signer.ts'
export type { Pkcs11Attribute, Pkcs11Module } from './pkcs11-module.ts'
export { pkcs12Signer } from './pkcs12-signer.ts'
export type { NodeTransportOptions, PemOrDer } from './tls-options.ts'
export { fileRegistrations } from './file-registrations.ts'
