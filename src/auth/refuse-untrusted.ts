import type { TokenTrust } from '../discovery/token-trust.ts'
import { PolicyError } from '../errors.ts'
import { parseUrl, type UrlPolicy } from '../http/policies/egress.ts'
import type { TokenRequest } from './requested-token.ts'

/**
 * Throws, before anything is signed, unless the token endpoint may be used for the FHIR server.
 */
export async function refuseUntrusted(
  { fhirBaseUrl, tokenEndpoint }: TokenRequest,
  policy: UrlPolicy,
  trust: TokenTrust,
): Promise<void> {
  const reason = policy.reasonToReject(tokenEndpoint)
  if (reason !== undefined) {
    throw new PolicyError(
      'ERR_CQ_ORIGIN_REFUSED',
      `the token endpoint may not be requested: ${reason}`,
      { operation: 'token.get' },
    )
  }
  const trusts = await trust.rule()
  if (trusts(fhirBaseUrl, tokenEndpoint)) return
  const fhir = parseUrl(fhirBaseUrl)?.origin ?? ''
  const token = parseUrl(tokenEndpoint)?.origin ?? ''
  throw new PolicyError(
    'ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED',
    `${fhir} names a token endpoint at ${token}, which does not visibly belong to it; the line to add is { fhir: '${fhir}', token: '${token}' }`,
    { operation: 'token.get', origin: token },
  )
}
