/** Types of the harness, for the tests. */
import type { ServerOptions } from 'node:https'

export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body?: string
  /** Thumbprint of the client certificate, as `cnf` has it. */
  readonly certificate: string | undefined
}
export interface Closing {
  close(): Promise<void>
}
export interface AuthorizationServer extends Closing {
  readonly issuer: string
  readonly tokenEndpoint: string
  readonly jwksUri: string
  /** Why requests were refused; the wire hides it. */
  readonly denials: string[]
  readonly requests: Seen[]
  /** Handles the next `count` requests and cuts the connection in place of an answer. */
  loseAnswers(count: number): void
}
export interface RegisteredClient {
  readonly clientId: string
  readonly jwk?: object
  /** Where its keys are, in place of `jwk`. */
  readonly jwksUri?: string
  /** The only algorithm it may sign with. */
  readonly alg?: string
  readonly scope?: string
  /** Its tokens are bound to the client certificate (RFC 8705). */
  readonly boundTokens?: boolean
  /** In place of client credentials. */
  readonly grantTypes?: readonly string[]
}
export function startAuthorizationServer(options: {
  clients: readonly RegisteredClient[]
  tokenLifetimeS?: number
  rules?: boolean
  /** Makes it an https server. */
  tls?: ServerOptions
}): Promise<AuthorizationServer>
export interface FhirServer extends Closing {
  readonly baseUrl: string
  readonly requests: Seen[]
}
export function startFhirServer(options: {
  /** Checks bearer tokens; without it an `apiKey` as directories take it. */
  authorization?: AuthorizationServer
  apiKey?: string
  /** One that comes twice has two versions. */
  resources: readonly object[]
  /** Deleted once they were written, for example `Patient/1`. */
  deleted?: readonly string[]
  capabilityStatement?: (baseUrl: string) => object
  pageSize?: number
  /** Makes it an https server. */
  tls?: ServerOptions
  /** Who certified the authorization server. */
  ca?: string
}): Promise<FhirServer>
export interface Directory extends Closing {
  readonly stu3BaseUrl: string
  readonly r4BaseUrl: string
  readonly requests: readonly Seen[]
}
export function startDirectory(options: {
  apiKey: string
  organizations: Readonly<Record<string, string>>
}): Promise<Directory>
