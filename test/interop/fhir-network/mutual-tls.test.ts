/** Tokens that oidc-provider binds to a client certificate (RFC 8705), and servers that demand one. */
import { X509Certificate } from 'node:crypto'
import type { ServerOptions } from 'node:https'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import {
  AssertionSigner,
  CarequalityClient,
  FhirPatientClient,
  TokenProvider,
  type AccessToken,
  type TokenRequest,
  type Transport,
} from '../../../src/index.ts'
import { MemoryTokenCache, type TokenCache } from '../../../src/auth/index.ts'
import { nodeTransport, type NodeTransportOptions } from '../../../src/node/index.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import { authority, type Certified } from '../../support/tls-server.ts'
import {
  startAuthorizationServer,
  startFhirServer,
  type AuthorizationServer,
  type FhirServer,
} from './harness.mjs'
import { identityFor, makeIdentities, type Identity } from './identities.ts'
import { capabilityStatement, patients } from './network.ts'

const ca = authority()
const [mine, other] = [ca.issue('mine'), ca.issue('other')]
const thumbprintOf = ({ certificate }: Certified): string =>
  Buffer.from(
    new X509Certificate(certificate.pem).fingerprint256.replaceAll(':', ''),
    'hex',
  ).toString('base64url')

let identity: Identity
let authorization: AuthorizationServer
let fhir: FhirServer

const serverTls = (more: ServerOptions = {}): ServerOptions => {
  const { certificate, keyPem } = ca.issue('server', true)
  const own = { cert: certificate.pem, key: keyPem, ca: ca.pem }
  return { ...own, requestCert: true, rejectUnauthorized: false, ...more }
}
const startAuthorization = (tls: ServerOptions): Promise<AuthorizationServer> =>
  startAuthorizationServer({ clients: [{ ...identity, boundTokens: true }], tls })

beforeAll(async () => {
  identity = identityFor(await makeIdentities(), 'ES384')
  authorization = await startAuthorization(serverTls())
  fhir = await startFhirServer({
    authorization,
    resources: patients(),
    capabilityStatement: () => capabilityStatement(authorization.tokenEndpoint),
    tls: serverTls(),
    ca: ca.pem,
  })
})
afterAll(() => Promise.all([authorization.close(), fhir.close()]))
beforeEach(() => {
  authorization.requests.length = 0
  fhir.requests.length = 0
})

const origins = (): string[] => [authorization.issuer, new URL(fhir.baseUrl).origin]

/** A transport that offers the certificate to the origins, by default to both servers. */
function over(
  { certificate, keyPem }: Certified,
  options: NodeTransportOptions = { origins: origins() },
): Transport {
  return closing(nodeTransport({ ca: ca.pem, cert: certificate.pem, key: keyPem, ...options }))
}

function closing(transport: Transport): Transport {
  onTestFinished(() => transport.close?.())
  return transport
}

const common = (): {
  allowInsecureLoopback: boolean
  trustedOrigins: { fhir: string; token: string }[]
} => ({
  allowInsecureLoopback: true,
  trustedOrigins: [{ fhir: new URL(fhir.baseUrl).origin, token: authorization.issuer }],
})

const clientOver = (transport: Transport, tokenCache?: TokenCache): CarequalityClient =>
  new CarequalityClient({
    ...{ clientId: identity.clientId, signer: identity.signer, mode: 'smart-backend' },
    ...{ ...common(), transport, tokenCache },
  })
const tokensOver = (transport: Transport): TokenProvider => {
  const { clientId, signer } = identity
  const assertions = new AssertionSigner({ clientId, signer, mode: 'smart-backend' })
  // Of zeros alone: no pause between attempts.
  const randomUUID = (): string => '00000000-0000-4000-8000-000000000000'
  return new TokenProvider({ ...common(), assertions, transport, randomUUID })
}
const request = (more: Partial<TokenRequest> = {}): TokenRequest => ({
  tokenEndpoint: authorization.tokenEndpoint,
  fhirBaseUrl: fhir.baseUrl,
  scope: 'system/Patient.read',
  ...more,
})
const read = async (client: CarequalityClient): Promise<string | undefined> =>
  (await (await client.responder({ baseUrl: fhir.baseUrl })).patients.read('patient-2')).id

