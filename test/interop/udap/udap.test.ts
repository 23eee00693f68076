/** Our UDAP beside a second one: it accepts what we sign, and we accept what it signs. */
import { beforeAll, describe, expect, test } from 'vitest'
import { CarequalityClient, type FetchLike } from '../../../src/index.ts'
import { createSandbox } from '../../../src/testing/index.ts'
import { createKeys, issueCertificate, type IssuedCertificate } from '../../../src/testing/pki.ts'
import { issueCrl } from '../../../src/testing/pki-revocation.ts'
import { signatureOf, type Keys } from '../../../src/testing/pki-values.ts'
import {
  tefcaBasicApp,
  trustStore,
  UdapClient,
  type TrustCommunity,
  type TrustStore,
} from '../../../src/udap/index.ts'
import { signJwt, verifyJwt } from './peer.mjs'

const DAY = 86_400_000
const NOW = Date.now()
const BASE = 'https://fhir.peer.example/r4'
const CLIENT_URI = 'https://client.example.org/udap#T-TREAT'
const COMMUNITY = 'urn:oid:2.999.9'
const CRL = 'http://pki.peer.example/ca.crl'
const TEFCA_APP = 'https://rce.sequoiaproject.org/udap/profiles/basic-app-certification'
const endpoints = {
  token_endpoint: 'https://fhir.peer.example/token',
  registration_endpoint: 'https://fhir.peer.example/register',
}

interface World {
  readonly root: IssuedCertificate
  readonly ca: IssuedCertificate
  readonly server: IssuedCertificate
  readonly client: IssuedCertificate
  readonly keys: Keys
  readonly pem: string
}
let world: World
/** The root of another PKI. */
let stranger: IssuedCertificate
let sent: { readonly register: Record<string, unknown>; readonly token: URLSearchParams }

const base64 = ({ der }: IssuedCertificate): string => Buffer.from(der).toString('base64')
const trust = (): { anchors: string[]; intermediates: string[] } => ({
  anchors: [base64(world.root)],
  intermediates: [base64(world.ca)],
})

/** RSA throughout: node-forge reads no other keys. */
async function makeWorld(): Promise<World> {
  const [rootKeys, caKeys, keys] = await Promise.all([
    createKeys('RSA'),
    createKeys('RSA'),
    createKeys('RSA'),
  ])
  const dates = { notBefore: NOW - DAY, notAfter: NOW + 300 * DAY }
  const root = await issueCertificate({ subject: 'Peer Root', keys: rootKeys, ca: true, ...dates })
  const ca = await issueCertificate({
    subject: 'Peer CA',
    issuer: root,
    keys: caKeys,
    ca: true,
    ...dates,
    crlUrls: [CRL],
  })
  const leaf = (subject: string, uri: string): Promise<IssuedCertificate> =>
    issueCertificate({ subject, issuer: ca, keys, ...dates, uris: [uri], crlUrls: [CRL] })
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey))
  const pem = `-----BEGIN PRIVATE KEY-----\n${pkcs8.toString('base64')}\n-----END PRIVATE KEY-----\n`
  return {
    root,
    ca,
    keys,
    pem,
    server: await leaf('Server', BASE),
    client: await leaf('Client', CLIENT_URI),
  }
}

/** A server whose documents the peer signs; it keeps what it is sent. */
function peerServer(kept: Map<string, string>, metadata = signedByPeer()): FetchLike {
  return async (request) => {
    const { pathname, protocol } = new URL(request.url)
    if (protocol === 'http:') return new Response(await emptyList(pathname))
    kept.set(pathname, await request.text())
    switch (pathname) {
      case '/r4/.well-known/udap':
        return Response.json({
          udap_versions_supported: ['1'],
          udap_profiles_supported: ['udap_dcr', 'udap_authn', 'udap_authz'],
          udap_authorization_extensions_supported: ['hl7-b2b'],
          udap_certifications_supported: [TEFCA_APP],
          grant_types_supported: ['client_credentials'],
          token_endpoint_auth_signing_alg_values_supported: ['RS256'],
          registration_endpoint_jwt_signing_alg_values_supported: ['RS256'],
          ...endpoints,
          signed_metadata: metadata,
        })
      case '/register': {
        const { software_statement } = JSON.parse(kept.get(pathname) ?? '') as Record<
          string,
          string
        >
        return Response.json(
          {
            client_id: 'peer-client-1',
            software_statement,
            grant_types: ['client_credentials'],
            scope: 'system/Patient.read',
          },
          { status: 201 },
        )
      }
      case '/token':
        return Response.json({ access_token: 'peer-token', token_type: 'Bearer', expires_in: 300 })
      case '/r4/metadata':
        return Response.json({
          resourceType: 'CapabilityStatement',
          fhirVersion: '4.0.1',
          rest: [],
        })
      default:
        return pathname === '/r4/Patient/1'
          ? Response.json({ resourceType: 'Patient', id: '1' })
          : new Response(null, { status: 404 })
    }
  }
}

