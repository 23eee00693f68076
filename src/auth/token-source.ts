import { TokenError } from '../errors.ts'
import { shownUrl } from '../http/policies/base-url.ts'
import type { TokenTrust } from '../discovery/token-trust.ts'
import type { Call } from '../http/call.ts'
import type { HttpResponse } from '../http/messages.ts'
import type { HttpClient } from '../http/client.ts'
import type { AbortSignalLike } from '../lib/abort.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import type { SignerFacts } from '../signers/signer-facts.ts'
import type { AssertionSigner } from './assertion-signer.ts'
import { sharedKey } from './cache-key.ts'
import { ClockOffsets } from './clock-offsets.ts'
import { refuseUntrusted } from './refuse-untrusted.ts'
import { audienceOf, type TokenRequest } from './requested-token.ts'
import { convertScopeVersion, sameScopes, shownScopes } from '../lib/scopes.ts'
import type { GuardBoard } from './guard-board.ts'
import { SharedTokens } from './shared-tokens.ts'
import type { StoredToken, TokenCache } from './token-cache.ts'
import { TokenGuard, type Guarded } from './token-guard.ts'
import { renewalTimes } from './token-life.ts'
import { readTokenAnswer, tokenForm, type GrantedToken } from './token-request.ts'

const ATTEMPT_MS = 15_000
const PER_MINUTE = 30
const REMEMBERED = 1_000
const MAX_BYTES = 4e6

/** How tokens are requested. */
interface SourceOptions {
  readonly assertions: AssertionSigner
  readonly cache?: TokenCache | undefined
  readonly tokenRequestsPerMinute?: number | undefined
  readonly scopeFallback?: boolean | undefined
  readonly guardBoard?: GuardBoard | undefined
}

/**
 * Obtains new tokens: from the shared cache, or from the authorization server within what the guard
 * permits.
 */
export class TokenSource {
  readonly #options: SourceOptions
  readonly #http: HttpClient
  readonly #trust: TokenTrust
  readonly #guard: TokenGuard
  readonly #clocks = new ClockOffsets()
  readonly #shared: SharedTokens | undefined
  /** Under which key the token of a name is in the shared cache. */
  readonly #sharedKeys = new BoundedMap<string>(REMEMBERED, { maxBytes: MAX_BYTES })
  /** Rejected by a server: not to be taken from the shared cache again. */
  readonly #dropped = new BoundedMap<string>(REMEMBERED, { maxBytes: MAX_BYTES })

  constructor(options: SourceOptions, http: HttpClient, trust: TokenTrust) {
    this.#options = options
    this.#http = http
    this.#trust = trust
    this.#guard = new TokenGuard(http.now, http.emit, options.guardBoard)
    this.#shared = options.cache && new SharedTokens(options.cache, http.now, http.emit)
  }

  /** A token other than `current`, which is expired or due for renewal. */
  async token(
    name: string,
    request: TokenRequest,
    current: StoredToken | undefined,
    call: Call,
  ): Promise<StoredToken> {
    await refuseUntrusted(request, this.#http.policy, this.#trust)
    const facts = await this.#options.assertions.current(call.deadline.aborter)
    if (this.#shared === undefined) return this.#ask(request, facts, call)
    const signer = [await facts.thumbprint(), this.#options.assertions.staticAssertionFields]
    const key = await sharedKey(name, signer)
    this.#sharedKeys.set(name, key)
    const found = await this.#shared.tokenOrLease(
      key,
      (token) => this.#isGood(name, token, current),
      call.deadline,
    )
    if ('token' in found) return found.token
    try {
      const token = await this.#ask(request, facts, call)
      if (token.expiresAt > token.sentAt) await this.#shared.put(key, token, call.deadline)
      return token
    } finally {
      void found.release()
    }
  }

  /** A server has rejected the token. */
  drop(name: string, token: StoredToken): void {
    const key = this.#sharedKeys.get(name)
    if (key === undefined) return
    this.#dropped.set(name, token.accessToken)
    this.#shared?.drop(key, token)
  }

  #isGood(name: string, token: StoredToken, current: StoredToken | undefined): boolean {
    const { accessToken, sentAt, expiresAt } = token
    const { blockAt } = renewalTimes(sentAt, expiresAt - sentAt, 0)
    return (
      accessToken !== this.#dropped.get(name) &&
      accessToken !== current?.accessToken &&
      expiresAt > (current?.expiresAt ?? 0) &&
      this.#http.now() < blockAt
    )
  }

  /**
   * Makes the request within what the guard permits, with at most one correction of the clock and
   * one of the scope syntax.
   */
  async #ask(request: TokenRequest, facts: SignerFacts, call: Call): Promise<StoredToken> {
    const guarded = await this.#guarded(request, facts)
    const admission = await this.#guard.enter(guarded)
    try {
      const token = await this.#requestWithScopeFallback(request, facts, call)
      await this.#guard.settled(guarded, admission)
      return token
    } catch (error) {
      await this.#guard.settled(guarded, admission, error)
      throw error
    }
  }

