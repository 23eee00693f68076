/** Honest documents that hold every field the library reads; the hostile ones are generated from them. */
import { readFileSync } from 'node:fs'

export const BASE = 'https://fhir.example.org/r4'
export const TOKEN_ENDPOINT = 'https://fhir.example.org/oauth/token'
export const DIRECTORY = 'https://directory.example.org/fhir'
export const OID = '2.999.77.1'

/** Values of requests: no message, event or inspection may show them, whatever a server sends back. */
export const ASKED = {
  id: 'pt-canary-1',
  version: 'v-canary-1',
  family: 'Zebulon-Canary',
  birthDate: '1931-02-17',
  mrn: 'mrn-777-canary',
  apiKey: 'key-canary-1',
  token: 'token-canary-1',
} as const

/** Stands in hostile documents for the assertion of the request. */
export const ASSERTION = 'sent-assertion'

const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'
const SEARCH_MODE = 'http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-mode'

export const capabilityStatement: object = {
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: '2026-01-02',
  kind: 'instance',
  fhirVersion: '4.0.1',
  format: ['application/fhir+json'],
  software: { name: 'Honest Server', version: '1.2' },
  implementation: { description: 'Invented', url: BASE },
  rest: [
    {
      mode: 'server',
      security: {
        cors: true,
        extension: [
          {
            url: OAUTH_URIS,
            extension: [
              { url: 'token', valueUri: TOKEN_ENDPOINT },
              { url: 'authorize', valueUrl: 'https://fhir.example.org/oauth/authorize' },
              { url: 'register', valueString: 'https://fhir.example.org/oauth/register' },
            ],
          },
        ],
        service: [
          { coding: [{ system: 'http://hl7.org/x', code: 'SMART-on-FHIR' }], text: 'SMART' },
        ],
      },
      resource: [
        {
          type: 'Patient',
          extension: [{ url: SEARCH_MODE, valueCode: 'POST' }],
          interaction: [{ code: 'read' }, { code: 'search-type' }],
          searchParam: [{ name: 'name', type: 'string' }],
          operation: [{ name: 'match', definition: 'http://hl7.org/fhir/Patient-match' }],
        },
      ],
    },
  ],
}

export const smartConfiguration: object = {
  issuer: 'https://fhir.example.org/oauth',
  token_endpoint: TOKEN_ENDPOINT,
  registration_endpoint: 'https://fhir.example.org/oauth/register',
  jwks_uri: 'https://fhir.example.org/oauth/jwks',
  token_endpoint_auth_methods_supported: ['private_key_jwt'],
  token_endpoint_auth_signing_alg_values_supported: ['RS256', 'RS384', 'ES384'],
  grant_types_supported: ['client_credentials'],
  scopes_supported: ['system/Patient.read', 'system/Patient.rs'],
  capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2'],
  code_challenge_methods_supported: ['S256'],
}

export const tokenResponse: object = {
  access_token: ASKED.token,
  token_type: 'Bearer',
  expires_in: 300,
  scope: 'system/Patient.read',
  refresh_token: 'r1',
}

export const tokenError: object = {
  error: 'invalid_client',
  error_description: 'The client is not known here',
  error_uri: 'https://fhir.example.org/oauth/help',
}

export function patient(id: string = ASKED.id, more: object = {}): object {
  return {
    resourceType: 'Patient',
    id,
    meta: { versionId: ASKED.version, lastUpdated: '2026-01-02T03:04:05Z', profile: ['urn:x'] },
    text: { status: 'generated', div: '<div>x</div>' },
    identifier: [{ use: 'usual', system: 'urn:oid:2.999.1', value: ASKED.mrn }],
    active: true,
    name: [{ use: 'official', text: 'Ada Zebulon-Canary', family: ASKED.family, given: ['Ada'] }],
    telecom: [{ system: 'phone', value: '555-0199', use: 'home' }],
    gender: 'female',
    birthDate: ASKED.birthDate,
    address: [{ line: ['1 Way'], city: 'Duluth', state: 'MN', postalCode: '55101', country: 'US' }],
    link: [{ other: { reference: 'Patient/elsewhere' }, type: 'seealso' }],
    ...more,
  }
}

/** With a page behind it where `next` is given. */
export function searchset(next?: string, id: string = ASKED.id): object {
  return {
    resourceType: 'Bundle',
    id: 'b1',
    type: 'searchset',
    total: 3,
    timestamp: '2026-01-02T03:04:05Z',
    link: [
      { relation: 'self', url: `${BASE}/Patient?family=x&birthdate=x` },
      ...(next === undefined ? [] : [{ relation: 'next', url: next }]),
    ],
    entry: [
      {
        fullUrl: `${BASE}/Patient/${id}`,
        resource: patient(id),
        search: {
          mode: 'match',
          score: 0.9,
          extension: [
            { url: 'http://hl7.org/fhir/StructureDefinition/match-grade', valueCode: 'certain' },
          ],
        },
      },
      { fullUrl: `${BASE}/Patient/two`, resource: patient('two'), search: { mode: 'match' } },
      { resource: warning, search: { mode: 'outcome' } },
      { resource: organization('inc1'), search: { mode: 'include' } },
    ],
  }
}

