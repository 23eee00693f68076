/** A registration endpoint: new, change and cancel (SSRAA section 3). */
import { isRecord } from '../../lib/arguments.ts'
import type { TrustStore } from '../../udap/trust-store.ts'
import { json, urlOf, type OriginOf, type Received, type Service } from '../respond.ts'
import { checkCertifications, type Certified } from './certifications.ts'
import { isText, isTexts, refuseAs, UsedIds } from './claims.ts'
import { UdapRefusal, verifyJws } from './jws.ts'
import type { UdapServerProfile } from './profiles.ts'
import { checkSoftwareStatement, type RequestedClient } from './software-statement.ts'

const METADATA = 'invalid_client_metadata'
const STATEMENT_ERRORS = {
  malformed: 'invalid_software_statement',
  signature: 'invalid_software_statement',
  untrusted: 'unapproved_software_statement',
}
const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' }

/** What the UDAP servers share. */
export interface UdapSettings {
  readonly now: () => number
  readonly randomUUID: () => string
  readonly tokenLifetimeMs: number
  readonly trust: TrustStore
}

/** A client that is registered. */
export interface RegisteredClient extends RequestedClient, Certified {
  readonly clientId: string
}

interface RegistrationRequest {
  readonly statement: string
  readonly certifications: readonly string[]
}

/** One registration for each client URI; a second one replaces the first. */
export class RegistrationServer implements Service {
  readonly host: string
  readonly #profile: UdapServerProfile
  readonly #settings: UdapSettings
  readonly #clients = new Map<string, RegisteredClient>()
  readonly #used = new UsedIds()

  constructor(profile: UdapServerProfile, settings: UdapSettings) {
    this.host = profile.registrationEndpoint.host
    this.#profile = profile
    this.#settings = settings
  }

  /** The client with this id. */
  client(clientId: string): RegisteredClient | undefined {
    return [...this.#clients.values()].find((client) => client.clientId === clientId)
  }

  /** Forgets all clients, as a server does whose database was restored. */
  forget(): void {
    this.#clients.clear()
  }

  async answer(request: Received, originOf: OriginOf): Promise<Response | undefined> {
    const { registrationEndpoint } = this.#profile
    if (request.url.pathname !== registrationEndpoint.path) return undefined
    try {
      const body = readRequest(request)
      return await this.#register(body, urlOf(registrationEndpoint, originOf))
    } catch (error) {
      if (!(error instanceof UdapRefusal)) throw error
      return json(400, { error: error.error, error_description: error.message }, JSON_TYPE, noStore)
    }
  }

  async #register(body: RegistrationRequest, audience: string): Promise<Response> {
    const { trust, now, randomUUID } = this.#settings
    const { community } = this.#profile
    const verified = await verifyJws(body.statement, community, trust, STATEMENT_ERRORS)
    const rules = { now: now(), audience }
    const client = checkSoftwareStatement(verified, rules)
    // A replay is a parameter that is wrong, and not a statement that is not trusted.
    this.#used.use(client.iss, client, { ...rules, error: METADATA })
    const before = this.#clients.get(client.iss)
    if (client.grantTypes.length === 0) return this.#cancel(body, client, before)
    const certified = await checkCertifications(body.certifications, client.iss, this.#profile, {
      ...rules,
      trust,
    })
    const clientId = before?.clientId ?? `sandbox-client-${randomUUID()}`
    const registered = { ...client, ...certified, clientId }
    this.#clients.set(client.iss, registered)
    return answerOf(before === undefined ? 201 : 200, body, registered)
  }

  #cancel(
    body: RegistrationRequest,
    client: RequestedClient,
    before: RegisteredClient | undefined,
  ): Response {
    if (before === undefined) return refuseAs(METADATA)('there is no registration to cancel')
    this.#clients.delete(client.iss)
    return answerOf(200, body, { ...client, accepted: [], clientId: before.clientId })
  }
}

const JSON_TYPE = 'application/json'

function answerOf(
  status: number,
  { statement }: RegistrationRequest,
  client: RegisteredClient,
): Response {
  const body = {
    client_id: client.clientId,
    software_statement: statement,
    client_name: client.name,
    contacts: client.contacts,
    grant_types: client.grantTypes,
    token_endpoint_auth_method: 'private_key_jwt',
    ...(client.scopes.length === 0 ? {} : { scope: client.scopes.join(' ') }),
    ...(client.accepted.length === 0 ? {} : { certifications: client.accepted }),
  }
  return json(status, body, JSON_TYPE, noStore)
}

function readRequest({ method, url, headers, body }: Received): RegistrationRequest {
  const invalid = refuseAs(METADATA)
  if (method !== 'POST') return invalid('only POST')
  if (url.search !== '') return invalid('the parameters belong in the body')
  if (headers.has('authorization')) return invalid('registration takes no Authorization header')
  const type = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== JSON_TYPE) return invalid(`the body must be ${JSON_TYPE}`)
  const { udap, software_statement: statement, certifications = [] } = parsed(body)
  if (udap !== '1') return invalid('"udap" must be the text "1"')
  if (!isText(statement)) return invalid('"software_statement" must be a text')
  if (!isTexts(certifications)) return invalid('"certifications" must be an array of texts')
  return { statement, certifications }
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body)
    if (isRecord(value)) return value
  } catch {
    // Not JSON at all is refused like JSON of another kind.
  }
  return refuseAs(METADATA)('the body is not a JSON object')
}
