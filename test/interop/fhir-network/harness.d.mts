/** Types of the harness, for the tests. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body?: string
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
  readonly requests: readonly Seen[]
}
export function startAuthorizationServer(options: {
  clients: readonly { clientId: string; jwk: object; alg?: string; scope?: string }[]
  tokenLifetimeS?: number
  rules?: boolean
}): Promise<AuthorizationServer>
export interface FhirServer extends Closing {
  readonly baseUrl: string
  readonly requests: Seen[]
}
export function startFhirServer(options: {
  /** Checks bearer tokens; without it an `apiKey` as directories take it. */
  authorization?: AuthorizationServer
  apiKey?: string
  resources: readonly object[]
  capabilityStatement?: (baseUrl: string) => object
  pageSize?: number
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
