import type { AuthorizationServer } from './authorization-server.ts'
import type { Bundle, Patient } from 'fhir/r4.js'
import { capabilityStatement, smartConfiguration } from './capability-documents.ts'
import { hasDemographics, searchPatients, type SearchResult } from './patient-search.ts'
import { Listings } from './listings.ts'
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

const DEFAULT_PAGE = 2
const LARGEST_PAGE = 1000

/** A search whose next page may be asked for. */
interface Listing {
  readonly found: SearchResult
  readonly offset: number
  readonly count: number
}

/** A FHIR R4 server with Patients, behaving as its profile says. */
export class FhirServer implements Service {
  readonly host: string
  readonly #profile: FhirServerProfile
  readonly #patients: readonly Patient[]
  readonly #authorization: AuthorizationServer
  readonly #listings = new Listings<Listing>()

  constructor(
    profile: FhirServerProfile,
    patients: readonly Patient[],
    authorization: AuthorizationServer,
  ) {
    this.host = profile.host
    this.#profile = profile
    this.#patients = patients
    this.#authorization = authorization
  }

  answer(request: Received, originOf: OriginOf): Promise<Response | undefined> {
    return Promise.resolve(this.#answer(request, originOf))
  }

  #answer(request: Received, originOf: OriginOf): Response | undefined {
    const { path, smart, needsAccept } = this.#profile
    const { pathname } = request.url
    if (pathname !== path && !pathname.startsWith(`${path}/`)) return undefined
    const rest = pathname.slice(path.length + 1)
    if (rest === '.well-known/smart-configuration') {
      return smart ? json(200, smartConfiguration(this.#profile, originOf)) : text(404)
    }
    if (needsAccept && !asksForJson(request)) return text(406)
    if (rest === 'metadata') return this.#fhir(200, capabilityStatement(this.#profile, originOf))
    return this.#refusal(request, rest, originOf) ?? this.#patient(request, rest, originOf)
  }

  /** The answer to a request whose token does not carry it. */
  #refusal({ headers }: Received, rest: string, originOf: OriginOf): Response | undefined {
    const value = /^Bearer +(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1] ?? ''
    const token = this.#authorization.token(value)
    if (token?.issuedBy !== urlOf(this.#profile.tokenEndpoint, originOf)) {
      return this.#fhir(401, outcome('login', 'the token is missing, unknown or expired'), {
        'www-authenticate': 'Bearer error="invalid_token"',
      })
    }
    const needed = rest.startsWith('Patient/') && rest !== 'Patient/_search' ? 'r' : 's'
    if (token.scopes.some((scope) => permits(scope, needed))) return undefined
    return this.#fhir(403, outcome('forbidden', 'the scope of the token does not permit this'), {
      'www-authenticate': 'Bearer error="insufficient_scope", scope="system/Patient.read"',
    })
  }

  #patient(request: Received, rest: string, originOf: OriginOf): Response {
    const { method, url, headers, body } = request
    const { takesPostSearch } = this.#profile
    if (rest === 'Patient/_search' && method === 'POST') {
      if (!takesPostSearch) return text(404)
      const type = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
      if (type !== 'application/x-www-form-urlencoded') {
        return this.#fhir(415, outcome('not-supported', 'the body must be a form'))
      }
      const both = [...url.searchParams, ...new URLSearchParams(body)]
      return this.#search(new URLSearchParams(both.map((pair) => [...pair])), originOf)
    }
    if (method !== 'GET') return this.#fhir(405, outcome('not-supported', 'only GET'))
    const listing = url.searchParams.get(
      this.#profile.nextLinks === 'getpages' ? '_getpages' : '-pageContext',
    )
    if (listing !== null && (rest === '' || rest === 'Patient'))
      return this.#next(listing, originOf)
    if (rest === 'Patient') return this.#search(url.searchParams, originOf)
    const id = /^Patient\/([^/]+)$/.exec(rest)?.[1]
    if (id === undefined) {
      return this.#fhir(404, outcome('not-supported', 'this server has only Patient'))
    }
    const patient = this.#patients.find((candidate) => candidate.id === id)
    if (patient === undefined) return this.#fhir(404, outcome('not-found', 'no such Patient'))
    return this.#fhir(200, patient)
  }

  #search(query: URLSearchParams, originOf: OriginOf): Response {
    const found = searchPatients(this.#patients, query)
    if (this.#profile.needsDemographics && !hasDemographics(found)) {
      return text(
        400,
        'Patient search needs one of _id, identifier, name, family, given, birthdate',
      )
    }
    const count = /^[1-9]\d{0,5}$/.test(query.get('_count') ?? '')
      ? Math.min(Number(query.get('_count')), LARGEST_PAGE)
      : DEFAULT_PAGE
    return this.#page({ found, offset: 0, count }, originOf)
  }

  #next(name: string, originOf: OriginOf): Response {
    const listing = this.#listings.get(name)
    if (listing !== undefined) return this.#page(listing, originOf)
    return this.#fhir(410, outcome('not-found', 'this page has expired'))
  }

  #page({ found, offset, count }: Listing, originOf: OriginOf): Response {
    const base = urlOf(this.#profile, originOf)
    const self = new URLSearchParams(found.applied.map((pair) => [...pair])).toString()
    const link = [{ relation: 'self', url: `${base}/Patient${self === '' ? '' : `?${self}`}` }]
    const next = offset + count
    const total = found.patients.length
    if (next < total) {
      const name = this.#listings.keep({ found, offset: next, count })
      const url =
        this.#profile.nextLinks === 'getpages'
          ? `${base}?_getpages=${name}&_getpagesoffset=${next}&_count=${count}&_bundletype=searchset`
          : `${base}/Patient?-pageContext=${name}&-pageDirection=NEXT`
      link.push({ relation: 'next', url })
    }
    const entry = found.patients.slice(offset, next).map((resource) => ({
      fullUrl: `${base}/Patient/${resource.id ?? ''}`,
      resource,
      search: { mode: 'match' as const },
    }))
    const bundle: Bundle = { resourceType: 'Bundle', type: 'searchset', link }
    if (entry.length > 0) bundle.entry = entry // FHIR has no empty arrays
    if (this.#profile.nextLinks === 'getpages') bundle.total = total // Cerner's bundles have none
    return this.#fhir(200, bundle)
  }

  #fhir(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Response {
    return json(status, body, this.#profile.contentType, headers)
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

/** Scopes of both SMART generations by meaning: `read` is `rs`, `*` is everything. */
function permits(scope: string, needed: 'r' | 's'): boolean {
  const access = /^system\/(?:Patient|\*)\.(.+)$/.exec(scope)?.[1]
  if (access === undefined) return false
  return access === 'read' || access === '*' || access.includes(needed)
}
