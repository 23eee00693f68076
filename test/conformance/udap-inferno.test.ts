/**
 * The client checks of Inferno's UDAP test kit, line by line, on what the client puts on the wire.
 * Read with readers that are not ours: `node:crypto` for certificates and signatures. Each check is also
 * given a request that breaks it, so that none can pass by looking away.
 */
import { verify, X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  createSandbox,
  type RecordedRequest,
  type SandboxUdapProfile,
} from '../../src/testing/index.ts'
import { udapSandboxClient } from '../support/udap-sandbox-client.ts'

type Members = Readonly<Record<string, unknown>>

/** A JWT, and what it came with. */
interface Jwt {
  readonly header: Members
  readonly claims: Members
  readonly signs: boolean
}

/** One request, and what it is held against. */
interface Sent {
  readonly body: Members
  readonly jwt: Jwt
  /** Seconds since the epoch. */
  readonly at: number
  readonly clientUri: string
  readonly clientId: string
  readonly endpoint: string
  /** The leaf of the registration. */
  readonly registeredLeaf: unknown
  /** Of all requests of the run, this one's left out. */
  readonly otherJtis: readonly unknown[]
}

/** A line of Inferno's, whether a request holds it, and a request that does not. */
type Check = readonly [title: string, holds: (sent: Sent) => boolean, broken: (sent: Sent) => Sent]

const withBody =
  (change: Members) =>
  (sent: Sent): Sent => ({ ...sent, body: { ...sent.body, ...change } })
const withClaims =
  (change: Members) =>
  (sent: Sent): Sent => ({
    ...sent,
    jwt: { ...sent.jwt, claims: { ...sent.jwt.claims, ...change } },
  })
const withHeader =
  (change: Members) =>
  (sent: Sent): Sent => ({
    ...sent,
    jwt: { ...sent.jwt, header: { ...sent.jwt.header, ...change } },
  })
const b2bOf = ({ jwt }: Sent): Members => membersOf(membersOf(jwt.claims.extensions)['hl7-b2b'])
const withB2b =
  (change: Members) =>
  (sent: Sent): Sent =>
    withClaims({ extensions: { 'hl7-b2b': { ...b2bOf(sent), ...change } } })(sent)

function membersOf(value: unknown): Members {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Members) : {}
}
const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const isUri = (value: unknown): boolean =>
  isText(value) && URL.canParse(value, 'https://rce.example/')
const isNumber = (value: unknown): value is number => typeof value === 'number'
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The lines that both JWTs share. */
const times: readonly Check[] = [
  ['"iat" is a number', ({ jwt }) => isNumber(jwt.claims.iat), withClaims({ iat: '1' })],
  ['"exp" is a number', ({ jwt }) => isNumber(jwt.claims.exp), withClaims({ exp: '1' })],
  [
    '"exp" is after "iat"',
    ({ jwt }) => Number(jwt.claims.exp) > Number(jwt.claims.iat),
    withClaims({ exp: 0 }),
  ],
  [
    '"exp" is at most 300 seconds after "iat"',
    ({ jwt }) => Number(jwt.claims.exp) <= Number(jwt.claims.iat) + 300,
    withClaims({ iat: 0 }),
  ],
  [
    '"iat" is not after the time of the request',
    ({ jwt, at }) => Number(jwt.claims.iat) <= at,
    withClaims({ iat: 9e9 }),
  ],
  ['"exp" is in the future', ({ jwt, at }) => Number(jwt.claims.exp) > at, withClaims({ exp: 1 })],
  ['"jti" is there', ({ jwt }) => isText(jwt.claims.jti), withClaims({ jti: undefined })],
  [
    '"jti" was used in no other request',
    ({ jwt, otherJtis }) => !otherJtis.includes(jwt.claims.jti),
    (sent) => ({ ...sent, otherJtis: [sent.jwt.claims.jti] }),
  ],
  [
    '"aud" is the URL of the endpoint',
    ({ jwt, endpoint }) => jwt.claims.aud === endpoint,
    withClaims({ aud: ['https://as.example'] }),
  ],
  [
    '"x5c" is there',
    ({ jwt }) => listOf(jwt.header.x5c).every(isText) && listOf(jwt.header.x5c).length > 0,
    withHeader({ x5c: [] }),
  ],
  [
    '"alg" is one that the server lists',
    ({ jwt }) => ['RS256', 'RS384', 'ES384', 'ES256'].includes(String(jwt.header.alg)),
    withHeader({ alg: 'none' }),
  ],
  [
    'the signature verifies with the leaf of "x5c"',
    ({ jwt }) => jwt.signs,
    (sent) => ({ ...sent, jwt: { ...sent.jwt, signs: false } }),
  ],
]