const emptyList = (path: string): Promise<Uint8Array<ArrayBuffer>> => {
  const dates = { thisUpdate: NOW - DAY, nextUpdate: NOW + DAY }
  return issueCrl({ issuer: path === '/ca.crl' ? world.ca : world.root, ...dates })
}

const signedByPeer = (change: object = {}, x5c?: readonly string[]): string =>
  signJwt(
    { iss: BASE, sub: BASE, ...endpoints, ...change },
    { key: world.pem, certificates: [base64(world.server)] },
    x5c && { x5c },
  )

function udapClient(fetch: FetchLike, community: Partial<TrustCommunity> = {}): UdapClient {
  return new UdapClient({
    clientUri: CLIENT_URI,
    signer: {
      algorithms: ['RS256'],
      certificates: [base64(world.client), base64(world.ca)],
      sign: (data) => signatureOf(new Uint8Array(data), world.keys),
    },
    clientName: 'Example Hospital',
    contacts: ['mailto:ops@example.org'],
    scope: 'system/Patient.read',
    community: COMMUNITY,
    trust: trustStore(
      [{ community: COMMUNITY, ...trust(), revocation: { onUnknown: 'warn' }, ...community }],
      { fetch },
    ),
    certifications: [tefcaBasicApp({ purpose: 'T-TREAT', homeCommunityId: 'urn:oid:2.999.9' })],
    organization: { organizationId: 'urn:oid:2.999.9' },
    fetch,
  })
}

beforeAll(async () => {
  world = await makeWorld()
  stranger = await issueCertificate({
    ...{ subject: 'Peer Root', keys: world.keys, ca: true },
    notBefore: NOW - DAY,
  })
  const kept = new Map<string, string>()
  const fetch = peerServer(kept)
  const udap = udapClient(fetch)
  const client = new CarequalityClient({ mode: 'udap', udap, fetch })
  const responder = await client.responder({ baseUrl: BASE })
  await responder.as({ purposeOfUse: 'TREAT' }).patients.read('1')
  await client.close()
  sent = {
    register: JSON.parse(kept.get('/register') ?? '{}') as Record<string, unknown>,
    token: new URLSearchParams(kept.get('/token')),
  }
})

describe('what we sign', () => {
  const jwts: readonly [title: string, jwt: () => string, expected: object][] = [
    [
      'software statement',
      () => String(sent.register.software_statement),
      { iss: CLIENT_URI, sub: CLIENT_URI, aud: endpoints.registration_endpoint },
    ],
    [
      'certification',
      () => String((sent.register.certifications as unknown[])[0]),
      { iss: CLIENT_URI, exchange_purposes: ['T-TREAT'] },
    ],
    [
      'assertion',
      () => sent.token.get('client_assertion') ?? '',
      { iss: 'peer-client-1', sub: 'peer-client-1', aud: endpoints.token_endpoint },
    ],
  ]

  test.each(jwts)(
    'the peer accepts our %s, and reads our claims and our URI',
    async (_title, jwt, expected) => {
      const { claims, uris } = await verifyJwt(jwt(), { anchors: trust().anchors })
      expect(claims).toMatchObject(expected)
      expect(uris).toEqual([CLIENT_URI])
    },
  )

  test.each(jwts)(
    'and not a %s with a changed claim, another anchor or a revoked leaf',
    async (_title, jwt) => {
      const [header = '', claims = '', signature = ''] = jwt().split('.')
      const other = Buffer.from(claims, 'base64url').toString().replace('"jti":"', '"jti":"x')
      const changed = [header, Buffer.from(other).toString('base64url'), signature].join('.')
      await expect(verifyJwt(changed, trust())).rejects.toThrow()
      await expect(verifyJwt(jwt(), { anchors: [base64(stranger)] })).rejects.toThrow()
      const revoked = [{ serial: world.client.serial }]
      const crls = [await issueCrl({ issuer: world.ca, thisUpdate: NOW - DAY, revoked })]
      await expect(verifyJwt(jwt(), { ...trust(), crls })).rejects.toThrow('revoked')
    },
  )
})

