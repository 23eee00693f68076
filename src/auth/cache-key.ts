import { encode } from 'jose/base64url'
import { canonicalJson } from '../lib/canonical-json.ts'
import type { JsonValue, Mode } from '../types.ts'
import type { TokenRequest } from './requested-token.ts'

/** What a token is named by beside its request. */
export interface Identity {
  readonly clientId: string
  readonly mode: Mode
  /** TLS client certificates of the token endpoint and the FHIR server: tokens may be bound to them. */
  readonly certificates: readonly (string | undefined)[]
}

/**
 * Names a token by everything that it was asked with: two requests that differ in identity, scope,
 * purpose, audience, form or any claim never share one. Scopes are compared as a set. Good inside
 * one provider, which has one assertion signer; a shared cache gets a {@link sharedKey}.
 */
export function tokenName(request: TokenRequest, settled: Identity): string {
  const { tokenEndpoint, fhirBaseUrl, scope, audience, issuer, iss, purposeOfUse } = request
  const parts: JsonValue = [
    tokenEndpoint,
    fhirBaseUrl,
    settled.clientId,
    settled.certificates.map((certificate) => certificate ?? null),
    settled.mode,
    audience === 'issuer' ? [audience, issuer ?? null] : (audience ?? 'token-endpoint'),
    scope.split(' ').sort(),
    iss ?? null,
    purposeOfUse ?? null,
    request.form ?? {},
    request.claims ?? {},
    request.registeredAt ?? null,
  ]
  return canonicalJson(parts)
}

/** A digest of a token's name, of the key and of what the assertion signer adds to every assertion. */
export async function sharedKey(name: string, signer: JsonValue): Promise<string> {
  const bytes = new TextEncoder().encode(canonicalJson([name, signer]))
  return encode(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}
