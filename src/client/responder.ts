import type { Authorize } from '../access-token.ts'
import { copyContext, joinContexts, type AuthorizationContext } from '../auth/context.ts'
import type { TokenRequest } from '../auth/requested-token.ts'
import type { TokenProvider } from '../auth/token-provider.ts'
import type { DirectoryEntry } from '../directory/model/model.ts'
import { purposesOf } from '../directory/select/select-endpoint.ts'
import {
  describeStep,
  type Decision,
  type ServerCapabilities,
  type ServerDocuments,
  type Step,
} from '../discovery/decide.ts'
import { DiscoveryError, isCarequalityError } from '../errors.ts'
import { FhirClient } from '../fhir/fhir-client.ts'
import type { FhirClientOptions, ServerDetails } from '../fhir/fhir-parts.ts'
import { FhirPatientClient } from '../fhir/patient-client.ts'
import type { FhirVersion } from '../fhir/types.ts'
import { parseUrl } from '../http/policies/egress.ts'
import type { Mode } from '../types.ts'
import { contextKey, type Connection, type SharedParts } from './connection.ts'

const TOKEN_PATH = 'token endpoint'

/** The way to a responder as data and as text. */
export interface Explanation {
  readonly steps: readonly { readonly what: string; readonly why?: string }[]
  /** One line a step. */
  toString(): string
}

/** An organization's FHIR server, ready to be asked. */
export interface Responder<V extends FhirVersion = 'R4'> {
  /** The directory entry that was asked for. */
  readonly entry?: DirectoryEntry | undefined
  /** The entry whose endpoint serves it. */
  readonly servedBy?: DirectoryEntry | undefined
  /** The FHIR base, as published. */
  readonly endpoint: { readonly address: string }
  /** What the server says about itself. */
  readonly capabilities: ServerCapabilities
  /** Its Patients; asks for a token when one is first needed. */
  readonly patients: FhirPatientClient<V>
  /** Its other resources, operations and attachments; `scope` must cover them. */
  readonly fhir: FhirClient<V>
  /** The same responder under another identity, scope or purpose: own tokens; cheap, no request. */
  as(context: AuthorizationContext): Responder<V>
  /** What was read, found, chosen and why; no request. */
  explain(): Explanation
}

/** A responder of {@link CarequalityClient}; the one place that joins discovery, tokens and FHIR. */
export class ConnectedResponder<V extends FhirVersion> implements Responder<V> {
  readonly entry: DirectoryEntry | undefined
  readonly servedBy: DirectoryEntry | undefined
  readonly endpoint: { readonly address: string }
  readonly patients: FhirPatientClient<V>
  readonly fhir: FhirClient<V>
  readonly #parts: SharedParts
  readonly #connection: Connection
  readonly #context: AuthorizationContext
  readonly #decision: Decision

  constructor(parts: SharedParts, connection: Connection, context: AuthorizationContext) {
    this.#parts = parts
    this.#connection = connection
    this.#context = context
    this.entry = connection.entry
    this.servedBy = connection.servedBy
    this.endpoint = Object.freeze({ address: connection.baseUrl })
    this.#decision = this.#decide(connection.documents)
    const [options, details] = this.#fhirParts(this.#decision)
    this.patients = new FhirPatientClient(options, details)
    this.fhir = new FhirClient(options, details)
  }

  get capabilities(): ServerCapabilities {
    return this.#decision.capabilities
  }

  as(context: AuthorizationContext): Responder<V> {
    const joined = joinContexts(this.#context, copyContext(context))
    return new ConnectedResponder(this.#parts, this.#connection, joined)
  }

  /** @internal What an operator must know to register the client. */
  get registration(): {
    readonly clientId: string | undefined
    readonly scope: string
    readonly tokenEndpoint: string | undefined
    readonly mode: Mode
    /** Whose responder it is. */
    readonly tokens: TokenProvider
  } {
    const { tokens, udap } = this.#parts
    const mode = this.#mode
    const usual = mode === 'udap' ? udap?.first.defaultScope() : undefined
    const { clientId, scope = usual ?? this.#decision.defaultScope } = this.#context
    return { clientId, scope, tokenEndpoint: this.capabilities.tokenEndpoint, mode, tokens }
  }

  /** @internal Whether a token for it is at hand. */
  get hasToken(): boolean {
    if (this.#mode === 'udap') {
      const { baseUrl, udap: metadata, oid: organization } = this.#connection
      const server = { baseUrl, metadata, organization }
      return this.#parts.udap?.hasToken(server, this.#context) === true
    }
    const { tokenEndpoint } = this.capabilities
    if (tokenEndpoint === undefined) return false
    return this.#parts.tokens.has(this.#tokenRequest(this.#decision, tokenEndpoint))
  }

  /** @internal Whether its CapabilityStatement lists `$match`. */
  get listsMatch(): boolean {
    return this.#connection.documents.metadata.facts?.listsMatch === true
  }

  explain(): Explanation {
    const steps = [...this.#connection.steps, ...this.#decision.steps, ...this.#trustStep()]
    return { steps, toString: () => steps.map(describeStep).join('\n') }
  }

  get #mode(): Mode {
    return this.#context.mode ?? this.#parts.mode
  }

  #decide(documents: ServerDocuments): Decision {
    const { servedBy, tokenEndpoint, udap } = this.#connection
    return this.#parts.resolver.decide(documents, {
      mode: this.#mode,
      udap: this.#mode === 'udap' ? udap : undefined,
      // The entry that lists the base vouches for it; one that inherits it does not.
      oid: servedBy?.oid,
      tokenEndpoint,
    })
  }

