import type { Bundle, OperationOutcome } from 'fhir/r4.js'
import type { DirectoryData } from './directory-data.ts'
import { organizationR4, organizationXml } from './directory-documents.ts'
import { Listings } from './listings.ts'
import { searchOrganizations } from './directory-search.ts'
import { naiveJson } from './naive-json.ts'
import type { SandboxOrganization } from './organizations.ts'
import {
  escapeXml,
  json,
  outcome,
  text,
  type Location,
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
export function createLegacyDirectory(data: DirectoryData): Service {
  return {
    host: legacyHost,
    answer: (request, originOf) => Promise.resolve(answerLegacy(data, request, originOf)),
  }
}

function answerLegacy(
  data: DirectoryData,
  { method, url, headers }: Received,
  originOf: OriginOf,
): Response | undefined {
  const id = organizationPath(url.pathname, legacyPath)
  if (id === undefined) return undefined
  if (method !== 'GET') return xmlOutcome(403, 'forbidden', 'this directory is read-only')
  if (url.searchParams.get('apikey') !== sandboxApiKey) {
    return xmlOutcome(403, 'forbidden', 'the API key is missing or not known')
  }
  const naive = url.searchParams.get('_format') === 'json'
  if (id !== '') {
    const found = data.find(id)
    if (found === undefined) return xmlOutcome(404, 'not-found', 'no such Organization')
    const etag = etagOf(found, 3)
    if (headers.get('if-none-match') === etag) return unchanged({ ...legacyHeaders, etag })
    return legacy(organizationXml(found, originOf, NAMESPACE), naive, { etag })
  }
  const active = url.searchParams.get('_active') !== 'false' // the default list is the active ones
  const known = new URLSearchParams(
    [...url.searchParams].filter(([name]) => ['_id', 'name', 'identifier'].includes(name)),
  )
  const { found } = searchOrganizations(data.all, known)
  const all = found.filter((organization) => organization.active === active)
  if (url.searchParams.get('_sort') === 'orgname') all.sort((a, b) => (a.name < b.name ? -1 : 1))
  const start = whole(url.searchParams.get('_start'), 0)
  const page = all.slice(start, start + whole(url.searchParams.get('_count'), 100))
  const entries = page.map(
    (one) => `<entry><resource>${organizationXml(one, originOf)}</resource></entry>`,
  )
  const bundle = `<Bundle${NAMESPACE}><total value="${all.length}"/>${entries.join('')}</Bundle>`
  return legacy(bundle, naive)
}

/** An R4 directory: plain FHIR, the key in a header, next links as HAPI writes them. */
export function createR4Directory(
  { host, path }: Location,
  data: DirectoryData,
  keyInQuery = false,
): Service {
  const listings = new Listings<{
    found: readonly SandboxOrganization[]
    unknown: readonly string[]
  }>()

  const answer = ({ method, url, headers }: Received, originOf: OriginOf): Response | undefined => {
    const base = originOf(host) + path
    const listing = url.pathname === path ? url.searchParams.get('_getpages') : null
    const id = listing === null ? organizationPath(url.pathname, path) : ''
    if (id === undefined) return undefined
    // TEFCA's directory takes the key in the query, too.
    const inQuery = keyInQuery ? url.searchParams.get('_apiKey') : null
    const key = headers.get('authorization') ?? `api-key ${inQuery ?? ''}`
    if (key !== `api-key ${sandboxApiKey}`) {
      return json(401, outcome('login', 'the API key is missing or not known'), FHIR_JSON)
    }
    if (method !== 'GET') return json(405, outcome('not-supported', 'read-only'), FHIR_JSON)
    if (id !== '') return readR4(data, id, headers, originOf)
    const search =
      listing === null ? searchOrganizations(data.all, url.searchParams) : listings.get(listing)
    if (search === undefined) {
      return json(410, outcome('not-found', 'this listing has expired'), FHIR_JSON)
    }
    const { found, unknown } = search
    const offset =
      whole(url.searchParams.get('_getpagesoffset'), 0) + whole(url.searchParams.get('_start'), 0)
    const count = Math.min(1000, whole(url.searchParams.get('_count'), 0) || 20)
    const link = [{ relation: 'self', url: base + url.href.slice(url.origin.length + path.length) }]
    if (offset + count < found.length) {
      const name = listing ?? listings.keep(search)
      link.push({
        relation: 'next',
        url: `${base}?_getpages=${name}&_getpagesoffset=${offset + count}&_count=${count}&_bundletype=searchset`,
      })
    }
    const entry: NonNullable<Bundle['entry']> = found.slice(offset, offset + count).map((one) => ({
      fullUrl: `${base}/Organization/${one.oid}`,
      resource: organizationR4(one, originOf),
      search: { mode: 'match' },
    }))
    if (unknown.length > 0) entry.push({ resource: warning(unknown), search: { mode: 'outcome' } })
    const total = found.length
    const bundle: Bundle = { resourceType: 'Bundle', type: 'searchset', total, link, entry }
    return json(200, bundle, FHIR_JSON)
  }

  return { host, answer: (request, originOf) => Promise.resolve(answer(request, originOf)) }
}

function readR4(data: DirectoryData, id: string, headers: Headers, originOf: OriginOf): Response {
  const found = data.find(id)
  if (found === undefined) {
    const gone = data.isGone(id)
    return json(gone ? 410 : 404, outcome('not-found', 'no such Organization'), FHIR_JSON)
  }
  const etag = etagOf(found, 2)
  if (headers.get('if-none-match') === etag) return unchanged({ etag })
  return json(200, organizationR4(found, originOf), FHIR_JSON, { etag })
}

function warning(unknown: readonly string[]): OperationOutcome {
  return {
    resourceType: 'OperationOutcome',
    issue: unknown.map((name) => ({
      severity: 'warning',
      code: 'not-supported',
      diagnostics: `Unknown search parameter "${name}"`,
    })),
  }
}

function etagOf({ version }: SandboxOrganization, first: number): string {
  return `W/"${version ?? first}"`
}

function unchanged(headers: Readonly<Record<string, string>>): Response {
  return new Response(null, { status: 304, headers })
}

/** The id behind `Organization/`, empty for the collection; undefined where the path is another one. */
function organizationPath(path: string, base: string): string | undefined {
  const match = /^\/Organization(?:\/([^/]*))?$/.exec(path.slice(base.length))
  return match !== null && path.startsWith(base) ? (match[1] ?? '') : undefined
}

function whole(value: string | null, absent: number): number {
  return value !== null && /^\d{1,6}$/.test(value) ? Number(value) : absent
}

function legacy(
  body: string,
  naive: boolean,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const shown = { ...legacyHeaders, ...headers }
  return naive
    ? text(200, naiveJson(body), 'application/json', shown)
    : text(200, `<?xml version="1.0" encoding="UTF-8"?>\n${body}\n`, 'application/xml', shown)
}

function xmlOutcome(status: number, code: string, diagnostics: string): Response {
  const issue = `<severity value="error"/><code value="${code}"/><diagnostics value="${escapeXml(diagnostics)}"/>`
  const body = `<OperationOutcome${NAMESPACE}><issue>${issue}</issue></OperationOutcome>`
  return text(status, body, 'application/xml')
}