  async #requestWithScopeFallback(
    request: TokenRequest,
    facts: SignerFacts,
    call: Call,
  ): Promise<StoredToken> {
    try {
      return await this.#requestWithClockCorrection(request, facts, call)
    } catch (error) {
      const scope = convertScopeVersion(request.scope)
      const refused = error instanceof TokenError && error.error === 'invalid_scope'
      if (!refused || this.#options.scopeFallback !== true || scope === undefined) throw error
      this.#http.emit({
        type: 'token.other-form',
        ...this.#where(request),
        asked: request.scope,
        scope,
      })
      return this.#requestWithClockCorrection({ ...request, scope }, undefined, call)
    }
  }

  async #requestWithClockCorrection(
    request: TokenRequest,
    facts: SignerFacts | undefined,
    call: Call,
  ): Promise<StoredToken> {
    const { tokenEndpoint } = request
    const answer = await this.#send(request, facts, call)
    try {
      return this.#read(request, answer)
    } catch (error) {
      if (!this.#clocks.corrects(tokenEndpoint, answer, error)) throw error
    }
    const offsetMs = this.#clocks.of(tokenEndpoint)
    this.#http.emit({ type: 'token.clock-corrected', ...this.#where(request), offsetMs })
    return this.#read(request, await this.#send(request, undefined, call))
  }

  async #send(
    request: TokenRequest,
    facts: SignerFacts | undefined,
    call: Call,
  ): Promise<HttpResponse> {
    let first = facts
    let guarded: Guarded | undefined
    return this.#http.exchange(
      {
        url: request.tokenEndpoint,
        pathTemplate: 'token endpoint',
        accept: 'application/json',
        kind: 'token',
        retry: 'not-after-500',
        attemptTimeoutMs: ATTEMPT_MS,
        // Signed anew for each attempt: a `jti` is good for one.
        form: async () => {
          const own = first ?? (await this.#options.assertions.current(call.deadline.aborter))
          first = undefined
          guarded = await this.#guarded(request, own)
          await this.#guard.acquireSlot(guarded, call.deadline)
          return this.#form(request, own, call.deadline.aborter)
        },
        pacesItself: true,
        onResponse: ({ status, context }) => {
          if (guarded !== undefined)
            void this.#guard.answered(guarded, status, context.retryAfterMs)
        },
      },
      call,
    )
  }

  async #form(request: TokenRequest, facts: SignerFacts, signal: AbortSignalLike): Promise<string> {
    const { clientId, iss, mode, algorithms, claims, tokenEndpoint } = request
    const assertion = await this.#options.assertions.signWith(
      facts,
      { audience: audienceOf(request), clientId, iss, mode, algorithms, claims, signal },
      this.#clocks.of(tokenEndpoint),
    )
    return tokenForm(request.scope, assertion, request.form)
  }

  #read(request: TokenRequest, answer: HttpResponse): StoredToken {
    const granted = readTokenAnswer(answer)
    const { sentAt } = answer
    const scope = granted.scope ?? request.scope
    this.#tell(request, granted, scope)
    return { accessToken: granted.value, scope, sentAt, expiresAt: sentAt + granted.lifeS * 1000 }
  }

  #tell(request: TokenRequest, { oddities, lifeS }: GrantedToken, scope: string): void {
    const { emit } = this.#http
    const where = this.#where(request)
    emit({ type: 'token.issued', ...where, lifeMs: lifeS * 1000 })
    if (oddities.length > 0) emit({ type: 'token.response-repaired', ...where, oddities })
    if (!sameScopes(scope, request.scope)) {
      emit({
        type: 'token.other-scope',
        ...where,
        asked: request.scope,
        granted: shownScopes(scope),
      })
    }
  }

  #where({ tokenEndpoint, organization }: TokenRequest): {
    tokenEndpoint: string
    organization: string | undefined
  } {
    return { tokenEndpoint: shownUrl(tokenEndpoint), organization }
  }

  async #guarded(request: TokenRequest, facts: SignerFacts): Promise<Guarded> {
    const { tokenEndpoint, tokenRequestsPerMinute } = request
    const { assertions, tokenRequestsPerMinute: own = PER_MINUTE } = this.#options
    const clientId = request.clientId ?? assertions.clientId
    return {
      key: JSON.stringify([tokenEndpoint, clientId, await facts.thumbprint()]),
      tokenEndpoint: shownUrl(tokenEndpoint),
      perMinute: tokenRequestsPerMinute ?? own,
    }
  }
}
