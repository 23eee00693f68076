import type { AccessToken, Authorize } from '../access-token.ts'
import type { ErrorContext } from '../errors.ts'
import { shownUrl, urlBelow } from '../http/policies/base-url.ts'
import { remainderOf, type Call } from '../http/call.ts'
import type { HttpResponse } from '../http/messages.ts'
import type { HttpClient } from '../http/client.ts'
import { parseUrl } from '../http/policies/egress.ts'
import type { CallOptions } from '../types.ts'
import type { AuditTrail } from '../audit-trail.ts'
import { Auditor, type AccessFacts, type AuditContext } from './auditor.ts'
import { ownProperties } from '../lib/own.ts'
import { covers, shownScopes } from '../lib/scopes.ts'

const ATTEMPT_MS = 30_000

/** What a scope must permit: reading (`r`) or searching (`s`) a resource type. */
export interface Permission {
  readonly type: string
  readonly interaction: 'r' | 's'
}

/** One request below the FHIR base, or to a link that was accepted. */
export interface FhirRequest {
  /** Below the base; or `url`, absolute. */
  readonly path?: string
  readonly url?: string
  readonly query?: string
  readonly form?: string
  /** A resource as JSON, for operations. */
  readonly json?: string
  readonly pathTemplate: string
  /** Undefined where scopes say nothing about the request. */
  readonly needs?: Permission | undefined
  /** Whether it may be retried. Default true. */
  readonly safe?: boolean | undefined
  /** Overrides the session's own. */
  readonly accept?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Leaves the body of a 200 to be read under this call. */
  readonly streamScope?: Call | undefined
}

/** A response, and what the granted scopes did not cover. */
export interface FhirResponse extends HttpResponse {
  /** Why the token may not have permitted the call, in words. */
  readonly missingScopeNote?: string | undefined
}

/** The token of one call. */
interface CallToken {
  token: AccessToken | string | undefined
  renewed: boolean
  /** The missing scope that was reported, in words. */
  reported?: string
}

/**
 * Sends requests to one FHIR base with a token, and once more with a new one if the server rejects
 * it.
 */
export class FhirSession {
  readonly http: HttpClient
  readonly baseUrl: string
  readonly accept: string
  readonly #auditor: Auditor | undefined
  readonly #authorize: Authorize | undefined
  readonly #organization: string | undefined
  readonly #servedBy: string | undefined
  readonly #origin: string | undefined
  readonly #parties: readonly (string | undefined)[]
  /** Per call: no call makes more than two token requests. */
  readonly #tokens = new WeakMap<Call, CallToken>()

  constructor(options: {
    http: HttpClient
    baseUrl: string
    authorize?: Authorize | undefined
    accept?: string | undefined
    organization?: string | undefined
    servedBy?: string | undefined
    audit?: { readonly trail: AuditTrail } & Pick<AuditContext, 'clientId' | 'purposeOfUse'>
  }) {
    this.http = options.http
    this.baseUrl = options.baseUrl
    this.accept = options.accept ?? 'application/fhir+json'
    this.#authorize = options.authorize
    this.#organization = options.organization
    this.#servedBy = options.servedBy
    this.#origin = parseUrl(options.baseUrl)?.origin
    this.#parties = [this.#origin, this.#organization, this.#servedBy]
    if (options.audit !== undefined) {
      const { trail, clientId, purposeOfUse } = options.audit
      const { http, organization } = options
      const context = { baseUrl: this.shownBase, organization, clientId, purposeOfUse }
      this.#auditor = new Auditor(trail, http, context)
    }
  }

  /**
   * One call that gives access to patient data; there is no other way. With an audit trail it is
   * recorded before anything is sent and before anything is returned.
   */
  access<T>(
    operation: string,
    options: CallOptions,
    facts: () => AccessFacts,
    work: (call: Call) => Promise<T>,
    resourcesOf: (result: T) => Iterable<unknown>,
  ): Promise<T> {
    const auditor = this.#auditor
    if (auditor === undefined) return this.http.call(operation, options, work)
    return this.http.call(operation, options, (call) =>
      auditor.audited(call, facts(), () => work(call), resourcesOf),
    )
  }

  urlOf(path: string, query?: string): string {
    return urlBelow(this.baseUrl, path, query)
  }

