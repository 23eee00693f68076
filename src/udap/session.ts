/** A UDAP client over one HTTP client: its own, or that of the client that it was passed to. */
import type { Authorize } from '../access-token.ts'
import { AssertionSigner } from '../auth/assertion-signer.ts'
import type { AuthorizationContext } from '../auth/identity.ts'
import type { TokenRequest } from '../auth/requested-token.ts'
import { TokenProvider } from '../auth/token-provider.ts'
import type { TokenTrust } from '../discovery/token-trust.ts'
import { isCarequalityError, PolicyError, TokenError } from '../errors.ts'
import { limitsOf, remainderOf, type Call } from '../http/call.ts'
import type { HttpClient } from '../http/client.ts'
import { parseUrl } from '../http/policies/parse-url.ts'
import type { UdapServer, UdapSession, UdapTokenOptions, VerifiedMetadata } from '../udap-facts.ts'
import { MetadataSource } from './metadata.ts'
import type { UdapSettings } from './options.ts'
import { Registrar, type RegistrationChanges } from './registrar.ts'
import type { RegistrationMemory } from './registration-records.ts'
import type { Registration } from './registration-store.ts'
import { requireListedWildcards } from './scope-rules.ts'
import { StatementSigner } from './software-statement.ts'
import { assertionClaims } from './token-extensions.ts'

/** The way to a token that is cached already. */
interface HeldToken {
  readonly metadata: VerifiedMetadata
  readonly registration: Registration
  /** Until when the metadata is valid, in milliseconds since the epoch. */
  readonly until: number
  readonly cached: ReturnType<TokenProvider['cached']>
}

const USED_AT_LEAST_MS = 60_000

/** Discovery, registration and tokens of one identity. */
export class ConnectedUdap implements UdapSession {
  readonly assertions: AssertionSigner
  readonly tokens: TokenProvider
  readonly #settings: UdapSettings
  readonly #http: HttpClient
  readonly #trust: TokenTrust
  readonly #metadata: MetadataSource
  readonly #registrar: Registrar

  constructor(
    settings: UdapSettings,
    http: HttpClient,
    trust: TokenTrust,
    memory: RegistrationMemory,
    { assertion, ...options }: UdapTokenOptions = {},
  ) {
    const { clientUri, signer } = settings
    const { now, randomUUID, emit } = http
    this.#settings = settings
    this.#http = http
    this.#trust = trust
    const usual = { clientId: clientUri, signer, mode: 'udap', now, randomUUID } as const
    this.assertions = new AssertionSigner({ ...usual, ...assertion, onEvent: emit })
    this.tokens = new TokenProvider({ ...options, assertions: this.assertions }, http, trust)
    this.#metadata = new MetadataSource(http, settings)
    const { signerTimeoutMs } = assertion ?? {}
    // What is special about the assertions of token requests is not so of statements; events come of one.
    const statements =
      assertion === undefined ? this.assertions : new AssertionSigner({ ...usual, signerTimeoutMs })
    const signing = new StatementSigner(settings, statements, http)
    this.#registrar = new Registrar(settings, http, signing, memory)
  }

  get clientUri(): string {
    return this.#settings.clientUri
  }

  discover(baseUrl: string, call: Call): Promise<VerifiedMetadata> {
    return this.#metadata.get(baseUrl, call)
  }

  /** The metadata, or what is published now where its time is over: nothing is signed for what has expired. */
  current(metadata: VerifiedMetadata, call: Call): Promise<VerifiedMetadata> {
    return this.#http.now() < metadata.expiresAt
      ? Promise.resolve(metadata)
      : this.discover(metadata.baseUrl, call)
  }

  remembered(baseUrl: string): VerifiedMetadata | undefined {
    return this.#metadata.remembered(baseUrl)
  }

  isRegistered(metadata: VerifiedMetadata): boolean {
    return this.#registrar.known(metadata) !== undefined
  }

