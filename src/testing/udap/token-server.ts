/** A UDAP token endpoint for client_credentials (SSRAA section 5). */
import type { Patient } from 'fhir/r4.js'
import { requestProblem, type IssuedToken } from '../authorization-server.ts'
import { json, urlOf, type OriginOf, type Received, type Service } from '../respond.ts'
import { checkB2b, extensionsOf } from './b2b-extension.ts'
import { checkTimes, isText, refuseAs, UsedIds } from './claims.ts'
import { checkIas, type CredentialProvider } from './ias-extension.ts'
import { UdapRefusal, verifyJws } from './jws.ts'
import type { UdapServerProfile } from './profiles.ts'
import type { RegisteredClient, RegistrationServer, UdapSettings } from './registration-server.ts'

const CLIENT = 'invalid_client'
const REQUEST = 'invalid_request'
const ASSERTION_ERRORS = { malformed: REQUEST, signature: REQUEST, untrusted: CLIENT }
const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' }

/** What a token endpoint needs beside the settings that all UDAP servers share. */
export interface UdapTokenSettings extends UdapSettings {
  readonly csp: CredentialProvider
  readonly patients: readonly Patient[]
}

/** Takes assertions of registered clients; it remembers each `jti` and each token it issued. */
export class UdapTokenServer implements Service {
  readonly host: string
  readonly #profile: UdapServerProfile
  readonly #registrations: RegistrationServer
  readonly #settings: UdapTokenSettings
  readonly #tokens = new Map<string, IssuedToken>()
  readonly #used = new UsedIds()

  constructor(
    profile: UdapServerProfile,
    registrations: RegistrationServer,
    settings: UdapTokenSettings,
  ) {
    this.host = profile.fhir.tokenEndpoint.host
    this.#profile = profile
    this.#registrations = registrations
    this.#settings = settings
  }

  /** Undefined for a token that is unknown here or has expired. */
  token(value: string): IssuedToken | undefined {
    const token = this.#tokens.get(value)
    return token !== undefined && this.#settings.now() < token.expiresAt ? token : undefined
  }

  async answer(request: Received, originOf: OriginOf): Promise<Response | undefined> {
    const { tokenEndpoint } = this.#profile.fhir
    if (request.url.pathname !== tokenEndpoint.path) return undefined
    try {
      return await this.#exchange(request, urlOf(tokenEndpoint, originOf))
    } catch (failure) {
      if (!(failure instanceof UdapRefusal)) throw failure
      const { error, message, more } = failure
      const body = { error, error_description: message, ...more }
      return json(error === CLIENT ? 401 : 400, body, 'application/json', noStore)
    }
  }

  async #exchange(request: Received, audience: string): Promise<Response> {
    const form = new URLSearchParams(request.body)
    const problem = requestProblem(request, form)
    if (problem !== undefined) return refuseAs(REQUEST)(problem)
    if (form.get('udap') !== '1') return refuseAs(REQUEST)('"udap" must be 1')
    if (form.get('grant_type') !== 'client_credentials') {
      return refuseAs('unsupported_grant_type')('only client_credentials')
    }
    const assertion = form.get('client_assertion') ?? ''
    const client = await this.#authenticate(assertion, form.get('client_id'), audience)
    return this.#issue(client, form.get('scope') ?? '', audience)
  }

  async #authenticate(
    assertion: string,
    inForm: string | null,
    audience: string,
  ): Promise<RegisteredClient> {
    const { trust, now } = this.#settings
    const invalid = refuseAs(CLIENT)
    const { community, rules2021 } = this.#profile
    const { claims, leaf } = await verifyJws(assertion, community, trust, ASSERTION_ERRORS)
    const { iss, sub } = claims
    if (!isText(sub)) return invalid('"sub" must be the client id')
    const client = this.#registrations.client(sub)
    if (client === undefined) return invalid('the client is not registered here')
    if (inForm !== null && inForm !== sub) return invalid('"client_id" must be equal to "sub"')
    if (iss !== (rules2021 ? client.iss : sub)) {
      return invalid(`"iss" must be the ${rules2021 ? 'client URI, as in 2021' : 'client id'}`)
    }
    if (!leaf.uris.includes(client.iss)) {
      return invalid('the leaf of "x5c" does not hold the client URI that is registered')
    }
    const rules = { error: CLIENT, now: now(), audience }
    this.#used.use(sub, checkTimes(claims, rules), rules)
    const extensions = extensionsOf(claims, this.#profile)
    checkB2b(extensions['hl7-b2b'], this.#profile, client)
    if (client.purpose === 'T-IAS') {
      await checkIas(extensions.tefca_ias, client, this.#settings)
    }
    return client
  }

  #issue(client: RegisteredClient, scope: string, issuedBy: string): Response {
    const given = scope.split(' ').filter((one) => client.scopes.includes(one))
    if (given.length === 0) {
      return refuseAs('invalid_scope')('none of the scopes is registered for this client')
    }
    const { now, randomUUID, tokenLifetimeMs } = this.#settings
    const token = `sandbox-udap-token-${randomUUID()}`
    this.#tokens.set(token, { issuedBy, scopes: given, expiresAt: now() + tokenLifetimeMs })
    const body = {
      access_token: token,
      token_type: 'Bearer',
      expires_in: Math.floor(tokenLifetimeMs / 1000),
      scope: given.join(' '),
    }
    return json(200, body, 'application/json', noStore)
  }
}