  /** The base as events show it: some gateways route by a key in the query. */
  get shownBase(): string {
    return shownUrl(this.baseUrl)
  }

  /** The context of an error without a response. */
  where(operation: string): ErrorContext {
    return {
      operation,
      organization: this.#organization,
      origin: this.#origin,
    }
  }

  /** The whole response, whatever its status. */
  async send(given: FhirRequest, call: Call): Promise<FhirResponse> {
    const request = ownProperties(given)
    const url = request.url ?? this.urlOf(request.path ?? '', request.query)
    // Before a token is requested, and not only before it is sent.
    call.parties = this.#parties
    if (request.streamScope !== undefined) request.streamScope.parties = this.#parties
    this.http.blocklist.refuse(this.#parties, this.where(call.operation))
    const callToken = this.#tokens.get(call) ?? {
      token: await this.#authorize?.(remainderOf(call, { url, challenged: false })),
      renewed: false,
    }
    this.#tokens.set(call, callToken)
    const { token } = callToken
    const answer = await this.#exchange(request, url, callToken, call)
    if (!rejectsToken(answer) || this.#authorize === undefined) return answer
    if (callToken.renewed) return answer
    const rejected = typeof token === 'object' ? token : undefined
    callToken.renewed = true
    callToken.token = await this.#authorize(remainderOf(call, { url, rejected, challenged: true }))
    return callToken.token === undefined || callToken.token === token
      ? answer
      : this.#exchange(request, url, callToken, call)
  }

  /**
   * The requested, granted and needed scopes if the granted ones do not cover the request; reported
   * once a call.
   */
  #missingScopeNote(callToken: CallToken, { needs }: FhirRequest): string | undefined {
    const { token } = callToken
    if (typeof token !== 'object') return undefined
    if (needs === undefined || covers(token.scope, needs.type, needs.interaction)) return undefined
    const [asked, granted] = [token.requestedScope, token.scope].map(shownScopes)
    const needed = `system/${needs.type}.${needs.interaction}`
    const note = `requested ${asked ?? ''}, granted ${granted ?? ''}, needed ${needed}`
    if (callToken.reported === note) return note
    callToken.reported = note
    const { emit } = this.http
    emit({ type: 'fhir.scope-not-covering', baseUrl: this.shownBase, asked, granted, needed })
    return note
  }

  #exchange(
    request: FhirRequest,
    url: string,
    callToken: CallToken,
    call: Call,
  ): Promise<FhirResponse> {
    const note = this.#missingScopeNote(callToken, request)
    const { token } = callToken
    const { form, json, pathTemplate, safe = true, accept = this.accept, streamScope } = request
    const authorization = token === undefined ? undefined : `Bearer ${valueOf(token)}`
    const headers =
      authorization === undefined ? request.headers : { ...request.headers, authorization }
    const exchange = this.http.exchange(
      {
        url,
        base: this.baseUrl,
        pathTemplate,
        accept,
        form,
        json,
        streamScope,
        headers,
        kind: streamScope === undefined ? 'page' : 'binary',
        retry: safe ? 'safe' : 'never',
        attemptTimeoutMs: ATTEMPT_MS,
        organization: this.#organization,
        servedBy: this.#servedBy,
        sentBefore: callToken.renewed ? 1 : 0,
        requestId: call.requestId,
      },
      call,
    )
    return note === undefined
      ? exchange
      : exchange.then((answer) => ({ ...answer, missingScopeNote: note }))
  }
}

/**
 * Whether a new token may help. Some gateways return 403 for an expired one, with the reason in the
 * challenge; a new token would not have a missing scope either ([RFC 6750, section
 * 3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)).
 */
function rejectsToken({ status, headers }: HttpResponse): boolean {
  if (status !== 401 && status !== 403) return false
  const challenge = headers.get('www-authenticate') ?? ''
  if (/\binsufficient_scope\b/.test(challenge)) return false
  return status === 401 || /\berror="?invalid_token\b/.test(challenge)
}

function valueOf(token: AccessToken | string): string {
  const value: unknown = typeof token === 'string' ? token : token.accessToken
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
    throw new TypeError('"authorize" must return a token of visible ASCII characters')
  }
  return value
}