  hasToken(server: UdapServer, context: AuthorizationContext): boolean {
    const metadata = this.remembered(server.baseUrl)
    const registration = metadata && this.#registrar.known(metadata)
    if (metadata === undefined || registration === undefined) return false
    return this.tokens.has(this.#request(server, metadata, context, registration))
  }

  async register(metadata: VerifiedMetadata, call: Call): Promise<Registration> {
    await this.#refuseForeign(metadata, call)
    return this.#registrar.registration(metadata, call)
  }

  async update(
    metadata: VerifiedMetadata,
    changes: RegistrationChanges,
    call: Call,
  ): Promise<Registration> {
    await this.#refuseForeign(metadata, call)
    return this.#registrar.update(metadata, changes, call)
  }

  async cancel(metadata: VerifiedMetadata, call: Call): Promise<void> {
    await this.#refuseForeign(metadata, call)
    return this.#registrar.cancel(metadata, call)
  }

  defaultScope(): string {
    return this.#settings.scope
  }

  authorizer(server: UdapServer, context: AuthorizationContext): Authorize {
    let held: HeldToken | undefined
    let isChecked = false
    return async (asked) => {
      if (held !== undefined && this.#isCurrent(held)) {
        const token = held.cached(asked.rejected)
        if (token !== undefined) return token
      }
      if (!isChecked && server.metadata !== undefined) {
        this.#request(server, server.metadata, context, undefined)
        isChecked = true
      }
      return this.#http.call('token.get', limitsOf(asked), (call) =>
        this.#authorize(server, context, asked, call, (metadata, registration, request) => {
          const until = this.#usedUntil(metadata)
          held = { metadata, registration, until, cached: this.tokens.cached(request) }
        }),
      )
    }
  }

  /** Tokens from before a change of the registration are not used after it. */
  #isCurrent({ until, metadata, registration }: HeldToken): boolean {
    return this.#http.now() < until && this.#registrar.known(metadata) === registration
  }

  /** Metadata that may not be cached would otherwise be fetched for every FHIR request. */
  #usedUntil({ expiresAt, chain }: VerifiedMetadata): number {
    return Math.min(chain.expiresAt, Math.max(expiresAt, this.#http.now() + USED_AT_LEAST_MS))
  }

  async #authorize(
    server: UdapServer,
    context: AuthorizationContext,
    asked: Parameters<Authorize>[0],
    call: Call,
    onToken: (metadata: VerifiedMetadata, by: Registration, request: TokenRequest) => void,
  ): ReturnType<Authorize> {
    const { baseUrl } = server
    // Expired metadata is fetched and verified again before anything is signed for it.
    const metadata = await this.#metadata.get(baseUrl, call)
    const ask = async (by: Registration, on: VerifiedMetadata): ReturnType<Authorize> => {
      const request = this.#request(server, on, context, by)
      const { url, rejected, challenged } = asked
      const rest = remainderOf(call, { url, rejected, challenged })
      const token = await this.tokens.authorizer(request)(rest)
      onToken(on, by, request)
      return token
    }
    // What the context lacks is found before the client registers for it.
    this.#request(server, metadata, context, undefined)
    const registration = await this.register(metadata, call)
    try {
      return await ask(registration, metadata)
    } catch (error) {
      if (isGone(error)) {
        this.#metadata.forget(baseUrl)
        const moved = await this.#metadata.get(baseUrl, call)
        if (moved.tokenEndpoint === metadata.tokenEndpoint) throw error
        return ask(await this.register(moved, call), moved)
      }
      if (!isUnknownClient(error)) throw error
      const other = await this.#registrar.replacement(metadata, registration, call)
      if (other === undefined) throw error
      return ask(other, metadata)
    }
  }

  #request(
    { baseUrl, organization }: UdapServer,
    metadata: VerifiedMetadata,
    { scope = this.#settings.scope, purposeOfUse, claims }: AuthorizationContext,
    registration: Registration | undefined,
  ): TokenRequest {
    const { profile, clientUri } = this.#settings
    requireListedWildcards(scope, metadata)
    return {
      ...{ mode: 'udap', tokenEndpoint: metadata.tokenEndpoint, fhirBaseUrl: baseUrl, scope },
      clientId: registration?.clientId,
      iss: profile.issuer === 'client-uri' ? clientUri : undefined,
      algorithms: metadata.tokenAlgorithms,
      claims: assertionClaims({ purposeOfUse, claims }, metadata, this.#settings),
      purposeOfUse,
      form: { udap: '1' },
      organization,
      registeredAt: registration?.at,
    }
  }

  /** The responder's signature does not make another host's endpoints its own. */
  async #refuseForeign(
    { baseUrl, tokenEndpoint, registrationEndpoint }: VerifiedMetadata,
    { operation }: Call,
  ): Promise<void> {
    const trusts = await this.#trust.rule()
    for (const [what, url] of [
      ['token', tokenEndpoint],
      ['registration', registrationEndpoint],
    ] as const) {
      if (trusts(baseUrl, url)) continue
      const fhir = parseUrl(baseUrl)?.origin ?? ''
      const origin = parseUrl(url)?.origin ?? ''
      throw new PolicyError(
        'ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED',
        `${fhir} names a ${what} endpoint at ${origin}, which does not visibly belong to it; the line to add is { fhir: '${fhir}', token: '${origin}' }`,
        { operation, origin },
      )
    }
  }
}

function isUnknownClient(error: unknown): boolean {
  return error instanceof TokenError && error.error === 'invalid_client'
}

function isGone(error: unknown): boolean {
  return (
    isCarequalityError(error) &&
    error.pathTemplate === 'token endpoint' &&
    (error.status === 404 || error.status === 410)
  )
}