const registration: readonly Check[] = [
  ['"udap" is the text "1"', ({ body }) => body.udap === '1', withBody({ udap: 1 })],
  [
    '"software_statement" is a JWT',
    ({ body }) => isJwt(body.software_statement),
    withBody({ software_statement: 'a.b' }),
  ],
  [
    '"certifications", where it is there, is an array of JWTs',
    ({ body }) =>
      body.certifications === undefined ||
      (Array.isArray(body.certifications) && body.certifications.every(isJwt)),
    withBody({ certifications: 'a.b.c' }),
  ],
  [
    '"iss" is the client URI',
    ({ jwt, clientUri }) => jwt.claims.iss === clientUri,
    withClaims({ iss: 'x' }),
  ],
  [
    '"sub" is the client URI',
    ({ jwt, clientUri }) => jwt.claims.sub === clientUri,
    withClaims({ sub: 'x' }),
  ],
  [
    'the client URI is in the leaf as "URI:"',
    (sent) => namesOf(sent).includes(`URI:${sent.clientUri}`),
    (sent) => ({ ...sent, clientUri: 'https://other.example' }),
  ],
  [
    '"client_name" is there',
    ({ jwt }) => isText(jwt.claims.client_name),
    withClaims({ client_name: '' }),
  ],
  [
    '"contacts" is an array',
    ({ jwt }) => Array.isArray(jwt.claims.contacts),
    withClaims({ contacts: 'mailto:a@b.example' }),
  ],
  [
    '"contacts" holds a mailto: address',
    ({ jwt }) =>
      listOf(jwt.claims.contacts).some((one) => isText(one) && one.startsWith('mailto:')),
    withClaims({ contacts: ['https://a.example'] }),
  ],
  [
    '"token_endpoint_auth_method" is private_key_jwt',
    ({ jwt }) => jwt.claims.token_endpoint_auth_method === 'private_key_jwt',
    withClaims({ token_endpoint_auth_method: 'none' }),
  ],
  ['"scope" is there', ({ jwt }) => isText(jwt.claims.scope), withClaims({ scope: undefined })],
  [
    '"grant_types" is an array',
    ({ jwt }) => Array.isArray(jwt.claims.grant_types),
    withClaims({ grant_types: 'client_credentials' }),
  ],
  [
    '"grant_types" holds exactly one of client_credentials and authorization_code',
    ({ jwt }) =>
      listOf(jwt.claims.grant_types).filter(
        (one) => one === 'client_credentials' || one === 'authorization_code',
      ).length === 1,
    withClaims({ grant_types: ['client_credentials', 'authorization_code'] }),
  ],
  [
    '"refresh_token" is not a grant beside client_credentials',
    ({ jwt }) => !listOf(jwt.claims.grant_types).includes('refresh_token'),
    withClaims({ grant_types: ['client_credentials', 'refresh_token'] }),
  ],
  [
    '"redirect_uris" is absent',
    ({ jwt }) => !Object.hasOwn(jwt.claims, 'redirect_uris'),
    withClaims({ redirect_uris: [] }),
  ],
  [
    '"response_types" is absent',
    ({ jwt }) => !Object.hasOwn(jwt.claims, 'response_types'),
    withClaims({ response_types: [] }),
  ],
  ...times,
]

const token: readonly Check[] = [
  ['"udap" is 1', ({ body }) => body.udap === '1', withBody({ udap: '2' })],
  [
    '"grant_type" is client_credentials, and never refresh_token',
    ({ body }) => body.grant_type === 'client_credentials',
    withBody({ grant_type: 'refresh_token' }),
  ],
  [
    '"client_assertion_type" is the URN of RFC 7523',
    ({ body }) =>
      body.client_assertion_type === 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    withBody({ client_assertion_type: 'jwt-bearer' }),
  ],
  [
    '"client_assertion" is a JWT',
    ({ body }) => isJwt(body.client_assertion),
    withBody({ client_assertion: '' }),
  ],
  ['"scope" is there', ({ body }) => isText(body.scope), withBody({ scope: '' })],
  [
    '"iss" is the client id of the registration',
    ({ jwt, clientId }) => jwt.claims.iss === clientId,
    withClaims({ iss: 'x' }),
  ],
  [
    '"sub" is the client id of the registration',
    ({ jwt, clientId }) => jwt.claims.sub === clientId,
    withClaims({ sub: 'x' }),
  ],
  [
    '"extensions" is a JSON object',
    ({ jwt }) => Object.keys(membersOf(jwt.claims.extensions)).length > 0,
    withClaims({ extensions: [{}] }),
  ],
  [
    '"hl7-b2b" is in it, a JSON object',
    (sent) => Object.keys(b2bOf(sent)).length > 0,
    withClaims({ extensions: {} }),
  ],
  [
    'hl7-b2b: "version" is the text "1"',
    (sent) => b2bOf(sent).version === '1',
    withB2b({ version: 1 }),
  ],
  [
    'hl7-b2b: "organization_id" is a URI',
    (sent) => isUri(b2bOf(sent).organization_id),
    withB2b({ organization_id: 'http://' }),
  ],
  [
    'hl7-b2b: "purpose_of_use" is an array that is not empty',
    (sent) =>
      listOf(b2bOf(sent).purpose_of_use).length > 0 &&
      listOf(b2bOf(sent).purpose_of_use).every(isText),
    withB2b({ purpose_of_use: [] }),
  ],
  [
    'the leaf is byte for byte the one of the registration',
    ({ jwt, registeredLeaf }) => listOf(jwt.header.x5c)[0] === registeredLeaf,
    (sent) => ({ ...sent, registeredLeaf: 'other' }),
  ],
  ...times,
]

