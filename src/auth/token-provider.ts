import { PolicyError, TransportError } from '../errors.ts'
import { shownUrl } from '../http/base-url.ts'
import type { Call } from '../http/call.ts'
import { HttpClient } from '../http/http-client.ts'
import { parseUrl } from '../http/url-policy.ts'
import { requireObject } from '../lib/arguments.ts'
import { limited } from '../lib/abort.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { copyWith } from '../lib/error-copy.ts'
import { SharedWork } from '../lib/shared-work.ts'
import type { CallOptions, HttpOptions } from '../types.ts'
import { AccessToken, type Authorize } from '../access-token.ts'
import { AssertionSigner } from './assertion-signer.ts'
import { cacheKey } from './cache-key.ts'
import { audienceOf, sameScopes, taken, type TokenRequest } from './requested-token.ts'
import { RENEWAL_PAUSE_MS, renewalTimes, type CachedToken } from './token-life.ts'
import { readTokenAnswer, tokenForm, type GrantedToken } from './token-request.ts'

/** One who waits for a token: `signal` ends the waiting, `timeLeft` says in how many milliseconds at most. */
interface Waiter {
  readonly signal: AbortSignal
  readonly timeLeft: () => number
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
      return this.#obtain(key, fixed, {
        signal: call.signal,
        timeLeft: () => call.remainingMs,
      })
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
    return async ({ rejected, signal, timeoutMs }) => {
      if (rejected !== undefined) this.invalidate(rejected)
      key ??= await this.#keyOf(fixed)
      // A signal that comes with its time needs no second clock, which would race with the first.
      if (timeoutMs !== undefined)
        return this.#obtain(key, fixed, { signal, timeLeft: timer(timeoutMs) })
      const own = limited(this.#http.timeoutMs, signal, timeUp)
      const waiter = { signal: own.signal, timeLeft: timer(this.#http.timeoutMs) }
      return this.#obtain(key, fixed, waiter).finally(own.end)
    }
  }

  async #keyOf(request: TokenRequest): Promise<string> {
    const clientId = request.clientId ?? this.#assertions.clientId
    const mode = request.mode ?? this.#assertions.mode
    return cacheKey(request, { clientId, mode, keyName: await this.#assertions.keyName() })
  }

  async #obtain(key: string, request: TokenRequest, waiter: Waiter): Promise<AccessToken> {
    const cached = this.#cache.get(key)
    const now = this.#http.now()
    if (cached === undefined || now >= cached.blockAt) return this.#renew(key, request, waiter)
    if (now >= cached.refreshAt) this.#renewInBackground(key, request, cached)
    return cached.token
  }

  async #renew(key: string, request: TokenRequest, waiter: Waiter): Promise<AccessToken> {
    const work = (signal: AbortSignal, timeLeft: () => number): Promise<AccessToken> =>
      this.#request(key, request, signal, timeLeft)
    try {
      return await this.#flights.run(key, work, waiter.signal, waiter.timeLeft)
    } catch (error) {
      const { organization } = request
      throw organization === undefined ? error : copyWith(error, { organization })
    }
  }

  /** Nobody waits for it: the old token still serves. */
  #renewInBackground(key: string, request: TokenRequest, cached: CachedToken): void {
    if (this.#flights.has(key)) return
    cached.refreshAt = this.#http.now() + RENEWAL_PAUSE_MS
    const { timeoutMs } = this.#http
    const { signal, end } = limited(timeoutMs, undefined, timeUp)
    this.#renew(key, request, { signal, timeLeft: timer(timeoutMs) })
      .catch(() => {
        this.#http.emit('token.renewal-failed', { tokenEndpoint: shownUrl(request.tokenEndpoint) })
      })
      .finally(end)
  }

  async #request(
    key: string,
    request: TokenRequest,
    signal: AbortSignal,
    timeLeft: () => number,
  ): Promise<AccessToken> {
    return this.#http.shared('token.get', signal, timeLeft, async (call) => {
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
        },
        call,
      )
      return this.#keep(key, request, readTokenAnswer(answer), answer.sentAt)
    })
  }

  #refuseUntrusted({ fhirBaseUrl, tokenEndpoint }: TokenRequest): void {
    const { policy } = this.#http
    const objection = policy.objection(tokenEndpoint)
    if (objection !== undefined) {
      throw new PolicyError(
        'ERR_CQ_ORIGIN_REFUSED',
        `the token endpoint may not be asked: ${objection}`,
        { operation: 'token.get' },
      )
    }
    if (policy.trusts(fhirBaseUrl, tokenEndpoint)) return
    const fhir = parseUrl(fhirBaseUrl)?.origin ?? ''
    const token = parseUrl(tokenEndpoint)?.origin ?? ''
    throw new PolicyError(
      'ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED',
      `${fhir} names a token endpoint at ${token}, which does not visibly belong to it; the line to add is { fhir: '${fhir}', token: '${token}' }`,
      { operation: 'token.get', origin: token },
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
    const { organization } = request
    const tokenEndpoint = shownUrl(request.tokenEndpoint)
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

function timeUp(): TransportError {
  return new TransportError('ERR_CQ_TIMEOUT', 'the token took too long', { operation: 'token.get' })
}

function timer(timeoutMs: number): () => number {
  const endsAt = performance.now() + timeoutMs
  return () => endsAt - performance.now()
}
