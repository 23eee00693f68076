import { delay } from '../lib/abort.ts'
import { AuthorizationServer, type AuthorizationSettings } from './authorization-server.ts'
import type { SandboxOrganization } from './organizations.ts'
import { holdingsOf } from './responder-holdings.ts'
import { FhirServer } from './fhir-server.ts'
import {
  hostOf,
  pathOf,
  randomOf,
  responderAt,
  type ResponderPlan,
  type SandboxLatency,
  type SandboxResponder,
} from './responder-kinds.ts'
import { json, outcome, text, type OriginOf, type Received, type Service } from './respond.ts'
import type { FhirServerProfile } from './servers.ts'

/** Longer than any caller waits for one responder. */
const SLOW_MS = 60_000
const LIMITED_S = 120

/** What all of them share. */
export interface FleetSettings extends ResponderPlan {
  readonly latency: SandboxLatency | undefined
  readonly wait: ((ms: number) => Promise<void>) | undefined
  readonly authorization: AuthorizationSettings
}

/** Many responders, each made when it is first requested. */
export class ResponderFleet {
  readonly responders: readonly SandboxResponder[]
  readonly #settings: FleetSettings
  readonly #numbers = new Map<string, number[]>()
  readonly #services = new Map<string, readonly Service[]>()

  constructor(settings: FleetSettings) {
    const numbers = Array.from({ length: settings.count }, (_, number) => number)
    this.#settings = settings
    this.responders = numbers.map((number) => responderAt(number, settings))
    for (const number of numbers) {
      const host = hostOf(number % settings.origins)
      const present = this.#numbers.get(host)
      if (present === undefined) this.#numbers.set(host, [number])
      else present.push(number)
    }
  }

  get hosts(): readonly string[] {
    return [...this.#numbers.keys()]
  }

  /** Those at a host; none where the host is none of ours. */
  servicesAt(host: string): readonly Service[] {
    const made = this.#services.get(host)
    if (made !== undefined) return made
    const services = (this.#numbers.get(host) ?? []).flatMap((number) => this.#serviceOf(number))
    if (services.length > 0) this.#services.set(host, services)
    return services
  }

  /** As the directories list them. */
  organizations(): readonly SandboxOrganization[] {
    const { origins } = this.#settings
    return this.responders.map(({ oid, name, city, state, position }, number) => ({
      ...{ oid, name, active: true, city, state, postalCode: '00000', position },
      endpoints: [
        {
          transaction: 'FHIR REST',
          version: '4.0.1',
          host: hostOf(number % origins),
          path: pathOf(number),
        },
      ],
    }))
  }

  #serviceOf(number: number): Service | readonly Service[] {
    const responder = this.responders[number]
    return responder === undefined ? [] : new FleetResponder(responder, number, this.#settings)
  }
}

/** One responder with its own authorization server. */
class FleetResponder implements Service {
  readonly host: string
  readonly #responder: SandboxResponder
  readonly #path: string
  readonly #settings: FleetSettings
  readonly #random: () => number
  readonly #tokens: AuthorizationServer
  readonly #fhir: FhirServer

  constructor(responder: SandboxResponder, number: number, settings: FleetSettings) {
    const { host } = new URL(responder.baseUrl)
    this.host = host
    this.#responder = responder
    this.#path = pathOf(number)
    this.#settings = settings
    this.#random = randomOf(settings.seed, number, 1)
    const token = { host, path: `/r${number + 1}/token` }
    const profile = profileOf(responder, this.#path, token)
    const known = { host: token.host, path: token.path }
    this.#tokens = new AuthorizationServer(known, true, settings.authorization)
    this.#fhir = new FhirServer(profile, holdingsOf(responder, number), this.#tokens)
  }

  async answer(request: Received, originOf: OriginOf): Promise<Response | undefined> {
    const { pathname } = request.url
    const isToken = pathname === this.#path.replace(/\/fhir$/, '/token')
    if (!isToken && !pathname.startsWith(`${this.#path}/`)) return undefined
    const { kind } = this.#responder
    if (kind === 'dead') throw refused()
    await this.#wait(this.#latencyMs())
    const isQuestion = pathname.startsWith(`${this.#path}/Patient`)
    const fault = isToken
      ? this.#tokenFault()
      : isQuestion
        ? await this.#questionFault()
        : undefined
    if (fault !== undefined) return fault
    return isToken
      ? this.#tokens.answer(request, originOf)
      : this.#fhir.answer(ignoring(kind, request), originOf)
  }

  #tokenFault(): Response | undefined {
    const { kind } = this.#responder
    if (kind === 'unregistered') return json(401, { error: 'invalid_client' })
    if (kind !== 'consent-required') return undefined
    const consent = {
      consent_required: ['urn:oid:2.999.9'],
      consent_form: `${this.#responder.baseUrl}/consent.html`,
    }
    return json(400, { error: 'invalid_grant', extensions: { 'hl7-b2b': consent } })
  }

  async #questionFault(): Promise<Response | undefined> {
    const { kind } = this.#responder
    if (kind === 'slow') await this.#wait(SLOW_MS)
    if (kind === 'rate-limited') return text(429, '', '', { 'retry-after': String(LIMITED_S) })
    if (kind === 'failing') return text(503)
    if (kind === 'login-page') return text(200, '<html><title>Sign in</title></html>', 'text/html')
    if (kind !== 'forbidden') return undefined
    return json(403, outcome('forbidden', 'not for this purpose'), 'application/fhir+json')
  }

  /** Log-normal: the median, times e to a normal number; 2.326 standard deviations are 99 of 100. */
  #latencyMs(): number {
    const { latency } = this.#settings
    if (latency === undefined) return 0
    const { p50Ms, p99Ms } = latency
    const angle = 2 * Math.PI * this.#random()
    const normal = Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(angle)
    const ms = p50Ms * Math.exp((normal * Math.log(p99Ms / p50Ms)) / 2.326)
    // One in four thousand would take longer than any caller waits, and look like a fault.
    return Math.min(ms, 1.5 * p99Ms)
  }

  async #wait(ms: number): Promise<void> {
    if (ms === 0) return
    const { wait } = this.#settings
    if (wait === undefined) await delay(ms, new AbortController().signal)
    else await wait(ms)
  }
}

/** A search without its criteria. */
function ignoring(kind: SandboxResponder['kind'], request: Received): Received {
  const isSearch = /\/Patient(\/_search)?$/.test(request.url.pathname)
  if (kind !== 'filter-ignored' || !isSearch) return request
  const url = new URL(request.url.origin + request.url.pathname)
  return { ...request, url, body: request.method === 'POST' ? '_count=20' : '' }
}

function profileOf(
  { kind }: SandboxResponder,
  path: string,
  token: { readonly host: string; readonly path: string },
): FhirServerProfile {
  const published =
    kind === 'foreign-token' ? { host: 'fhir.elsewhere.example', path: '/token' } : token
  return {
    ...{ host: token.host, path, contentType: 'application/fhir+json' },
    ...{ needsAccept: false, takesPostSearch: true, needsDemographics: false },
    nextLinks: 'getpages',
    oauthUris: [{ name: 'token', ...published }],
    tokenEndpoint: published,
    hasRecords: true,
    lacksMatch: kind === 'search-only' || kind === 'filter-ignored',
    smart: true,
  }
}

/** The rejection of the platform's `fetch` where nobody listens. */
function refused(): TypeError {
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  return new TypeError('fetch failed', { cause })
}
