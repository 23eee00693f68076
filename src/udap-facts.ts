/** What mode `udap` knows of a server. Types that `.` and `./udap` share; no code. */
import type { Authorize } from './access-token.ts'
import type { AssertionSignerOptions } from './auth/assertion-options.ts'
import type { AssertionSigner } from './auth/assertion-signer.ts'
import type { GuardBoard } from './auth/guard-board.ts'
import type { AuthorizationContext } from './auth/identity.ts'
import type { TokenProvider, TokenProviderOptions } from './auth/token-provider.ts'
import type { TokenTrust } from './discovery/token-trust.ts'
import type { Call } from './http/call.ts'
import type { HttpClient } from './http/client.ts'
import type { JsonValue } from './types.ts'

/** The content of one certificate of a verified chain. */
export interface CertificateFacts {
  /** One line, for example `CN=fhir.example.org, O=Example Hospital`. */
  readonly subject: string
  /** Subject alternative names of the type URI, byte for byte. */
  readonly uris: readonly string[]
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  /** Milliseconds since the epoch. */
  readonly notAfter: number
  /** SHA-256 over its DER, in base64url ([RFC 7515, section 4.1.8](https://www.rfc-editor.org/rfc/rfc7515#section-4.1.8)). */
  readonly thumbprint: string
}

/** Something that verification accepted, because the options or the specification say so. */
export interface TrustWarning {
  readonly step: string
  /** Stable, for programs. */
  readonly reason: string
  /** For people. */
  readonly text: string
  /** Which certificate of the path, 0 for the leaf. */
  readonly position?: number | undefined
}

/** A chain with a proven path to an anchor of a community. */
export interface VerifiedChain {
  readonly community: string
  readonly anchor: CertificateFacts
  /** From the anchor downwards. */
  readonly intermediates: readonly CertificateFacts[]
  readonly leaf: CertificateFacts
  /** When the first of its certificates expires, in milliseconds since the epoch. */
  readonly expiresAt: number
  readonly warnings: readonly TrustWarning[]
  /** The chain in words: `anchor X, intermediate Y, leaf Z until 2027-01-31`. */
  readonly explanation: string
}

/**
 * What a server publishes for UDAP, after its signature was verified. Endpoints are the signed ones.
 * An empty list means that the server supports none; a list that is undefined means nothing.
 *
 * @see [SSRAA, section 2](https://hl7.org/fhir/us/udap-security/STU2/discovery.html)
 */
export interface VerifiedMetadata {
  readonly baseUrl: string
  readonly community: string
  readonly tokenEndpoint: string
  readonly registrationEndpoint: string
  readonly authorizationEndpoint?: string | undefined
  readonly versionsSupported?: readonly string[] | undefined
  readonly profilesSupported?: readonly string[] | undefined
  readonly extensionsSupported?: readonly string[] | undefined
  readonly extensionsRequired?: readonly string[] | undefined
  readonly certificationsSupported?: readonly string[] | undefined
  readonly certificationsRequired?: readonly string[] | undefined
  readonly grantTypesSupported?: readonly string[] | undefined
  readonly scopesSupported?: readonly string[] | undefined
  /** JWS algorithms of the token endpoint. */
  readonly tokenAlgorithms?: readonly string[] | undefined
  /** JWS algorithms of the registration endpoint. */
  readonly registrationAlgorithms?: readonly string[] | undefined
  /** The certificates that the signature was verified with. */
  readonly chain: VerifiedChain
  /** When it is fetched again, in milliseconds since the epoch. */
  readonly expiresAt: number
  readonly warnings: readonly TrustWarning[]
  /** What was fetched and verified, in order, in words. */
  readonly trail: readonly string[]
  /** The whole document, signed claims before plain members; keys that the library does not know included. */
  readonly document: Readonly<Record<string, JsonValue>>
}

/** A server that tokens are requested for. */
export interface UdapServer {
  readonly baseUrl: string
  /** If cached: a context that it does not accept is found before any request. */
  readonly metadata: VerifiedMetadata | undefined
  /** OID, for errors. */
  readonly organization: string | undefined
}

/** What tokens are requested with, besides what UDAP knows. */
export interface UdapTokenOptions extends Pick<
  TokenProviderOptions,
  'cache' | 'tokenRequestsPerMinute'
> {
  /** @internal States of token guards that processes share. */
  guardBoard?: GuardBoard | undefined
  /** How the assertions of token requests are made; software statements have a form of their own. */
  readonly assertion?:
    Pick<AssertionSignerOptions, 'lifetimeMs' | 'headers' | 'signerTimeoutMs'> | undefined
}

/** What a `CarequalityClient` uses of a UDAP identity; of no use to applications. */
export interface UdapSession {
  readonly clientUri: string
  readonly assertions: AssertionSigner
  readonly tokens: TokenProvider
  discover(baseUrl: string, call: Call): Promise<VerifiedMetadata>
  /** From the cache; makes no request. */
  remembered(baseUrl: string): VerifiedMetadata | undefined
  isRegistered(metadata: VerifiedMetadata): boolean
  hasToken(server: UdapServer, context: AuthorizationContext): boolean
  defaultScope(): string
  /**
   * Its function rejects with a `TypeError` for a context that the server or the profile does not
   * accept.
   */
  authorizer(server: UdapServer, context: AuthorizationContext): Authorize
}

/** One identity in a UDAP community: a `UdapClient` of `carequality-fhir/udap`. */
export interface UdapIdentity {
  readonly clientUri: string
  readonly community: string
  /** The directory that its profile belongs to. */
  readonly directoryRelease: 'rce-r4' | undefined
  /** @internal */
  under(http: HttpClient, trust: TokenTrust, options: UdapTokenOptions): UdapSession
}

/** Options of mode `udap`. */
export interface UdapOptions {
  /** Who you are in mode `udap`: a `UdapClient` of `carequality-fhir/udap`. */
  udap?: UdapIdentity | undefined
  /** One identity for each purpose of use, as TEFCA wants it: `{ 'T-TREAT': udapA, 'T-IAS': udapB }`. */
  identities?: Readonly<Record<string, UdapIdentity>> | undefined
}