/** The tokens that came to the FHIR server, and the certificates in their `cnf`. */
const presented = (): string[] => [
  ...new Set(fhir.requests.flatMap(({ headers }) => headers.authorization ?? [])),
]
const boundTo = (): unknown[] =>
  presented().map((token) => {
    const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
    return (JSON.parse(claims) as { cnf?: Record<string, string> }).cnf?.['x5t#S256']
  })
const tokenRequests = (): AuthorizationServer['requests'] =>
  authorization.requests.filter(({ url }) => url === '/token')
/** The client certificates that came with requests. */
const shown = (requests: AuthorizationServer['requests']): unknown[] => [
  ...new Set(requests.map(({ certificate }) => certificate)),
]

describe('a certificate-bound token', () => {
  test('names the certificate that was offered, and is good together with it', async () => {
    expect(await read(clientOver(over(mine)))).toBe('patient-2')
    expect(boundTo()).toEqual([thumbprintOf(mine)])
    expect(tokenRequests()).toHaveLength(1)
    expect([shown(tokenRequests()), shown(fhir.requests)]).toEqual([
      [thumbprintOf(mine)],
      [thumbprintOf(mine)],
    ])
  })

  test('is refused where the FHIR server’s origin is not named: it is offered no certificate', async () => {
    const transport = over(mine, { origins: [authorization.issuer] })
    expect(await failureOf(read(clientOver(transport)))).toMatchObject({
      code: 'ERR_CQ_UNAUTHORIZED',
      status: 401,
    })
    expect([shown(tokenRequests()), shown(fhir.requests)]).toEqual([
      [thumbprintOf(mine)],
      [undefined],
    ])
    expect(tokenRequests()).toHaveLength(2) // one new token, one repeat
  })

  test('is refused beside another certificate, and taken beside its own', async () => {
    const token = await tokensOver(over(mine)).getToken(request())
    const patientsOver = (transport: Transport): FhirPatientClient =>
      new FhirPatientClient({
        ...{ ...common(), transport, baseUrl: fhir.baseUrl },
        authorize: () => Promise.resolve(token.accessToken),
      })
    expect(await failureOf(patientsOver(over(other)).read('patient-1'))).toMatchObject({
      code: 'ERR_CQ_UNAUTHORIZED',
    })
    expect((await patientsOver(over(mine)).read('patient-1')).id).toBe('patient-1')
  })

  test('is never shared between certificates; clients with the same one share it', async () => {
    const cache = new MemoryTokenCache()
    for (const certified of [mine, other, mine, other]) {
      expect(await read(clientOver(over(certified), cache))).toBe('patient-2')
    }
    expect(boundTo()).toEqual([thumbprintOf(mine), thumbprintOf(other)])
    expect(tokenRequests()).toHaveLength(2)
  })

  test('is not given to a client without a certificate: invalid_grant', async () => {
    const transport = closing(nodeTransport({ ca: ca.pem }))
    expect(await failureOf(tokensOver(transport).getToken(request()))).toMatchObject({
      code: 'ERR_CQ_TOKEN_REJECTED',
      error: 'invalid_grant',
      status: 400,
    })
    expect(shown(tokenRequests())).toEqual([undefined])
  })
})

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a server that demands a certificate, %s', (tls) => {
  let strict: AuthorizationServer
  const named = (): NodeTransportOptions => ({ origins: [strict.issuer] })

  beforeEach(async () => {
    strict = await startAuthorization(serverTls({ rejectUnauthorized: true, maxVersion: tls }))
    return () => strict.close()
  })
  const ask = (transport: Transport): Promise<AccessToken> => {
    const { tokenEndpoint, issuer } = strict
    return tokensOver(transport).getToken(request({ tokenEndpoint, fhirBaseUrl: issuer }))
  }

  test('and is offered it gives a token', async () => {
    expect((await ask(over(mine, named()))).scope).toBe('system/Patient.read')
  })

  test.each<[string, () => Transport]>([
    ['none', () => closing(nodeTransport({ ca: ca.pem }))],
    ['none, since its origin is not named', () => over(mine)],
    ['one of another authority', () => over(authority('Elsewhere').issue('mine'), named())],
  ])('and is offered %s ends in our error', async (_, transport) => {
    const error = await failureOf(ask(transport()))
    expect(error).toMatchObject({ code: 'ERR_CQ_NETWORK', retryable: true })
    expect(String(error)).toMatch(/\((ERR_SSL_\w+|ECONNRESET|UND_ERR_SOCKET)\)/)
    expect(strict.requests).toHaveLength(0)
  })
})
