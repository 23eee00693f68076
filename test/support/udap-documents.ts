/** UDAP metadata of one server, good as they stand, with any part replaced by a hostile one. */
import { createKeys, type IssuedCertificate } from '../../src/testing/pki.ts'
import { signatureOf, type Keys } from '../../src/testing/pki-values.ts'
import { UdapClient } from '../../src/udap/index.ts'
import type { TrustStore } from '../../src/udap/trust-store.ts'
import { BASE, COMMUNITY, NOW, trustWorld, x5c, type TrustWorld } from './trust-world.ts'

type Members = Readonly<Record<string, unknown>>

/** A world in which documents are made. */
export interface DocumentWorld extends TrustWorld {
  /** RSA. */
  readonly keys: Keys
  readonly leaf: IssuedCertificate
}

/** What is changed in a good document; undefined members are left out. */
export interface Changes {
  readonly header?: Members
  readonly claims?: Members
  readonly plain?: Members
  readonly chain?: readonly IssuedCertificate[]
  /** Signs in place of the leaf's key. */
  readonly keys?: Keys
}

export async function documentWorld(): Promise<DocumentWorld> {
  const world = await trustWorld()
  const keys = await createKeys('RSA')
  return { ...world, keys, leaf: await world.issue({ keys }) }
}

export const encoded = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** Signs header and claims as they are. */
export async function signed(header: unknown, claims: unknown, keys: Keys): Promise<string> {
  const input = `${encoded(header)}.${encoded(claims)}`
  const signature = await signatureOf(new TextEncoder().encode(input), keys)
  return `${input}.${Buffer.from(signature).toString('base64url')}`
}

export const endpoints: Readonly<Record<string, string>> = {
  token_endpoint: 'https://fhir.example.org/token',
  registration_endpoint: 'https://fhir.example.org/register',
}

/** The claims that a good server signs. */
export const goodClaims: Members = {
  iss: BASE,
  sub: BASE,
  iat: NOW / 1000 - 10,
  exp: NOW / 1000 + 86_400,
  jti: 'jti-1',
  ...endpoints,
}

/** The whole document. */
export async function documentOf(world: DocumentWorld, changes: Changes = {}): Promise<Members> {
  const chain = changes.chain ?? [world.leaf, world.intermediate]
  const header = { alg: 'RS256', x5c: x5c(...chain), ...changes.header }
  const claims = { ...goodClaims, ...changes.claims }
  return {
    udap_versions_supported: ['1'],
    udap_profiles_supported: ['udap_dcr', 'udap_authn', 'udap_authz'],
    udap_authorization_extensions_supported: ['hl7-b2b'],
    udap_authorization_extensions_required: ['hl7-b2b'],
    udap_certifications_supported: [],
    grant_types_supported: ['client_credentials'],
    scopes_supported: ['system/Patient.read'],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS256'],
    registration_endpoint_jwt_signing_alg_values_supported: ['RS256'],
    ...endpoints,
    signed_metadata: await signed(header, claims, changes.keys ?? world.keys),
    ...changes.plain,
  }
}

/** A client that is given `answer` for the metadata, and a record of its requests. */
export function clientFor(
  world: DocumentWorld,
  answer: () => Response,
  trust: TrustStore = world.store(),
): { readonly udap: UdapClient; readonly requests: Request[] } {
  const requests: Request[] = []
  const udap = new UdapClient({
    clientUri: 'https://client.example.org',
    signer: {
      algorithms: ['RS256'],
      certificates: x5c(world.leaf),
      sign: () => Promise.reject(new Error('nothing is signed here')),
    },
    clientName: 'Example',
    contacts: ['mailto:ops@example.org'],
    scope: 'system/Patient.read',
    community: COMMUNITY,
    trust,
    now: () => NOW,
    fetch: (request) => {
      requests.push(request)
      return Promise.resolve(answer())
    },
  })
  return { udap, requests }
}

export function json(document: unknown): Response {
  return new Response(JSON.stringify(document), { headers: { 'content-type': 'application/json' } })
}