function isJwt(value: unknown): value is string {
  return isText(value) && value.split('.').length === 3
}

function namesOf({ jwt }: Sent): readonly string[] {
  const leaf = new X509Certificate(Buffer.from(String(listOf(jwt.header.x5c)[0]), 'base64'))
  return (leaf.subjectAltName ?? '').split(', ')
}

/** Reads a JWT; RS256 is what the sandbox's client signs with. */
function jwtOf(text: unknown): Jwt {
  const [header = '', claims = '', signature = ''] = String(text).split('.')
  const read = (part: string): Members =>
    JSON.parse(Buffer.from(part, 'base64url').toString()) as Members
  const members = read(header)
  const leaf = new X509Certificate(Buffer.from(String(listOf(members.x5c)[0]), 'base64'))
  const [data, bytes] = [Buffer.from(`${header}.${claims}`), Buffer.from(signature, 'base64url')]
  return {
    header: members,
    claims: read(claims),
    signs: verify('sha256', data, leaf.publicKey, bytes),
  }
}

const NOW = Date.parse('2026-11-29T00:00:00Z')
const profiles: readonly SandboxUdapProfile[] = ['ssraa', 'tefca']

/** Registers, and asks twice, for patients of whom nothing is cached: all POSTs of the run. */
async function runOf(profile: SandboxUdapProfile): Promise<{
  readonly registrations: readonly Sent[]
  readonly tokens: readonly Sent[]
  readonly reads: readonly RecordedRequest[]
}> {
  const sandbox = await createSandbox({ udap: true, now: () => NOW, tokenLifetimeMs: 1_000 })
  const { udap: network, fetch, requests } = sandbox
  const { organization, community, baseUrl } = network.servers[profile]
  const scope = 'system/Patient.read system/Observation.read'
  const made = await udapSandboxClient(sandbox, profile, () => NOW, scope)
  const { client, udap, clientUri, purpose: purposeOfUse } = made
  const responder = await client.organization(organization)
  for (const context of [{ purposeOfUse }, { purposeOfUse, scope: 'system/Patient.read' }]) {
    await responder.as(context).patients.read('1316024')
  }
  await client.close()
  const all = requests
    .filter(({ method }) => method === 'POST')
    .map(({ url, body }) => ({ url, body }))
  const parsed = all.map(({ url, body }) => {
    const isRegistration = url.endsWith('/register')
    const members = isRegistration
      ? (JSON.parse(body) as Members)
      : (Object.fromEntries(new URLSearchParams(body)) as Members)
    const jwt = jwtOf(isRegistration ? members.software_statement : members.client_assertion)
    return { url, isRegistration, body: members, jwt }
  })
  const registeredLeaf = listOf(
    parsed.find(({ isRegistration }) => isRegistration)?.jwt.header.x5c,
  )[0]
  const metadata = (await (
    await fetch(
      new Request(`${baseUrl}/.well-known/udap?community=${encodeURIComponent(community)}`),
    )
  ).json()) as Members
  const clientId = await udap
    .discover(baseUrl)
    .then(async (found) => (await udap.register(found)).clientId)
  const sent = parsed.map((one, index): Sent & { isRegistration: boolean } => ({
    ...one,
    at: NOW / 1000,
    clientUri,
    clientId,
    endpoint: String(metadata[one.isRegistration ? 'registration_endpoint' : 'token_endpoint']),
    registeredLeaf,
    otherJtis: parsed.flatMap(({ jwt }, other) => (other === index ? [] : [jwt.claims.jti])),
  }))
  return {
    registrations: sent.filter(({ isRegistration }) => isRegistration),
    tokens: sent.filter(({ isRegistration }) => !isRegistration),
    reads: requests.filter(({ url }) => url.includes('/Patient/')),
  }
}

describe.each(profiles)("Inferno's UDAP client checks, server of %s", (profile) => {
  let run: Awaited<ReturnType<typeof runOf>>
  beforeAll(async () => {
    run = await runOf(profile)
  })

  test('the run has what is checked: one registration, two tokens', () => {
    expect(run.registrations).toHaveLength(1)
    expect(run.tokens).toHaveLength(2)
  })

  test.each(registration)('registration: %s', (_title, holds, broken) => {
    for (const sent of run.registrations) {
      expect(holds(sent)).toBe(true)
      expect(holds(broken(sent))).toBe(false)
    }
  })

  test.each(token)('token request: %s', (_title, holds, broken) => {
    for (const sent of run.tokens) {
      expect(holds(sent)).toBe(true)
      expect(holds(broken(sent))).toBe(false)
    }
  })

  test('token use: the token goes out as Bearer, and no request is answered with 401', () => {
    expect(run.reads).toHaveLength(2)
    for (const { headers } of run.reads) {
      expect(headers.get('authorization')).toMatch(/^Bearer sandbox-udap-token-/)
    }
  })
})

// Inferno's lines for authorization_code (https redirect_uris, logo_uri, response_types ["code"]) are
// about registrations that this client does not make: `grant_types` above holds client_credentials alone.
