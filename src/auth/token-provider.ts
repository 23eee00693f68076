import { PolicyError } from '../errors.ts'
import { requireBaseUrl } from '../http/base-url.ts'
import type { Call } from '../http/call.ts'
import { HttpClient } from '../http/http-client.ts'
import { parseUrl } from '../http/url-policy.ts'
import { requireObject, requireText, requireTexts } from '../lib/arguments.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { SharedWork } from '../lib/shared-work.ts'
import type { CallOptions, HttpOptions } from '../types.ts'
import { AccessToken, type Authorize } from '../access-token.ts'
import { AssertionSigner } from './assertion-signer.ts'
import { cacheKey } from './cache-key.ts'
import {
  joinContexts,
  jsonCopy,
  requireContext,
  requireScope,
  type AuthorizationContext,
} from './context.ts'
import { RENEWAL_PAUSE_MS, renewalTimes, type CachedToken } from './token-life.ts'
import { readTokenAnswer, tokenForm, type GrantedToken } from './token-request.ts'

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
  /** OID of the organization, for errors. */
  organization?: string | undefined
}

/** Options of a {@link TokenProvider}. */
export interface TokenProviderOptions extends HttpOptions {
  assertions: AssertionSigner
}

const ATTEMPT_MS = 15_000
const CACHE_SIZE = 1_000

/**
 * Gets access tokens by client credentials and keeps them: one request for any number of callers,
 * renewed in the background before they end, never shared between identities, scopes or purposes.
 *
 * @example
 * ```ts
 * const tokens = new TokenProvider({ assertions })
 * const { accessToken } = await tokens.getToken({ tokenEndpoint, fhirBaseUrl, scope: 'system/Patient.read' })
 * ```
 *
 * @see [SMART Backend Services](https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html)
 */
export class TokenProvider {
  readonly #http: HttpClient
  readonly #assertions: AssertionSigner
  readonly #cache = new BoundedMap<CachedToken>(CACHE_SIZE)
  readonly #keys = new WeakMap<AccessToken, string>()
  readonly #flights = new SharedWork<AccessToken>()

  /** Throws `TypeError` for a wrong option. */
  constructor(options: TokenProviderOptions)
  /** @internal */
  constructor(options: TokenProviderOptions, http: HttpClient)
  constructor(options: TokenProviderOptions, http?: HttpClient) {
    requireObject(options, 'options')
    if (!(options.assertions instanceof AssertionSigner)) {
      throw new TypeError('"assertions" must be an AssertionSigner')
    }
    this.#assertions = options.assertions
    this.#http = http ?? new HttpClient(options)
  }

