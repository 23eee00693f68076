import type { Bundle } from 'fhir/r4.js'
import { organizationR4, organizationXml } from './directory-documents.ts'
import { Listings } from './listings.ts'
import { organizations, type SandboxOrganization } from './organizations.ts'
import {
  escapeXml,
  json,
  outcome,
  text,
  type OriginOf,
  type Received,
  type Service,
} from './respond.ts'

/** The API key that both directories take. */
export const sandboxApiKey = 'sandbox-api-key'

/** Host of the legacy directory. */
export const legacyHost = 'connect.carequality.org'

/** Path of the legacy directory's base. */
export const legacyPath = '/fhir-stu3/1.0.1'

const FHIR_JSON = 'application/fhir+json;charset=UTF-8'
const NAMESPACE = ' xmlns="http://hl7.org/fhir"'
const legacyHeaders = {
  'cache-control': 'public, must-revalidate, max-age=3600',
  // Not an HTTP date: the real server writes its `Expires` so, and a reader must not stumble.
  expires: '2018-08-20 17:16:24 -0500',
  'x-powered-by': 'The Sequoia Project Healthcare Directory Server',
}

/** The legacy directory: XML that is almost FHIR STU3, the key in the query. */
export const legacyDirectory: Service = {
  host: legacyHost,
  answer: ({ method, url }, originOf) => Promise.resolve(answerXml(method, url, originOf)),
}

function answerXml(method: string, url: URL, originOf: OriginOf): Response | undefined {
  const id = organizationPath(url.pathname, legacyPath)
  if (id === undefined) return undefined
  if (method !== 'GET') return xmlOutcome(403, 'forbidden', 'this directory is read-only')
  if (url.searchParams.get('apikey') !== sandboxApiKey) {
    return xmlOutcome(403, 'forbidden', 'the API key is missing or not known')
  }
  if (id !== '') {
    const found = organizations.find(({ oid }) => oid === id)
    if (found === undefined) return xmlOutcome(404, 'not-found', 'no such Organization')
    return xml(200, organizationXml(found, originOf, NAMESPACE))
  }
  const active = url.searchParams.get('_active') !== 'false' // the default list is the active ones
  const all = select(url.searchParams).filter((organization) => organization.active === active)
  const start = whole(url.searchParams.get('_start'), 0)
  const page = all.slice(start, start + whole(url.searchParams.get('_count'), 100))
  const entries = page.map(
    (found) => `<entry><resource>${organizationXml(found, originOf)}</resource></entry>`,
  )
  return xml(200, `<Bundle${NAMESPACE}><total value="${all.length}"/>${entries.join('')}</Bundle>`)
}

/** The R4 directory: plain FHIR, the key in a header, next links as HAPI writes them. */
export function createR4Directory(host: string, path: string): Service {
  const listings = new Listings<readonly SandboxOrganization[]>()

  const answer = ({ method, url, headers }: Received, originOf: OriginOf): Response | undefined => {
    const base = originOf(host) + path
    const listing = url.pathname === path ? url.searchParams.get('_getpages') : null
    const id = listing === null ? organizationPath(url.pathname, path) : ''
    if (id === undefined) return undefined
    if (headers.get('authorization') !== `api-key ${sandboxApiKey}`) {
      return json(401, outcome('login', 'the API key is missing or not known'), FHIR_JSON)
    }
    if (method !== 'GET') return json(405, outcome('not-supported', 'read-only'), FHIR_JSON)
    if (id !== '') {
      const found = organizations.find(({ oid }) => oid === id)
      if (found !== undefined) return json(200, organizationR4(found, originOf), FHIR_JSON)
      return json(404, outcome('not-found', 'no such Organization'), FHIR_JSON)
    }
    const found = listing === null ? search(url.searchParams) : listings.get(listing)
    if (found === undefined) {
      return json(410, outcome('not-found', 'this listing has expired'), FHIR_JSON)
    }
    const offset = whole(url.searchParams.get('_getpagesoffset'), 0)
    const count = whole(url.searchParams.get('_count'), 0) || 20
    const link = [{ relation: 'self', url: base + url.href.slice(url.origin.length + path.length) }]
    if (offset + count < found.length) {
      const name = listing ?? listings.keep(found)
      link.push({
        relation: 'next',
        url: `${base}?_getpages=${name}&_getpagesoffset=${offset + count}&_count=${count}&_bundletype=searchset`,
      })
    }
    const entry = found.slice(offset, offset + count).map((organization) => ({
      fullUrl: `${base}/Organization/${organization.oid}`,
      resource: organizationR4(organization, originOf),
      search: { mode: 'match' as const },
    }))
    const total = found.length
    const bundle: Bundle = { resourceType: 'Bundle', type: 'searchset', total, link, entry }
    return json(200, bundle, FHIR_JSON)
  }

  return { host, answer: (request, originOf) => Promise.resolve(answer(request, originOf)) }
}

function search(query: URLSearchParams): readonly SandboxOrganization[] {
  const active = query.get('active')
  const found = select(query).filter((entry) => active === null || active === String(entry.active))
  return query.get('_sort') === '_id' ? [...found].sort((a, b) => (a.oid < b.oid ? -1 : 1)) : found
}

/** What both directories search by; a name is found by the beginning of any of its words. */
function select(query: URLSearchParams): readonly SandboxOrganization[] {
  const id = query.get('_id')
  const name = query.get('name')?.toLowerCase()
  const identifier = query
    .get('identifier')
    ?.replace(/^.*\|/, '')
    .replace(/^urn:oid:/i, '')
  return organizations.filter(
    (organization) =>
      (id === null || id.split(',').includes(organization.oid)) &&
      (identifier === undefined || identifier === organization.oid) &&
      (name === undefined || ` ${organization.name.toLowerCase()}`.includes(` ${name}`)),
  )
}

/** The id behind `Organization/`, empty for the collection; undefined where the path is another one. */
function organizationPath(path: string, base: string): string | undefined {
  const match = /^\/Organization(?:\/([^/]*))?$/.exec(path.slice(base.length))
  return match !== null && path.startsWith(base) ? (match[1] ?? '') : undefined
}

function whole(value: string | null, absent: number): number {
  return value !== null && /^\d{1,6}$/.test(value) ? Number(value) : absent
}

function xml(status: number, body: string): Response {
  return text(
    status,
    `<?xml version="1.0" encoding="UTF-8"?>\n${body}\n`,
    'application/xml',
    legacyHeaders,
  )
}

function xmlOutcome(status: number, code: string, diagnostics: string): Response {
  const issue = `<severity value="error"/><code value="${code}"/><diagnostics value="${escapeXml(diagnostics)}"/>`
  const body = `<OperationOutcome${NAMESPACE}><issue>${issue}</issue></OperationOutcome>`
  return text(status, body, 'application/xml')
}
