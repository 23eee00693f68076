import { PolicyError } from '../errors.ts'
import { requireBaseUrl } from '../http/policies/base-url.ts'
import { parseUrl } from '../http/policies/egress.ts'
import { requireObject, requirePositive, requireText, requireTexts } from '../lib/arguments.ts'
import { own } from '../lib/own.ts'
import {
  joinContexts,
  jsonCopy,
  requireContext,
  requireScope,
  type AuthorizationContext,
} from './context.ts'

/** What a token is asked for. */
export interface TokenRequest extends AuthorizationContext {
  /** With the very bytes that were published: it is also the assertion's `aud`. */
  tokenEndpoint: string
  /** The FHIR server that the token is for. */
  fhirBaseUrl: string
  scope: string
  /** Signing algorithms that the token endpoint lists. */
  algorithms?: readonly string[] | undefined
  /** The server's issuer, needed for `audience: 'issuer'`. */
  issuer?: string | undefined
  /** Extra form fields; those of the protocol cannot be replaced. */
  form?: Readonly<Record<string, string>> | undefined
  /** How many token requests the server bears; in place of the provider's own. */
  tokenRequestsPerMinute?: number | undefined
  /** OID of the organization, for errors. */
  organization?: string | undefined
  /** @internal When the client id was registered: tokens from before a change are not used after it. */
  registeredAt?: number | undefined
}

/** The assertion's `aud`. */
export function audienceOf({
  audience = 'token-endpoint',
  tokenEndpoint,
  issuer,
}: TokenRequest): string {
  if (audience === 'token-endpoint') return tokenEndpoint
  if (audience !== 'issuer') return audience.text
  // An issuer elsewhere would be an assertion that another server accepts.
  const theirs = issuer === undefined ? undefined : parseUrl(issuer)
  if (
    issuer !== undefined &&
    theirs !== undefined &&
    theirs.origin === parseUrl(tokenEndpoint)?.origin
  )
    return issuer
  throw new PolicyError(
    'ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED',
    'the audience is to be the issuer, and the server publishes none at the origin of its token endpoint',
    { operation: 'token.get', origin: parseUrl(tokenEndpoint)?.origin },
  )
}

/** A copy, so that a caller who changes the request meanwhile gets no token under another one's name. */
export function taken(given: TokenRequest): TokenRequest {
  const request = own(given)
  checkRequest(request)
  const { tokenEndpoint, fhirBaseUrl, scope, algorithms, issuer, form, organization } = request
  const { tokenRequestsPerMinute, registeredAt } = request
  const copy = own(
    jsonCopy<TokenRequest>(
      {
        ...joinContexts(request),
        ...{ tokenEndpoint, fhirBaseUrl, scope, algorithms, issuer, form, organization },
        ...{ tokenRequestsPerMinute, registeredAt },
      },
      'request',
    ),
  )
  checkRequest(copy)
  return copy
}

function checkRequest(request: TokenRequest): void {
  requireContext(request, 'request')
  // Only its kind: it comes from a server's document, so what it says is the policy's question.
  requireText(request.tokenEndpoint, 'tokenEndpoint')
  requireBaseUrl(request.fhirBaseUrl, 'fhirBaseUrl')
  requireScope(request.scope)
  requireTexts(request.algorithms, 'algorithms')
  if (request.issuer !== undefined) requireText(request.issuer, 'issuer')
  if (request.form !== undefined) requireObject(request.form, 'form')
  requirePositive(request.tokenRequestsPerMinute, 'tokenRequestsPerMinute')
}
