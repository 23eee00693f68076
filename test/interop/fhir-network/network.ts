/** One network for the suite: keys of four kinds, registered; twelve patients; two directories. */
import { CarequalityClient, type CarequalityClientOptions } from '../../../src/index.ts'
import {
  startAuthorizationServer,
  startDirectory,
  startFhirServer,
  type AuthorizationServer,
  type Directory,
  type FhirServer,
} from './harness.mjs'
import { makeIdentities, type Identity } from './identities.ts'

export const OID = '2.999.1'
export const API_KEY = 'interop-api-key'

export interface Network {
  readonly authorization: AuthorizationServer
  readonly fhir: FhirServer
  readonly directory: Directory
  readonly identities: readonly Identity[]
  client(identity: Identity, options?: Partial<CarequalityClientOptions>): CarequalityClient
  close(): Promise<void>
}

/** Starts everything; `tokenLifetimeS` and `rules` are the authorization server's. */
export async function startNetwork(
  options: { tokenLifetimeS?: number; rules?: boolean } = {},
): Promise<Network> {
  const identities = await makeIdentities()
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

export function patients(): object[] {
  return Array.from({ length: 12 }, (_, index) => ({
    resourceType: 'Patient',
    id: `patient-${index + 1}`,
    name: [{ family: 'Peters', given: [`Given${index + 1}`] }],
    birthDate: `19${50 + index}-04-05`,
  }))
}

/** Both token URLs in the way of the seed, the wrong one first. */
export function capabilityStatement(tokenEndpoint: string): object {
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
