/** One network for the suite: keys of four kinds, registered; twelve patients; two directories. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import {
  CarequalityClient,
  pemSigner,
  type CarequalityClientOptions,
  type Signer,
  type SigningAlgorithm,
} from '../../../src/index.ts'
import { makeCertificate } from '../../support/certificates.ts'
import {
  startAuthorizationServer,
  startDirectory,
  startFhirServer,
  type AuthorizationServer,
  type Directory,
  type FhirServer,
} from './harness.mjs'

export const OID = '2.999.1'
export const API_KEY = 'interop-api-key'

/** A client that the authorization server knows, with a signer for it. */
export interface Identity {
  readonly clientId: string
  readonly alg: SigningAlgorithm
  readonly signer: Signer
  readonly jwk: object
  readonly privateKey: KeyObject
}

export interface Network {
  readonly authorization: AuthorizationServer
  readonly fhir: FhirServer
  readonly directory: Directory
  readonly identities: readonly Identity[]
  client(identity: Identity, options?: Partial<CarequalityClientOptions>): CarequalityClient
  close(): Promise<void>
}

const kinds: readonly (readonly [
  SigningAlgorithm,
  () => { publicKey: KeyObject; privateKey: KeyObject },
])[] = [
  ['RS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['RS384', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['ES384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
]

async function identity(
  alg: SigningAlgorithm,
  pair: { publicKey: KeyObject; privateKey: KeyObject },
): Promise<Identity> {
  const clientId = `client-${alg.toLowerCase()}.example.org`
  const certificate = makeCertificate({
    ...pair,
    subject: clientId,
    issuer: { privateKey: pair.privateKey },
  })
  const kid = `key-${alg}`
  const signer = await pemSigner({
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificates: certificate.pem,
    algorithms: [alg],
    kid,
  })
  return {
    clientId,
    alg,
    signer,
    jwk: { ...pair.publicKey.export({ format: 'jwk' }), kid },
    privateKey: pair.privateKey,
  }
}

/** Starts everything; `tokenLifetimeS` and `rules` are the authorization server's. */
export async function startNetwork(
  options: { tokenLifetimeS?: number; rules?: boolean } = {},
): Promise<Network> {
  const identities = await Promise.all(kinds.map(([alg, generate]) => identity(alg, generate())))
  const authorization = await startAuthorizationServer({
    ...options,
    clients: identities.map(({ clientId, jwk, alg }) => ({ clientId, jwk, alg })),
  })
  const fhir = await startFhirServer({
    authorization,
    resources: patients(),
    capabilityStatement: () => capabilityStatement(authorization.tokenEndpoint),
  })
  const directory = await startDirectory({
    apiKey: API_KEY,
    organizations: { [OID]: fhir.baseUrl },
  })
  const trustedOrigins = [{ fhir: new URL(fhir.baseUrl).origin, token: authorization.issuer }]
  return {
    authorization,
    fhir,
    directory,
    identities,
    client: ({ clientId, signer }, more) =>
      new CarequalityClient({
        directory: { release: 'carequality-stu3', baseUrl: directory.stu3BaseUrl, apiKey: API_KEY },
        clientId,
        signer,
        trustedOrigins,
        allowInsecureLoopback: true,
        ...more,
      }),
    close: async () => {
      await Promise.all([authorization.close(), fhir.close(), directory.close()])
    },
  }
}

function patients(): object[] {
  return Array.from({ length: 12 }, (_, index) => ({
    resourceType: 'Patient',
    id: `patient-${index + 1}`,
    name: [{ family: 'Peters', given: [`Given${index + 1}`] }],
    birthDate: `19${50 + index}-04-05`,
  }))
}

/** Both token URLs in the way of the seed, the wrong one first. */
function capabilityStatement(tokenEndpoint: string): object {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    kind: 'instance',
    fhirVersion: '4.0.1',
    format: ['json'],
    rest: [
      {
        mode: 'server',
        security: {
          extension: [
            {
              url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
              extension: [{ url: 'token', valueUri: tokenEndpoint }],
            },
          ],
        },
      },
    ],
  }
}
