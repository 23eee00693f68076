import { encode } from 'jose/base64url'
import { canonicalJson } from '../lib/canonical-json.ts'
import type { JsonValue, Mode } from '../types.ts'
import type { TokenRequest } from './requested-token.ts'

/**
 * Names a token by everything that it was asked with: two requests that differ in identity, scope,
 * purpose, audience, form or any claim never share one. Scopes are compared as a set.
 */
export async function cacheKey(
  request: TokenRequest,
  settled: { clientId: string; mode: Mode; keyName: string },
): Promise<string> {
  const { tokenEndpoint, fhirBaseUrl, scope, audience, issuer, purposeOfUse, claims, form } =
    request
  const parts: JsonValue = [
    tokenEndpoint,
    fhirBaseUrl,
    settled.clientId,
    settled.keyName,
    settled.mode,
    audience === 'issuer' ? [audience, issuer ?? null] : (audience ?? 'token-endpoint'),
    scope.split(' ').sort(),
    purposeOfUse ?? null,
    form ?? {},
    claims ?? {},
  ]
  const bytes = new TextEncoder().encode(canonicalJson(parts))
  return encode(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}
