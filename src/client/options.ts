/**
 * The options of a client, in groups of types; the options themselves are one flat object
 * (docs/decisions/0025-the-face.md).
 */
import type { AssertionSignerOptions } from '../auth/assertion-options.ts'
import type { AuthorizationContext } from '../auth/identity.ts'
import type { TokenCache } from '../auth/token-cache.ts'
import type { DirectoryOptions } from '../directory/api/options.ts'
import type { EntryReader } from '../directory/select/entry-reader.ts'
import type { Limits } from '../discover/limits.ts'
import type { VendorQuirk } from '../discovery/quirks.ts'
import type { FhirOptions } from '../fhir/fhir-parts.ts'
import type { FhirVersion } from '../fhir/types.ts'
import type { SignerSource } from '../signers/signer.ts'
import type { Awaitable, CallOptions, HttpOptions, Mode } from '../types.ts'
import type { UdapOptions } from '../udap-facts.ts'

/** Who you are: client id and key, and the {@link AuthorizationContext} of every call. */
export interface IdentityOptions extends AuthorizationContext, UdapOptions {
  /**
   * Your client id at the authorization servers; in `carequality-legacy` the name in your
   * certificate.
   */
  clientId: string
  /** Your private key, or the HSM or key service that holds it. */
  signer: SignerSource
  /**
   * How assertions are made, where the defaults do not fit: lifetime, `x5c`, header members such as
   * `typ`, time for the signer.
   */
  assertion?:
    Pick<AssertionSignerOptions, 'lifetimeMs' | 'x5c' | 'headers' | 'signerTimeoutMs'> | undefined
  /**
   * Rejects patient calls without a `purposeOfUse`, before any request. Default: whether there is
   * an `audit`.
   */
  requirePurpose?: boolean | undefined
  /** Identity per responder: each EHR registers its own client id. */
  context?:
    | ((responder: {
        oid?: string | undefined
        baseUrl: string
      }) => Awaitable<AuthorizationContext>)
    | undefined
}

/** How access tokens are requested and shared. */
export interface TokenOptions {
  /**
   * Where tokens are shared with other clients, besides the 1,000 that each caches itself. Default:
   * nowhere.
   */
  tokenCache?: TokenCache | undefined
  /**
   * Limits shared between processes, from `redisLimits` of `./redis`. Default: limits of this
   * process.
   */
  limits?: Limits | undefined
  /** Token requests in a minute, for each token endpoint, client id and key. Default 30; vendor quirks may override this. */
  tokenRequestsPerMinute?: number | undefined
  /** After `invalid_scope`, retry with the same scopes in SMART's other syntax (`read` for `rs`). Default false. */
  scopeFallback?: boolean | undefined
}

/** Where organizations are found. */
export interface DirectoryChoice {
  /** Needed for `organization()`: the options of a directory, or anything that reads entries. */
  directory?: DirectoryOptions | EntryReader | undefined
}

/** How FHIR servers are queried. */
export interface ServerOptions extends FhirOptions {
  /**
   * Added to the built-in quirks, or replacing the one with the same id; they run after the
   * built-in ones.
   */
  quirks?: readonly VendorQuirk[] | undefined
  /** Ids of quirks to switch off. */
  disabledQuirks?: readonly string[] | undefined
}

/** Who you are, where the directory is, how the network may be used and how FHIR servers are queried. */
export interface CarequalityClientOptions
  extends IdentityOptions, TokenOptions, DirectoryChoice, HttpOptions, ServerOptions {}

/**
 * The options where mode `udap` is the client's own: who you are is in `udap`, or in `identities`.
 */
export interface CarequalityUdapOptions
  extends
    Omit<IdentityOptions, 'mode' | 'clientId' | 'signer'>,
    TokenOptions,
    HttpOptions,
    ServerOptions {
  mode: 'udap'
  /** `release` may be left out for an identity of profile `tefca`: the RCE directory. */
  directory?:
    | (Omit<DirectoryOptions, 'release'> & Partial<Pick<DirectoryOptions, 'release'>>)
    | EntryReader
    | undefined
  /** Needed for other modes only, with `fallback` for example. Default: the identity's client URI. */
  clientId?: string | undefined
  /** Needed for other modes only. Default: the identity's. */
  signer?: SignerSource | undefined
}

/** Options of finding a responder. */
export interface ResponderOptions<V extends FhirVersion = 'R4'> extends CallOptions {
  /**
   * Accepts a server that speaks this version, and returns its types; nothing is converted. Default
   * `R4`; a server that only speaks another one is `ERR_CQ_UNSUPPORTED_SERVER`.
   */
  fhirVersion?: V | undefined
  /**
   * Modes to use instead where the client's is `udap` and this server publishes no UDAP metadata
   * for the community; an event reports it. Default: none, such a server is `ERR_CQ_NO_UDAP`.
   * Metadata that is rejected never leads to another mode.
   */
  fallback?: readonly Exclude<Mode, 'udap'>[] | undefined
}
