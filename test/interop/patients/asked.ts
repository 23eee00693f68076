/** A client that goes the whole way to one server: directory, discovery, token, FHIR. */
import {
  CarequalityClient,
  type CarequalityClientOptions,
  type ClientEvent,
  type Signer,
} from '../../../src/index.ts'
import {
  startAuthorizationServer,
  startDirectory,
  type AuthorizationServer,
  type Seen,
} from '../fhir-network/harness.mjs'
import { identityFor, makeIdentities } from '../fhir-network/identities.ts'

export const OID = '2.999.1'
/** What the client may ask for. */
const SCOPE = 'system/*.read system/Patient.write'
const API_KEY = 'interop-api-key'

/** Tokens and a key that is registered for them. */
export interface Access {
  readonly authorization: AuthorizationServer
  readonly clientId: string
  readonly signer: Signer
}

export async function startAccess(): Promise<Access> {
  const { clientId, jwk, signer } = identityFor(await makeIdentities(), 'ES256')
  const client = { clientId, jwk, scope: SCOPE }
  return {
    authorization: await startAuthorizationServer({ clients: [client] }),
    ...{ clientId, signer },
  }
}

/** One client, and what it did. */
export interface Asked {
  readonly client: CarequalityClient
  /** Another client of the same server. */
  clientWith(options: Partial<CarequalityClientOptions>): CarequalityClient
  /** What came to the FHIR server. */
  readonly requests: Seen[]
  /** How many tokens were asked for. */
  tokenRequests(): number
  readonly events: ClientEvent[]
  close(): Promise<void>
}

/** A directory that lists the server under {@link OID}, and a client that reads it. */
export async function clientOf(
  { authorization, clientId, signer }: Access,
  server: { readonly baseUrl: string; readonly requests: Seen[]; close(): Promise<void> },
): Promise<Asked> {
  const { baseUrl, requests } = server
  const directory = await startDirectory({
    apiKey: API_KEY,
    organizations: { [OID]: baseUrl },
  })
  const events: ClientEvent[] = []
  const options: CarequalityClientOptions = {
    directory: { release: 'carequality-stu3', baseUrl: directory.stu3BaseUrl, apiKey: API_KEY },
    ...{ clientId, signer },
    scope: 'system/*.read',
    trustedOrigins: [{ fhir: new URL(baseUrl).origin, token: authorization.issuer }],
    allowInsecureLoopback: true,
    validatorCache: { maxEntries: 10 },
    onEvent: (event) => events.push(event),
  }
  const client = new CarequalityClient(options)
  return {
    ...{ client, requests, events },
    clientWith: (more) => new CarequalityClient({ ...options, ...more }),
    tokenRequests: () => authorization.requests.filter(({ url }) => url === '/token').length,
    close: async () => {
      await client.close()
      await Promise.all([server.close(), directory.close(), authorization.close()])
    },
  }
}
