import type { IssuedToken } from './authorization-server.ts'
import { capabilityStatement, smartConfiguration } from './capability-documents.ts'
import { FhirInteractions, type Holdings } from './fhir-interactions.ts'
import { permits, targetOf, type Need } from './fhir-requests.ts'
import {
  json,
  outcome,
  text,
  urlOf,
  type OriginOf,
  type Received,
  type Service,
} from './respond.ts'
import type { FhirServerProfile } from './servers.ts'

/** Knows the tokens that a FHIR server accepts. */
export interface TokenIssuer {
  /** Undefined for a token that is unknown or has expired. */
  token(value: string): IssuedToken | undefined
}

/** A FHIR R4 server with Patients, and with their records if its profile says so. */
export class FhirServer implements Service {
  readonly host: string
  readonly #profile: FhirServerProfile
  readonly #authorization: TokenIssuer
  readonly #interactions: FhirInteractions

  constructor(profile: FhirServerProfile, holdings: Holdings, authorization: TokenIssuer) {
    this.host = profile.host
    this.#profile = profile
    this.#authorization = authorization
    this.#interactions = new FhirInteractions(profile, holdings)
  }

  answer(request: Received, originOf: OriginOf): Promise<Response | undefined> {
    return Promise.resolve(this.#answer(request, originOf))
  }

  #answer(request: Received, originOf: OriginOf): Response | undefined {
    const { path, smart, needsAccept, contentType } = this.#profile
    const { pathname } = request.url
    if (pathname !== path && !pathname.startsWith(`${path}/`)) return undefined
    const rest = pathname.slice(path.length + 1)
    if (rest === '.well-known/smart-configuration') {
      return smart ? json(200, smartConfiguration(this.#profile, originOf)) : text(404)
    }
    if (needsAccept && !asksForJson(request)) return text(406)
    if (rest === 'metadata') {
      return json(200, capabilityStatement(this.#profile, originOf), contentType)
    }
    const target = targetOf(request, rest, this.#interactions.pageParameter)
    return (
      this.#refusal(request, this.#interactions.needsOf(target), originOf) ??
      this.#interactions.answer(request, target, urlOf(this.#profile, originOf))
    )
  }

  /** The response to a request without sufficient authorization. */
  #refusal(
    { headers }: Received,
    needs: readonly Need[],
    originOf: OriginOf,
  ): Response | undefined {
    const { tokenEndpoint, contentType } = this.#profile
    const value = /^Bearer +(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1] ?? ''
    const token = this.#authorization.token(value)
    if (token?.issuedBy !== urlOf(tokenEndpoint, originOf)) {
      const why = outcome('login', 'the token is missing, unknown or expired')
      return json(401, why, contentType, { 'www-authenticate': 'Bearer error="invalid_token"' })
    }
    const lacking = needs.find((need) => !token.scopes.some((scope) => permits(scope, need)))
    if (lacking === undefined) return undefined
    const why = outcome('forbidden', 'the scope of the token does not permit this')
    return json(403, why, contentType, {
      'www-authenticate': `Bearer error="insufficient_scope", scope="system/${lacking.type}.read"`,
    })
  }
}

/** The tenant is part of the path, and the host knows one tenant only. */
export function otherTenants(host: string): Service {
  return {
    host,
    answer: ({ url }) =>
      Promise.resolve(
        url.pathname.startsWith('/beta/') ? text(403, 'Tenant not valid or accessible') : undefined,
      ),
  }
}

function asksForJson({ headers, url }: Received): boolean {
  const format = url.searchParams.get('_format') ?? ''
  return (
    (headers.get('accept') ?? '').toLowerCase().includes('application/fhir+json') ||
    ['json', 'application/json', 'application/fhir+json'].includes(format)
  )
}