export const everything: object = {
  resourceType: 'Bundle',
  type: 'searchset',
  total: 2,
  link: [{ relation: 'self', url: `${BASE}/Patient/${ASKED.id}/$everything` }],
  entry: [
    { fullUrl: `${BASE}/Patient/${ASKED.id}`, resource: patient() },
    {
      fullUrl: `${BASE}/Observation/o1`,
      resource: {
        resourceType: 'Observation',
        id: 'o1',
        status: 'final',
        subject: { reference: `Patient/${ASKED.id}` },
        performer: [{ reference: 'Practitioner/p1' }],
      },
    },
  ],
}

export const history: object = {
  resourceType: 'Bundle',
  type: 'history',
  total: 2,
  link: [{ relation: 'self', url: `${BASE}/Patient/${ASKED.id}/_history` }],
  entry: [
    {
      fullUrl: `${BASE}/Patient/${ASKED.id}`,
      resource: patient(),
      request: { method: 'PUT', url: `Patient/${ASKED.id}` },
      response: { status: '200', etag: 'W/"2"', lastModified: '2026-01-02T03:04:05Z' },
    },
    {
      request: { method: 'DELETE', url: `Patient/${ASKED.id}` },
      response: { status: '204', etag: 'W/"1"', lastModified: '2025-01-02T03:04:05Z' },
    },
  ],
}

const warning = {
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'warning', code: 'processing', diagnostics: 'slow today' }],
}

export const outcome: object = {
  resourceType: 'OperationOutcome',
  id: 'x',
  text: { status: 'generated', div: '<div>x</div>' },
  issue: [
    {
      severity: 'error',
      code: 'invalid',
      details: { coding: [{ system: 'urn:x', code: '4119', display: 'x' }], text: 'it is wrong' },
      diagnostics: 'line 1',
      location: ['/f:Patient'],
      expression: ['Patient.name'],
    },
  ],
}

export const parameters: object = {
  resourceType: 'Parameters',
  id: 'p1',
  parameter: [{ name: 'count', valueInteger: 1, part: [{ name: 'resource', resource: warning }] }],
}

function organization(id: string): object {
  return { resourceType: 'Organization', id, name: 'Included' }
}

function fixture(name: string): string {
  return readFileSync(new URL(`../../fixtures/directory/${name}`, import.meta.url), 'utf8')
}

function json(name: string): unknown {
  return JSON.parse(fixture(name))
}

/** The same entry in the four forms of the directories, and the Endpoint that it refers to. */
export const entries: Readonly<
  Record<'r4' | 'stu3' | 'naive', { organization: unknown; endpoint: unknown }>
> = {
  r4: { organization: json('organization-r4.json'), endpoint: json('endpoint-r4.json') },
  stu3: { organization: json('organization-stu3.json'), endpoint: json('endpoint-stu3.json') },
  naive: { organization: json('organization-naive.json'), endpoint: json('endpoint-naive.json') },
}
export const entryXml: { organization: string; endpoint: string } = {
  organization: fixture('organization-legacy.xml'),
  endpoint: fixture('endpoint-legacy.xml'),
}

/** One page of a directory. */
export function directoryPage(form: 'r4' | 'stu3'): object {
  const { organization, endpoint } = entries[form]
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: 1,
    link: [{ relation: 'self', url: `${DIRECTORY}/Organization?_count=1000` }],
    entry: [
      {
        fullUrl: `${DIRECTORY}/Organization/${OID}`,
        resource: organization,
        search: { mode: 'match' },
      },
      { fullUrl: `${DIRECTORY}/Endpoint/cedar-3`, resource: endpoint, search: { mode: 'include' } },
      { resource: warning, search: { mode: 'outcome' } },
    ],
  }
}

/** The legacy directory's page. */
export function directoryPageXml(): string {
  return `<Bundle xmlns="http://hl7.org/fhir"><type value="searchset"/><total value="1"/><link><relation value="self"/><url value="${DIRECTORY}/Organization?_count=1000"/></link><entry><fullUrl value="${DIRECTORY}/Organization/${OID}"/><resource>${entryXml.organization.replace(/<\?xml[^>]*>\s*/, '')}</resource></entry></Bundle>`
}

/** Response headers as a server writes them; hostile ones take their place one by one. */
export const headers: Readonly<Record<string, string>> = {
  'content-type': 'application/fhir+json; charset=utf-8; fhirVersion=4.0',
  'content-length': '0',
  'content-encoding': 'identity',
  'content-location': `${BASE}/Patient/1`,
  'content-disposition': 'attachment; filename="x.pdf"',
  'cache-control': 'private, max-age=60',
  'www-authenticate': 'Bearer realm="x", error="invalid_token", error_description="x"',
  'retry-after': 'Fri, 02 Jan 2026 03:04:05 GMT',
  'x-request-id': 'request-1',
  'x-correlation-id': 'request-2',
  'transfer-encoding': 'identity',
  'last-modified': 'Fri, 02 Jan 2026 03:04:05 GMT',
  expires: 'Fri, 02 Jan 2026 03:04:05 GMT',
  date: 'Fri, 02 Jan 2026 03:04:05 GMT',
  etag: 'W/"1"',
  location: `${BASE}/Patient/${ASKED.id}`,
  link: '<https://fhir.example.org/r4/Patient?page=2>; rel="next"',
  vary: 'Accept',
  age: '1',
  server: 'nginx',
  'set-cookie': 'a=b; Path=/',
}
