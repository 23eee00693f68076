import { TransportError } from '../errors.ts'
import { shownUrl } from '../http/policies/base-url.ts'
import { gateOf } from '../http/call.ts'
import { HttpClient } from '../http/client.ts'
import type { RequestGate } from '../http/messages.ts'
import { requireBoolean, requirePositive } from '../lib/arguments.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { TokenTrust } from '../discovery/token-trust.ts'
import { CallerSignals } from '../lib/caller-signals.ts'
import { Deadline } from '../lib/deadline.ts'
import { copyWith } from '../lib/error-copy.ts'
import { ownOptions } from '../lib/own.ts'
import { SharedWork } from '../lib/shared-work.ts'
import { fractionOf } from '../lib/sources.ts'
import type { GuardBoard } from './guard-board.ts'
import type { CallOptions, HttpOptions } from '../types.ts'
import { AccessToken, type Authorize } from '../access-token.ts'
import { AssertionSigner } from './assertion-signer.ts'
import { NamedRequests, type NamedRequest } from './named-requests.ts'
import type { TokenRequest } from './requested-token.ts'
import { requireTokenCache, type StoredToken, type TokenCache } from './token-cache.ts'
import { RENEWAL_PAUSE_MS, renewalTimes, type CachedToken } from './token-life.ts'
import { TokenSource } from './token-source.ts'

/** How tokens of one responder are obtained. */
export interface ResponderTokens {
  readonly authorize: Authorize
  /** Whether one is cached; triggers no renewal. */
  readonly isCached: () => boolean
}

/** Options of a {@link TokenProvider}. */
export interface TokenProviderOptions extends HttpOptions {
  assertions: AssertionSigner
  /** Shares tokens with others; the provider itself caches 1,000. Default: none. */
  cache?: TokenCache | undefined
  /** Per minute, token endpoint, client id and key; ten at once. Default 30, or a vendor quirk's. */
  tokenRequestsPerMinute?: number | undefined
  /** After `invalid_scope`, retry in SMART's other scope syntax (`read` for `rs`). Default false. */
  scopeFallback?: boolean | undefined
  /** @internal States of token guards that processes share. */
  guardBoard?: GuardBoard | undefined
}

