/**
 * Assertions and access tokens without the client: signing, requesting, caching.
 *
 * @module carequality-fhir/auth
 */
export { AccessToken } from '../access-token.ts'
export type { Authorize } from '../access-token.ts'
export type { Audience } from '../types.ts'
export type { AssertionRequest, AssertionSignerOptions } from './assertion-options.ts'
export { AssertionSigner } from './assertion-signer.ts'
export type { AuthorizationContext } from './identity.ts'
export type { TokenRequest } from './requested-token.ts'
export { MemoryTokenCache } from './token-cache.ts'
export type { StoredToken, TokenCache } from './token-cache.ts'
export { TokenProvider } from './token-provider.ts'
export type { TokenProviderOptions } from './token-provider.ts'
