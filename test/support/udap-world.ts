/** UDAP servers behind a fetch, with a PKI of their own: metadata, registration, tokens and Patients. */
import {
  CarequalityClient,
  type CarequalityUdapOptions,
  type ClientEvent,
  type Signer,
} from '../../src/index.ts'
import { cryptoKeySigner } from '../../src/signers/index.ts'
import {
  issueCertificate,
  type CertificateSpec,
  type IssuedCertificate,
} from '../../src/testing/pki.ts'
import { UdapClient, type UdapClientOptions } from '../../src/udap/index.ts'
import {
  COMMUNITY,
  DAY,
  NOW,
  trustWorld,
  WITHOUT_REVOCATION,
  x5c,
  type TrustWorld,
} from './trust-world.ts'

export const CLIENT_URI = 'https://client.example.org/udap'
export const BASE_URL = 'https://fhir.example.org/r4'
export const TOKEN_URL = 'https://fhir.example.org/token'
export const REGISTER_URL = 'https://fhir.example.org/register'

export type Json = Record<string, unknown>
export interface SeenRequest {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: string
}

const encoder = new TextEncoder()
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A compact JWS with any header and claims. */
export async function jws(header: Json, claims: unknown, key: IssuedCertificate): Promise<string> {
  const input = `${part(header)}.${part(claims)}`
  const isRsa = key.keys.privateKey.algorithm.name !== 'ECDSA'
  const how = isRsa ? { name: 'RSASSA-PKCS1-v1_5' } : { name: 'ECDSA', hash: 'SHA-256' }
  const raw = await crypto.subtle.sign(how, key.keys.privateKey, encoder.encode(input))
  return `${input}.${Buffer.from(raw).toString('base64url')}`
}

/** The claims of a JWT. */
export function claimsIn(jwt: string): Json {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Json
}

export function headerIn(jwt: string): Json {
  return JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString()) as Json
}

/** What a test may change of one server's signed metadata. */
export interface MetadataSpec {
  readonly base?: string
  readonly header?: Json
  readonly claims?: Json
  readonly plain?: Json
  readonly leaf?: IssuedCertificate
  readonly chain?: readonly IssuedCertificate[]
}

export interface UdapWorld {
  readonly trusted: TrustWorld
  readonly signer: Signer
  readonly clientLeaf: IssuedCertificate
  readonly serverLeaf: IssuedCertificate
  readonly seen: SeenRequest[]
  readonly events: ClientEvent[]
  /** By the URL without its query; what is missing is a 404. */
  readonly routes: Map<string, (request: SeenRequest) => Response | Promise<Response>>
  readonly fetch: (request: Request) => Promise<Response>
  readonly metadata: (spec?: MetadataSpec) => Promise<Json>
  readonly udap: (options?: Partial<UdapClientOptions>) => UdapClient
  readonly of: (url: string) => SeenRequest[]
  now: number
}