const CACHE_SIZE = 1_000
/** Servers decide how long a token is. */
const MAX_TOKEN_BYTES = 8e6

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
  readonly #source: TokenSource
  readonly #cache = new BoundedMap<CachedToken>(CACHE_SIZE, {
    maxBytes: MAX_TOKEN_BYTES,
    weigh: ({ stored }) => 500 + stored.accessToken.length + 2 * stored.scope.length,
  })
  readonly #requests: NamedRequests
  readonly #names = new WeakMap<AccessToken, string>()
  readonly #flights = new SharedWork<AccessToken>()
  readonly #callers = new CallerSignals()

  /** Throws `TypeError` for a wrong option. */
  constructor(options: TokenProviderOptions)
  /** @internal */
  constructor(options: TokenProviderOptions, http: HttpClient, trust?: TokenTrust)
  constructor(given: TokenProviderOptions, http?: HttpClient, trust?: TokenTrust) {
    const options = ownOptions(given)
    if (!(options.assertions instanceof AssertionSigner)) {
      throw new TypeError('"assertions" must be an AssertionSigner')
    }
    requireTokenCache(options.cache, 'cache')
    requirePositive(options.tokenRequestsPerMinute, 'tokenRequestsPerMinute')
    requireBoolean(options.scopeFallback, 'scopeFallback')
    this.#http = http ?? new HttpClient(options)
    this.#requests = new NamedRequests(options.assertions, this.#http)
    this.#source = new TokenSource(
      options,
      this.#http,
      trust ?? new TokenTrust(options.trustedOrigins),
    )
  }

  /** How many tokens are cached, at most 1,000; some may have expired. */
  get size(): number {
    return this.#cache.size
  }

  /**
   * A token for the request, from the cache where there is a good one. Throws
   * `ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED` before anything is signed, `ERR_CQ_TOKEN_REJECTED`,
   * `ERR_CQ_TOKEN_PAUSED`, `ERR_CQ_CLOCK_SKEW`, and what signing throws.
   */
  async getToken(request: TokenRequest, options?: CallOptions): Promise<AccessToken> {
    const named = this.#requests.named(request)
    // A separate call would cost more than the look-up, and nothing here takes time.
    const good = options === undefined && !this.#http.closed && this.#goodToken(named)
    if (good) return good
    return this.#http.call('token.get', options, async (call) => this.#obtain(named, call.deadline))
  }

  /** Drops a token that a server rejected, if it is still the cached one. */
  invalidate(token: AccessToken): boolean {
    const name = this.#names.get(token)
    const cached = name === undefined ? undefined : this.#cache.get(name)
    if (name === undefined || cached?.token !== token) return false
    this.#cache.delete(name)
    this.#source.drop(name, cached.stored)
    return true
  }

  /** @internal The cached token while it is valid; drops one that was rejected. */
  cached(request: TokenRequest): (rejected: AccessToken | undefined) => AccessToken | undefined {
    const named = this.#requests.named(request)
    return (rejected) => {
      if (rejected !== undefined) this.invalidate(rejected)
      return this.#goodToken(named)
    }
  }

  /** @internal Whether a valid token is cached; triggers no renewal. */
  has(request: TokenRequest): boolean {
    return this.#serves(this.#requests.named(request))
  }

  #serves({ name }: NamedRequest): boolean {
    const cached = this.#cache.get(name)
    return cached !== undefined && this.#http.now() < cached.blockAt
  }

  /** A function for {@link FhirPatientClient}; computes the cache key once. */
  authorizer(request: TokenRequest): Authorize {
    return this.responderTokens(request).authorize
  }

  /** @internal {@link authorizer} and {@link has}, for a request that is named once. */
  responderTokens(request: TokenRequest): ResponderTokens {
    const named = this.#requests.named(request)
    return { authorize: this.#authorizerFor(named), isCached: () => this.#serves(named) }
  }

  #authorizerFor(named: NamedRequest): Authorize {
    return async (asked) => {
      const { rejected, timeoutMs } = asked
      const gate = gateOf(asked)
      if (rejected !== undefined) this.invalidate(rejected)
      const good = this.#goodToken(named)
      if (good !== undefined) return good
      // A signal that comes with its remaining time needs no second clock, which would race with the first.
      const counted = timeoutMs === undefined ? 'now' : 'on start'
      const limitMs = timeoutMs ?? this.#http.timeoutMs
      const deadline = new Deadline(limitMs, timeUp, undefined, counted)
      const leave = this.#callers.follow(asked.signal, deadline.aborter)
      return this.#obtain(named, deadline, gate).finally(() => {
        deadline.end()
        leave()
      })
    }
  }

  async #obtain(named: NamedRequest, deadline: Deadline, gate?: RequestGate): Promise<AccessToken> {
    return this.#goodToken(named) ?? this.#renew(named, deadline, gate)
  }

  /** The cached token while it is valid; starts its renewal when it is due. */
  #goodToken(named: NamedRequest): AccessToken | undefined {
    const cached = this.#cache.get(named.name)
    const now = this.#http.now()
    if (cached === undefined || now >= cached.blockAt) return undefined
    if (now >= cached.refreshAt) this.#renewInBackground(named, cached)
    this.#requests.keep(named)
    return cached.token
  }

  async #renew(
    { name, fixed: request }: NamedRequest,
    deadline: Deadline,
    gate?: RequestGate,
  ): Promise<AccessToken> {
    const work = (shared: Deadline): Promise<AccessToken> =>
      this.#http.shared('token.get', { deadline: shared, gate }, async (call) => {
        const current = this.#cache.get(name)?.stored
        return this.#keep(name, request, await this.#source.token(name, request, current, call))
      })
    try {
      return await this.#flights.run(name, work, deadline)
    } catch (error) {
      const { organization } = request
      throw organization === undefined ? error : copyWith(error, { organization })
    }
  }

  /** Not awaited: the old token is still used. */
  #renewInBackground(named: NamedRequest, cached: CachedToken): void {
    if (this.#flights.has(named.name)) return
    cached.refreshAt = this.#http.now() + RENEWAL_PAUSE_MS
    const deadline = new Deadline(this.#http.timeoutMs, timeUp)
    this.#renew(named, deadline)
      .catch(() => {
        this.#http.emit({
          type: 'token.renewal-failed',
          tokenEndpoint: shownUrl(named.fixed.tokenEndpoint),
        })
      })
      .finally(() => deadline.end())
  }

  #keep(name: string, request: TokenRequest, stored: StoredToken): AccessToken {
    const { accessToken, scope, sentAt, expiresAt } = stored
    const token = new AccessToken(accessToken, scope, expiresAt, request.scope)
    this.#names.set(token, name)
    const lifeMs = expiresAt - sentAt
    if (lifeMs > 0) {
      const times = renewalTimes(sentAt, lifeMs, fractionOf(this.#http.randomUUID()))
      this.#cache.set(name, { token, stored, ...times })
    }
    return token
  }
}

function timeUp(): TransportError {
  return new TransportError('ERR_CQ_TIMEOUT', 'the token took too long', { operation: 'token.get' })
}
