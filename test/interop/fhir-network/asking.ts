/** oidc-provider over plain http and over TLS, and one way to ask it for a token. */
import {
  AssertionSigner,
  CarequalityError,
  TokenProvider,
  type ClientEvent,
  type HttpOptions,
  type JsonValue,
  type Signer,
  type SigningAlgorithm,
  type TokenRequest,
} from '../../../src/index.ts'
import { nodeTransport } from '../../../src/node/index.ts'
import { authority } from '../../support/tls-server.ts'
import {
  startAuthorizationServer,
  type AuthorizationServer,
  type RegisteredClient,
} from './harness.mjs'
import { identityFor, makeIdentities, type Identity } from './identities.ts'

/** Over which wire the same cases are run. */
export const CONNECTIONS = ['fetch, http', 'nodeTransport, http', 'nodeTransport, https'] as const
export type Connection = (typeof CONNECTIONS)[number]

export interface Setup {
  readonly signer?: Signer
  readonly clientId?: string
  readonly iss?: string
  readonly headers?: Readonly<Record<string, JsonValue>>
  readonly claims?: Readonly<Record<string, JsonValue>>
  readonly lifetimeMs?: number
  readonly now?: () => number
  readonly randomUUID?: () => string
  readonly request?: Partial<TokenRequest>
  readonly onEvent?: (event: ClientEvent) => void
}

export interface Asking {
  readonly authorization: AuthorizationServer
  readonly identity: (alg: SigningAlgorithm) => Identity
  tokens(setup?: Setup): TokenProvider
  request(more?: Partial<TokenRequest>): TokenRequest
  /** What a user of the token provider gets: the scope, or the error. */
  ask(setup?: Setup): Promise<{ scope: string } | CarequalityError>
  /** How many token requests came. */
  count(): number
  close(): Promise<void>
}

const identities = makeIdentities()
const ca = authority()

/** Starts the server with the four identities, by default RS384's asks, and with further clients. */
export async function startAsking(
  connection: Connection,
  further: readonly RegisteredClient[] = [],
): Promise<Asking> {
  const known = await identities
  const authorization = await startAuthorizationServer({
    clients: [...known.map(({ clientId, jwk, alg }) => ({ clientId, jwk, alg })), ...further],
    ...(connection.endsWith('https') ? { tls: serverTls() } : {}),
  })
  const transport = connection.startsWith('fetch') ? undefined : nodeTransport({ ca: ca.pem })
  const standard = identityFor(known, 'RS384')
  const request: Asking['request'] = (more) => ({
    tokenEndpoint: authorization.tokenEndpoint,
    fhirBaseUrl: 'https://fhir.example.org/r4',
    scope: 'system/Patient.read',
    ...more,
  })
  const trustedOrigins = [
    { fhir: new URL(request().fhirBaseUrl).origin, token: authorization.issuer },
  ]
  const tokens: Asking['tokens'] = (setup) =>
    tokensOf(standard, { transport, trustedOrigins }, setup)
  return {
    authorization,
    identity: (alg) => identityFor(known, alg),
    tokens,
    request,
    ask: async (setup) => {
      try {
        const { scope } = await tokens(setup).getToken(request(setup?.request))
        return { scope }
      } catch (error) {
        if (error instanceof CarequalityError) return error
        throw error
      }
    },
    count: () => authorization.requests.filter(({ url }) => url === '/token').length,
    close: async () => {
      await Promise.all([transport?.close?.(), authorization.close()])
    },
  }
}

function serverTls(): { cert: string; key: string } {
  const { certificate, keyPem } = ca.issue('authorization', true)
  return { cert: certificate.pem, key: keyPem }
}

function tokensOf(
  standard: Identity,
  http: HttpOptions,
  { signer = standard.signer, clientId = standard.clientId, onEvent, ...setup }: Setup = {},
): TokenProvider {
  const { iss, headers, claims, lifetimeMs, now, randomUUID } = setup
  return new TokenProvider({
    assertions: new AssertionSigner({
      ...{ clientId, signer, mode: 'smart-backend', iss, headers, claims },
      ...{ lifetimeMs, now, randomUUID },
    }),
    allowInsecureLoopback: true,
    ...http,
    now,
    onEvent,
  })
}