/** A good server at {@link BASE_URL}: tests replace its routes. */
export async function udapWorld(): Promise<UdapWorld> {
  const trusted = await trustWorld({}, { crlUrls: [] })
  const issue = (spec: Partial<CertificateSpec>): Promise<IssuedCertificate> =>
    issueCertificate({
      ...{ subject: 'Test', issuer: trusted.intermediate, notBefore: NOW - DAY },
      ...spec,
    })
  const serverLeaf = await issue({ subject: 'Server', uris: [BASE_URL] })
  const clientLeaf = await issue({ subject: 'Client', uris: [CLIENT_URI] })
  const signer = await cryptoKeySigner({
    key: clientLeaf.keys.privateKey,
    certificates: [clientLeaf.der, trusted.intermediate.der],
  })
  const seen: SeenRequest[] = []
  const events: ClientEvent[] = []
  const routes: UdapWorld['routes'] = new Map()
  const made: UdapWorld = {
    ...{ trusted, signer, clientLeaf, serverLeaf, seen, events, routes, now: NOW },
    fetch: async (request) => {
      const { url, method, headers } = request
      const one = { url, method, headers, body: await request.text() }
      seen.push(one)
      const route = routes.get(url.split('?')[0] ?? '')
      return route === undefined ? new Response(null, { status: 404 }) : route(one)
    },
    metadata: async (spec = {}) => {
      const leaf = spec.leaf ?? serverLeaf
      const base = spec.base ?? BASE_URL
      const endpoints = { token_endpoint: TOKEN_URL, registration_endpoint: REGISTER_URL }
      const claims = {
        ...{ iss: base, sub: base, jti: 'a1', iat: made.now / 1000, exp: made.now / 1000 + 86_400 },
        ...endpoints,
        ...spec.claims,
      }
      const header = {
        ...{ alg: 'ES256', x5c: x5c(...(spec.chain ?? [leaf, trusted.intermediate])) },
        ...spec.header,
      }
      return {
        udap_versions_supported: ['1'],
        udap_profiles_supported: ['udap_dcr', 'udap_authn', 'udap_authz'],
        udap_authorization_extensions_supported: ['hl7-b2b'],
        udap_authorization_extensions_required: ['hl7-b2b'],
        udap_certifications_supported: [],
        grant_types_supported: ['client_credentials'],
        scopes_supported: ['system/Patient.rs', 'system/Patient.read'],
        token_endpoint_auth_signing_alg_values_supported: ['RS256', 'ES256'],
        registration_endpoint_jwt_signing_alg_values_supported: ['RS256', 'ES256'],
        ...endpoints,
        signed_metadata: await jws(header, claims, leaf),
        ...spec.plain,
      }
    },
    udap: (options = {}) =>
      new UdapClient({
        ...{ clientUri: CLIENT_URI, signer, clientName: 'Test client' },
        ...{ contacts: ['mailto:ops@example.org'], scope: 'system/Patient.rs' },
        organization: { organizationId: 'urn:oid:2.999.1', organizationName: 'Example Hospital' },
        trust: trusted.store({ revocation: WITHOUT_REVOCATION }, { now: () => made.now }),
        ...{ fetch: made.fetch, now: () => made.now, onEvent: (event) => events.push(event) },
        ...options,
      }),
    of: (url) => seen.filter((request) => request.url.split('?')[0] === url),
  }
  routes.set(`${BASE_URL}/.well-known/udap`, async () => Response.json(await made.metadata()))
  routes.set(REGISTER_URL, ({ body }) => registered(body, 'cid-1'))
  routes.set(TOKEN_URL, () =>
    Response.json({ access_token: 'T0KEN', token_type: 'Bearer', expires_in: 300 }),
  )
  routes.set(`${BASE_URL}/metadata`, () =>
    Response.json({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' }),
  )
  routes.set(`${BASE_URL}/Patient/1`, () => Response.json({ resourceType: 'Patient', id: '1' }))
  return made
}

/** A good response to a registration: what was asked for, granted. */
export function registered(body: string, clientId: string, more: Json = {}): Response {
  const { software_statement: statement } = JSON.parse(body) as { software_statement: string }
  const json = {
    ...claimsIn(statement),
    client_id: clientId,
    software_statement: statement,
    ...more,
  }
  return Response.json(json, { status: 201 })
}

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & Json> {
  try {
    await promise
  } catch (error) {
    return error as Error & Json
  }
  throw new Error('it was not rejected')
}

/** A client in mode udap over the world. */
export function joined(
  world: UdapWorld,
  options: Partial<CarequalityUdapOptions> = {},
): CarequalityClient {
  return new CarequalityClient({
    ...{ mode: 'udap', udap: world.udap(), purposeOfUse: 'TREAT' },
    ...{ fetch: world.fetch, now: () => world.now },
    onEvent: (event) => world.events.push(event),
    ...options,
  })
}

export { COMMUNITY, DAY, NOW, x5c }