  #fhirParts({ effect }: Decision): [FhirClientOptions<V>, ServerDetails] {
    const { http, memory, validators, fhirOptions, requirePurpose } = this.#parts
    const { baseUrl, documents, oid, servedBy } = this.#connection
    const { searchMethod = fhirOptions.searchMethod, nextLinks } = effect
    const { validation } = fhirOptions
    const { implementationUrl, searchModes } = documents.metadata.facts ?? {}
    return [
      { baseUrl, authorize: this.#authorizer(), searchMethod, validation, nextLinks },
      {
        ...{ http, memory, validators, implementationUrl, searchModes },
        contextKey: contextKey(this.#context),
        organization: oid,
        servedBy: servedBy?.oid,
        gate: this.#connection.gate,
        accept: effect.accept,
        searchParameters: effect.searchParameters,
        lacksPurpose: requirePurpose && purposesOf(this.#context.purposeOfUse).length === 0,
      },
    ]
  }

  /**
   * A token endpoint that is no longer there means that what we remember is old, and one that was
   * not found while a document failed may be there now: the documents are asked for once more.
   */
  #authorizer(): Authorize {
    const { http, resolver, udap } = this.#parts
    const { baseUrl, tokenEndpoint, oid, udap: metadata, gate } = this.#connection
    if (this.#mode === 'udap') {
      if (udap === undefined) throw new TypeError('"udap" is needed in mode udap')
      return udap.authorizer({ baseUrl, metadata, organization: oid, gate }, this.#context)
    }
    let current = this.#decision.capabilities.tokenEndpoint
    let authorize = this.#authorizerFor(this.#decision)
    return async (request) => {
      const asked = current
      try {
        return await authorize(request)
      } catch (error) {
        if (isGone(error)) resolver.forget(baseUrl)
        else if (!mayAppear(error)) throw error
        const documents = await http.call(
          'capabilities.resolve',
          { signal: request.signal, timeoutMs: request.timeoutMs },
          (call) => {
            call.gate = gate
            return resolver.documents(baseUrl, call, tokenEndpoint === undefined)
          },
        )
        const moved = this.#decide(documents)
        current = moved.capabilities.tokenEndpoint
        if (current === asked) throw error
        authorize = this.#authorizerFor(moved)
        return authorize(request)
      }
    }
  }

  #authorizerFor(decision: Decision): Authorize {
    const { tokenEndpoint } = decision.capabilities
    if (tokenEndpoint !== undefined)
      return this.#parts.tokens.authorizer(
        this.#tokenRequest(decision, tokenEndpoint),
        this.#connection.gate,
      )
    return ({ challenged }) =>
      challenged === true ? Promise.reject(this.#noTokenEndpoint()) : Promise.resolve(undefined)
  }

  #tokenRequest(
    { capabilities, effect, defaultScope }: Decision,
    tokenEndpoint: string,
  ): TokenRequest {
    const {
      scope = defaultScope,
      audience = effect.audience,
      mode = this.#parts.mode,
    } = this.#context
    return {
      ...this.#context,
      tokenEndpoint,
      fhirBaseUrl: this.#connection.baseUrl,
      scope,
      audience,
      mode,
      algorithms: capabilities.signingAlgorithms,
      issuer: capabilities.issuer,
      form: effect.form,
      tokenRequestsPerMinute: effect.tokenRequestsPerMinute,
      organization: this.#connection.oid,
    }
  }

  #trustStep(): readonly Step[] {
    const { tokenEndpoint } = this.capabilities
    if (tokenEndpoint === undefined) return []
    const trusted = this.#connection.trusts(this.#connection.baseUrl, tokenEndpoint)
    const origins = `${parseUrl(tokenEndpoint)?.origin ?? '(no web address)'} for ${parseUrl(this.#connection.baseUrl)?.origin ?? ''}`
    return trusted
      ? [
          {
            what: `trusted ${origins}`,
            why: 'both belong together by host, family or "trustedOrigins"',
          },
        ]
      : [
          {
            what: `not trusted: ${origins}`,
            why: 'nothing shows that they belong together; see "trustedOrigins"',
          },
        ]
  }

  #noTokenEndpoint(): DiscoveryError {
    const { metadata, smart } = this.#connection.documents
    return new DiscoveryError(
      'ERR_CQ_NO_TOKEN_ENDPOINT',
      `the server refuses the call without a token (${metadata.note}; ${smart.note})`,
      {
        operation: 'token.get',
        organization: this.#connection.oid,
        origin: parseUrl(this.#connection.baseUrl)?.origin,
        // A document that could not be read this time may name one the next time.
        retryable: metadata.error?.retryable === true || smart.error?.retryable === true,
      },
    )
  }
}

function isGone(error: unknown): boolean {
  return (
    isCarequalityError(error) &&
    error.pathTemplate === TOKEN_PATH &&
    (error.status === 404 || error.status === 410)
  )
}

function mayAppear(error: unknown): boolean {
  return isCarequalityError(error) && error.code === 'ERR_CQ_NO_TOKEN_ENDPOINT' && error.retryable
}