  /**
   * A token for the request, from the cache where there is a good one. Throws
   * `ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED` before anything is signed, `ERR_CQ_TOKEN_REJECTED`, and what signing throws.
   */
  async getToken(request: TokenRequest, options?: CallOptions): Promise<AccessToken> {
    const fixed = taken(request)
    return this.#http.call('token.get', options, async (call) => {
      const key = await this.#keyOf(fixed)
      return this.#obtain(key, fixed, call.signal)
    })
  }

  /** Drops a token that a server refused, only if it is still the one in the cache. */
  invalidate(token: AccessToken): boolean {
    const key = this.#keys.get(token)
    if (key === undefined || this.#cache.get(key)?.token !== token) return false
    this.#cache.delete(key)
    return true
  }

  /** A function for {@link FhirPatientClient}; computes the cache key once. */
  authorizer(request: TokenRequest): Authorize {
    const fixed = taken(request)
    let key: string | undefined
    return async ({ rejected, signal }) => {
      if (rejected !== undefined) this.invalidate(rejected)
      key ??= await this.#keyOf(fixed)
      return this.#obtain(key, fixed, signal)
    }
  }

  async #keyOf(request: TokenRequest): Promise<string> {
    const clientId = request.clientId ?? this.#assertions.clientId
    const mode = request.mode ?? this.#assertions.mode
    return cacheKey(request, { clientId, mode, keyName: await this.#assertions.keyName() })
  }

  async #obtain(key: string, request: TokenRequest, signal: AbortSignal): Promise<AccessToken> {
    const cached = this.#cache.get(key)
    const now = this.#http.now()
    if (cached === undefined || now >= cached.blockAt) return this.#renew(key, request, signal)
    if (now >= cached.refreshAt) this.#renewInBackground(key, request, cached)
    return cached.token
  }

  #renew(key: string, request: TokenRequest, signal: AbortSignal): Promise<AccessToken> {
    return this.#flights.run(key, (work) => this.#request(key, request, work), signal)
  }

  /** Nobody waits for it: the old token still serves. */
  #renewInBackground(key: string, request: TokenRequest, cached: CachedToken): void {
    if (this.#flights.has(key)) return
    cached.refreshAt = this.#http.now() + RENEWAL_PAUSE_MS
    this.#renew(key, request, new AbortController().signal).catch(() => {
      this.#http.emit('token.renewal-failed', { tokenEndpoint: request.tokenEndpoint })
    })
  }

  async #request(key: string, request: TokenRequest, signal: AbortSignal): Promise<AccessToken> {
    return this.#http.call('token.get', { signal }, async (call) => {
      this.#refuseUntrusted(request)
      const answer = await this.#http.exchange(
        {
          url: request.tokenEndpoint,
          pathTemplate: 'token endpoint',
          accept: 'application/json',
          kind: 'token',
          repeat: 'token',
          attemptTimeoutMs: ATTEMPT_MS,
          form: () => this.#form(request, call),
          organization: request.organization,
        },
        call,
      )
      return this.#keep(key, request, readTokenAnswer(answer), answer.sentAt)
    })
  }

  #refuseUntrusted({ fhirBaseUrl, tokenEndpoint, organization }: TokenRequest): void {
    const { policy } = this.#http
    const objection = policy.objection(tokenEndpoint)
    if (objection !== undefined) {
      throw new PolicyError(
        'ERR_CQ_ORIGIN_REFUSED',
        `the token endpoint may not be asked: ${objection}`,
        { operation: 'token.get', organization },
      )
    }
    if (policy.trusts(fhirBaseUrl, tokenEndpoint)) return
    const fhir = parseUrl(fhirBaseUrl)?.origin ?? ''
    const token = parseUrl(tokenEndpoint)?.origin ?? ''
    throw new PolicyError(
      'ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED',
      `${fhir} names a token endpoint at ${token}, which does not visibly belong to it; the line to add is { fhir: '${fhir}', token: '${token}' }`,
      { operation: 'token.get', origin: token, organization },
    )
  }

  /** Signed anew for each attempt: a `jti` is good for one. */
  async #form(request: TokenRequest, call: Call): Promise<string> {
    const assertion = await this.#assertions.sign({
      audience: audienceOf(request),
      clientId: request.clientId,
      mode: request.mode,
      algorithms: request.algorithms,
      claims: request.claims,
      signal: call.signal,
    })
    return tokenForm(request.scope, assertion, request.form)
  }

  #keep(key: string, request: TokenRequest, granted: GrantedToken, sentAt: number): AccessToken {
    const lifeMs = granted.lifeS * 1000
    const token = new AccessToken(granted.value, granted.scope ?? request.scope, sentAt + lifeMs)
    this.#keys.set(token, key)
    if (lifeMs > 0) {
      const fraction = Number.parseInt(this.#http.randomUUID().slice(0, 8), 16) / 2 ** 32
      this.#cache.set(key, {
        token,
        ...renewalTimes(sentAt, lifeMs, Number.isNaN(fraction) ? 0.5 : fraction),
      })
    }
    const { tokenEndpoint, organization } = request
    this.#http.emit('token.issued', { tokenEndpoint, organization, lifeMs })
    if (granted.oddities.length > 0)
      this.#http.emit('token.odd-answer', {
        tokenEndpoint,
        organization,
        oddities: granted.oddities,
      })
    if (!sameScopes(token.scope, request.scope))
      this.#http.emit('token.other-scope', { tokenEndpoint, organization, asked: request.scope })
    return token
  }
}

function sameScopes(a: string, b: string): boolean {
  const sorted = (scope: string): string => scope.trim().split(/ +/).sort().join(' ')
  return sorted(a) === sorted(b)
}

function audienceOf({
  audience = 'token-endpoint',
  tokenEndpoint,
  issuer,
  organization,
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
    { operation: 'token.get', origin: parseUrl(tokenEndpoint)?.origin, organization },
  )
}

/** A copy, so that a caller who changes the request meanwhile gets no token under another one's name. */
function taken(request: TokenRequest): TokenRequest {
  checkRequest(request)
  const { tokenEndpoint, fhirBaseUrl, scope, algorithms, issuer, form, organization } = request
  const copy = jsonCopy<TokenRequest>({
    ...joinContexts(request),
    ...{ tokenEndpoint, fhirBaseUrl, scope, algorithms, issuer, form, organization },
  })
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
}