describe('what the peer signs', () => {
  test('we accept its metadata, with the leaf alone in x5c, where the intermediate is configured', async () => {
    const metadata = await udapClient(peerServer(new Map())).discover(BASE)
    expect(metadata.tokenEndpoint).toBe(endpoints.token_endpoint)
    expect(metadata.chain.explanation).toContain('intermediate CN=Peer CA')
  })

  test('and with the intermediate in x5c where it is not', async () => {
    const jwt = signedByPeer({}, [base64(world.server), base64(world.ca)])
    const fetch = peerServer(new Map(), jwt)
    const metadata = await udapClient(fetch, { intermediates: [] }).discover(BASE)
    expect(metadata.tokenEndpoint).toBe(endpoints.token_endpoint)
  })

  test('and refuse them for another base, and without their intermediate', async () => {
    const other = 'https://fhir.other.example/r4'
    const replayed = peerServer(new Map(), signedByPeer({ iss: other, sub: other }))
    await expect(udapClient(replayed).discover(BASE)).rejects.toMatchObject({ step: 'san' })
    const alone = udapClient(peerServer(new Map()), { intermediates: [] })
    await expect(alone.discover(BASE)).rejects.toMatchObject({ step: 'path' })
  })

  test("the sandbox's strict server registers its client and takes its assertion", async () => {
    const sandbox = await createSandbox({ udap: true })
    const { clientUri, signer, pem } = await sandbox.udap.identity('ssraa')
    const { baseUrl } = sandbox.udap.servers.ssraa
    const at = (name: string): string => new URL(`/udap/${name}`, baseUrl).href
    const identity = { key: pem.key, certificates: signer.certificates ?? [] }
    const statement = signJwt(
      {
        ...{ iss: clientUri, sub: clientUri, aud: at('register'), client_name: 'Peer' },
        ...{ contacts: ['mailto:peer@example.org'], grant_types: ['client_credentials'] },
        ...{ token_endpoint_auth_method: 'private_key_jwt', scope: 'system/Patient.read' },
      },
      identity,
    )
    const registered = await sandbox.fetch(
      new Request(at('register'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ software_statement: statement, udap: '1' }),
      }),
    )
    expect(registered.status).toBe(201)
    const { client_id } = (await registered.json()) as { client_id: string }
    const b2b = {
      version: '1',
      organization_id: 'urn:oid:2.999.9',
      purpose_of_use: ['urn:oid:2.16.840.1.113883.5.8#TREAT'],
    }
    const assertion = signJwt(
      { iss: client_id, sub: client_id, aud: at('token'), extensions: { 'hl7-b2b': b2b } },
      identity,
    )
    const token = await sandbox.fetch(
      new Request(at('token'), {
        method: 'POST',
        body: new URLSearchParams({
          ...{ grant_type: 'client_credentials', scope: 'system/Patient.read', udap: '1' },
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: assertion,
        }),
      }),
    )
    expect(await token.json()).toMatchObject({ token_type: 'Bearer', scope: 'system/Patient.read' })
  })
})

describe('where the libraries of the peer fall short', () => {
  const bare = (leaf: IssuedCertificate): string =>
    signJwt({ iss: CLIENT_URI }, { key: world.pem, certificates: [base64(leaf)] })
  const store = (): TrustStore =>
    trustStore([{ community: COMMUNITY, ...trust(), revocation: { onUnknown: 'warn' } }], {
      fetch: peerServer(new Map()),
    })
  const leafWith = (spec: object): Promise<IssuedCertificate> =>
    issueCertificate({
      ...{ subject: 'Client', issuer: world.ca, keys: world.keys, uris: [CLIENT_URI] },
      ...{ notBefore: NOW - DAY, crlUrls: [CRL], ...spec },
    })

  test('node-forge reads no EC keys: an ES256 client cannot be verified by it', async () => {
    const leaf = await leafWith({ keys: await createKeys() })
    await expect(verifyJwt(bare(leaf), trust())).rejects.toThrow(/public key/i)
  })

  test('node-forge accepts a leaf that may not make signatures; we refuse it', async () => {
    const leaf = await leafWith({ keyUsage: [2] })
    await expect(verifyJwt(bare(leaf), trust())).resolves.toBeDefined()
    await expect(store().verify([base64(leaf)])).rejects.toMatchObject({ step: 'constraints' })
  })

  test('node-forge refuses every authority with name constraints; we hold the names against them', async () => {
    const ca = await issueCertificate({
      ...{ subject: 'Bounded CA', issuer: world.root, keys: world.keys, ca: true },
      ...{ notBefore: NOW - DAY, crlUrls: [CRL], permittedUris: ['client.example.org'] },
    })
    const leaf = await leafWith({ issuer: ca })
    const jwt = signJwt(
      { iss: CLIENT_URI },
      { key: world.pem, certificates: [base64(leaf)] },
      { x5c: [base64(leaf), base64(ca)] },
    )
    await expect(verifyJwt(jwt, trust())).rejects.toThrow()
    await expect(store().verify([base64(leaf), base64(ca)])).resolves.toBeDefined()
  })

  test('njwt takes a JWT without a jti that lives for a year; the sandbox and we take neither', async () => {
    const iat = Math.floor(NOW / 1000) - 5
    const claims = { iss: BASE, sub: BASE, ...endpoints, iat, exp: iat + 400 * 86_400 }
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const input = `${part({ alg: 'RS256', x5c: [base64(world.server)] })}.${part(claims)}`
    const bytes = await signatureOf(new TextEncoder().encode(input), world.keys)
    const jwt = `${input}.${Buffer.from(bytes).toString('base64url')}`
    await expect(verifyJwt(jwt, trust())).resolves.toBeDefined()
    const udap = udapClient(peerServer(new Map(), jwt))
    await expect(udap.discover(BASE)).rejects.toMatchObject({ step: 'claims' })
  })
})
