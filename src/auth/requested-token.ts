import { PolicyError } from '../errors.ts'
import { requireBaseUrl } from '../http/policies/base-url.ts'
import { parseUrl } from '../http/policies/egress.ts'
import {
  jsonCopy,
  requireObject,
  requirePositive,
  requireText,
  requireTexts,
} from '../lib/arguments.ts'
import { canonicalJson } from '../lib/canonical-json.ts'
import { checkMembers, keyOf, type MemberRules } from '../lib/members.ts'
import { ownProperties } from '../lib/own.ts'
import type { Mode } from '../types.ts'
import {
  contextRules,
  requireContext,
  requireScope,
  type AuthorizationContext,
} from './identity.ts'

/** What a token is requested with. */
export interface TokenRequest extends AuthorizationContext {
  /** Exactly as published: it is also the assertion's `aud`. */
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
  /** How many token requests a minute the server accepts; overrides the provider's own. */
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
  // With an issuer on another origin the assertion would be valid at another server.
  const issuerUrl = issuer === undefined ? undefined : parseUrl(issuer)
  if (
    issuer !== undefined &&
    issuerUrl !== undefined &&
    issuerUrl.origin === parseUrl(tokenEndpoint)?.origin
  )
    return issuer
  throw new PolicyError(
    'ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED',
    'the audience is to be the issuer, and the server publishes none at the origin of its token endpoint',
    { operation: 'token.get', origin: parseUrl(tokenEndpoint)?.origin },
  )
}

/**
 * The members besides the context's. A token of one FHIR base is never sent to another, and one
 * requested with another form or registration is another token; what only affects how it is
 * requested is ignored.
 */
const requestRules: MemberRules<Omit<TokenRequest, keyof AuthorizationContext>> = {
  // Only its type: the content comes from a server's document, and the policy judges it.
  tokenEndpoint: {
    check: (value) => requireText(value, 'tokenEndpoint'),
    key: (url) => url ?? null,
  },
  fhirBaseUrl: {
    check: (value) => requireBaseUrl(value, 'fhirBaseUrl'),
    key: (url) => url ?? null,
  },
  algorithms: { check: (value) => requireTexts(value, 'algorithms'), key: 'ignored' },
  issuer: {
    check: (value) => value === undefined || requireText(value, 'issuer'),
    key: (issuer) => issuer ?? null,
  },
  form: {
    check: (value) => value === undefined || requireObject(value, 'form'),
    key: (form) => form ?? {},
  },
  tokenRequestsPerMinute: {
    check: (value) => requirePositive(value, 'tokenRequestsPerMinute'),
    key: 'ignored',
  },
  organization: { check: () => undefined, key: 'ignored' },
  registeredAt: { check: () => undefined, key: (at) => at ?? null },
}

/** A copy: a caller who changes the request meanwhile must not get a token under another name. */
export function validateAndCopy(given: TokenRequest): TokenRequest {
  const request = ownProperties(given)
  checkRequest(request)
  const copy = ownProperties(jsonCopy<TokenRequest>({ ...request }, 'request'))
  checkRequest(copy)
  return copy
}

function checkRequest(request: TokenRequest): void {
  requireContext(request, 'request')
  requireScope(request.scope)
  checkMembers(requestRules, request)
}

/** What identifies a token besides its request. */
export interface SettledIdentity {
  readonly clientId: string
  readonly mode: Mode
  /** TLS client certificates of the token endpoint and the FHIR server: tokens may be bound to them. */
  readonly certificates: readonly (string | undefined)[]
}

/**
 * Names a token by everything that it was requested with: two requests that differ in identity,
 * scope, purpose, audience, form or any claim never share one. Unique within one provider, which
 * has one assertion signer; a shared cache gets a digest that includes the signer.
 */
export function tokenName(
  request: TokenRequest,
  { clientId, mode, certificates }: SettledIdentity,
): string {
  const { audience = 'token-endpoint' } = request
  // The issuer only matters where it is the audience.
  const issuer = audience === 'issuer' ? request.issuer : undefined
  return canonicalJson([
    keyOf(contextRules, { ...request, clientId, mode, audience }),
    keyOf(requestRules, { ...request, issuer }),
    certificates.map((certificate) => certificate ?? null),
  ])
}
