import { checkAssertion, knownScopes, Refusal, type AssertionRules } from './assertion-rules.ts'
import {
  json,
  urlOf,
  type Location,
  type OriginOf,
  type Received,
  type Service,
} from './respond.ts'

const CLIENT_ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const FORM = 'application/x-www-form-urlencoded'
const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' }

/** What a token permits. */
export interface IssuedToken {
  /** The token URL it came from: on loopback ports it is another one. */
  readonly issuedBy: string
  readonly scopes: readonly string[]
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** What the authorization servers share. */
export interface AuthorizationSettings {
  readonly now: () => number
  readonly randomUUID: () => string
  readonly tokenLifetimeMs: number
  readonly keysOf: AssertionRules['keysOf']
}

/** A strict token endpoint; it remembers each `jti` and each token it issued. */
export class AuthorizationServer implements Service {
  readonly host: string
  readonly #path: string
  readonly #requireTyp: boolean
  readonly #settings: AuthorizationSettings
  readonly #tokens = new Map<string, IssuedToken>()
  readonly #used = new Set<string>()

  constructor(at: Location, requireTyp: boolean, settings: AuthorizationSettings) {
    this.host = at.host
    this.#path = at.path
    this.#requireTyp = requireTyp
    this.#settings = settings
  }

  /** Undefined for a token that is unknown here or has expired. */
  token(value: string): IssuedToken | undefined {
    const token = this.#tokens.get(value)
    return token !== undefined && this.#settings.now() < token.expiresAt ? token : undefined
  }

  async answer(request: Received, originOf: OriginOf): Promise<Response | undefined> {
    if (request.url.pathname !== this.#path) return undefined
    const form = new URLSearchParams(request.body)
    const problem = requestProblem(request, form)
    if (problem !== undefined) return oauthError(400, 'invalid_request', problem)
    if (form.get('grant_type') !== 'client_credentials') {
      return oauthError(400, 'unsupported_grant_type', 'only client_credentials')
    }
    const audience = urlOf({ host: this.host, path: this.#path }, originOf)
    try {
      await this.#authenticate(form.get('client_assertion') ?? '', audience)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return oauthError(401, 'invalid_client', error.message)
    }
    return this.#issue(form.get('scope') ?? '', audience)
  }

  async #authenticate(assertion: string, audience: string): Promise<void> {
    const { now, keysOf } = this.#settings
    const rules = { audience, requireTyp: this.#requireTyp, now: now(), keysOf }
    const { clientId, jti } = await checkAssertion(assertion, rules)
    const use = JSON.stringify([clientId, jti])
    if (this.#used.has(use)) throw new Refusal('"jti" was used before')
    this.#used.add(use)
  }

  #issue(scope: string, issuedBy: string): Response {
    const scopes = scope.split(' ')
    if (!scopes.every((one) => knownScopes.includes(one))) {
      return oauthError(400, 'invalid_scope', 'at least one scope is not on offer')
    }
    const { now, randomUUID, tokenLifetimeMs } = this.#settings
    const token = `sandbox-token-${randomUUID()}`
    this.#tokens.set(token, { issuedBy, scopes, expiresAt: now() + tokenLifetimeMs })
    const body = {
      access_token: token,
      token_type: 'Bearer',
      expires_in: Math.floor(tokenLifetimeMs / 1000),
      scope,
    }
    return json(200, body, 'application/json', noStore)
  }
}

/** A token endpoint that is published and yet knows no client of this flow. */
export function closedTokenEndpoint({ host, path }: Location): Service {
  return {
    host,
    answer: ({ url }) =>
      Promise.resolve(
        url.pathname === path
          ? json(401, { error: 'invalid_client' }, 'application/json', noStore)
          : undefined,
      ),
  }
}

/** What is wrong with a token request before its assertion is read. */
export function requestProblem(
  { method, url, headers }: Received,
  form: URLSearchParams,
): string | undefined {
  if (method !== 'POST') return 'only POST'
  if (url.search !== '') return 'the parameters belong in the body'
  const type = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== FORM) return `the body must be ${FORM}`
  if (headers.has('authorization')) return 'the client authenticates in two ways'
  const names = [...form.keys()]
  if (new Set(names).size !== names.length) return 'a parameter is repeated'
  for (const name of ['grant_type', 'client_assertion_type', 'client_assertion', 'scope']) {
    if ((form.get(name) ?? '') === '') return `"${name}" is missing`
  }
  if (form.get('client_assertion_type') !== CLIENT_ASSERTION_TYPE) {
    return `"client_assertion_type" must be ${CLIENT_ASSERTION_TYPE}`
  }
  return undefined
}

function oauthError(status: number, error: string, description: string): Response {
  const body = { error, error_description: description }
  return json(status, body, 'application/json', noStore)
}
