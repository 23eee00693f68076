import type { AssertionSignerOptions } from '../auth/assertion-options.ts'
import { AssertionSigner } from '../auth/assertion-signer.ts'
import { copyContext, type AuthorizationContext } from '../auth/context.ts'
import { requireTokenCache, type TokenCache } from '../auth/token-cache.ts'
import { TokenProvider } from '../auth/token-provider.ts'
import { DirectoryClient } from '../directory/directory-client.ts'
import type { DirectoryOptions } from '../directory/api/options.ts'
import type { EntryReader } from '../directory/select/entry-reader.ts'
import { CapabilityResolver } from '../discovery/capability-resolver.ts'
import type { VendorQuirk } from '../discovery/quirks.ts'
import { requireLimits, type Limits } from '../discover/limits.ts'
import { memoryLimits } from '../discover/memory-limits.ts'
import { ServerMemory } from '../discover/server-memory.ts'
import { TokenTrust } from '../discovery/token-trust.ts'
import { requireFhirOptions, validatorsOf, type FhirOptions } from '../fhir/fhir-parts.ts'
import { SearchMemory } from '../fhir/search/search-memory.ts'
import { HttpClient } from '../http/client.ts'
import { requireBoolean, requireFunction, requireObject, requireText } from '../lib/arguments.ts'
import { hasMember, own, ownOptions } from '../lib/own.ts'
import type { SharedParts } from './connection.ts'
import type { SignerSource } from '../signers/signer.ts'
import type { HttpOptions } from '../types.ts'
import { UdapIdentities, type UdapOptions } from './udap-identities.ts'

/** Who you are, where the directory is, and how the network may be used. */
export interface CarequalityClientOptions
  extends HttpOptions, AuthorizationContext, FhirOptions, UdapOptions {
  /** Needed for `organization()`: a directory, or anything that reads entries. */
  directory?: DirectoryOptions | EntryReader | undefined
  /** How the authorization servers know you; in `carequality-legacy` the name in your certificate. */
  clientId: string
  /** Your key, or who holds it. */
  signer: SignerSource
  /** Departures from how assertions are made: their life, `x5c`, header members such as `typ`, the signer's time. */
  assertion?:
    Pick<AssertionSignerOptions, 'lifetimeMs' | 'x5c' | 'headers' | 'signerTimeoutMs'> | undefined
  /** Refuses patient calls that name no `purposeOfUse`, before anything is asked. Default false. */
  requirePurpose?: boolean | undefined
  /** Where tokens are shared with other clients, besides the 1,000 that each keeps itself. Default: nowhere. */
  tokenCache?: TokenCache | undefined
  /** Limits that other processes share, from `redisLimits` of `./redis`. Default: of this process. */
  limits?: Limits | undefined
  /** Token requests in a minute, for each token endpoint, client id and key. Default 30; vendor quirks may override this. */
  tokenRequestsPerMinute?: number | undefined
  /** After `invalid_scope`, ask once more with the same scopes in SMART's other form (`read` for `rs`). Default false. */
  scopeFallback?: boolean | undefined
  /** Added to the built-in ones, or in place of the one with the same id; they run after ours. */
  quirks?: readonly VendorQuirk[] | undefined
  /** Ids of quirks to switch off. */
  disabledQuirks?: readonly string[] | undefined
  /** Identity per responder: each EHR registers its own client id. */
  context?:
    | ((responder: {
        oid?: string | undefined
        baseUrl: string
      }) => AuthorizationContext | Promise<AuthorizationContext>)
    | undefined
}

/** The same where mode `udap` is the client's own: who you are is in `udap`, or in `identities`. */
export interface CarequalityUdapOptions
  extends
    UdapOptions,
    Omit<CarequalityClientOptions, 'mode' | 'clientId' | 'signer' | 'directory'> {
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

/** What a client is made of; every client made by `as` has the same. */
export interface Parts extends SharedParts {
  readonly directory: EntryReader
  /** Made here, and so closed here. */
  readonly ownDirectory: DirectoryClient | undefined
  readonly assertions: AssertionSigner
  readonly own: AuthorizationContext
  readonly context: CarequalityClientOptions['context']
  /** Of all runs of `discover`. */
  readonly limits: Limits
  /** What those runs learned of servers. */
  readonly servers: ServerMemory
  readonly options: CarequalityClientOptions | CarequalityUdapOptions
}

/** Checks the options and makes the parts; asks nothing. */
export function partsOf(given: CarequalityClientOptions | CarequalityUdapOptions): Parts {
  const options = ownOptions(given)
  const ownContext = copyContext(options, 'options')
  requireFunction(options.context, 'context')
  requireBoolean(options.requirePurpose, 'requirePurpose')
  requireTokenCache(options.tokenCache, 'tokenCache')
  requireLimits(options.limits, 'limits')
  const fhirOptions = requireFhirOptions(options)
  const http = new HttpClient(options, undefined, undefined, options.limits?.pauses)
  const trust = new TokenTrust(options.trustedOrigins)
  const { tokenCache: cache, tokenRequestsPerMinute, mode } = options
  const udap = UdapIdentities.of(options, http, trust, { cache, tokenRequestsPerMinute })
  if (mode === 'udap' && udap === undefined) {
    throw new TypeError('"udap" or "identities" is needed in mode udap')
  }
  const assertions = assertionsOf(options, http, udap)
  return {
    http,
    ...directoryOf(options, http, udap?.directoryRelease),
    resolver: new CapabilityResolver(options, http, udap?.first),
    assertions,
    tokens: tokensOf(options, assertions, http, trust),
    udap,
    trust,
    memory: new SearchMemory(),
    mode: options.mode ?? 'carequality-legacy',
    validators: validatorsOf(fhirOptions),
    fhirOptions: own(fhirOptions),
    requirePurpose: options.requirePurpose ?? false,
    own: ownContext,
    limits: options.limits ?? memoryLimits(http.now),
    servers: new ServerMemory(),
    options,
    context: options.context,
  }
}

/** A UDAP identity has its own, which serves where the client is given no other. */
function assertionsOf(
  options: CarequalityClientOptions | CarequalityUdapOptions,
  { now, randomUUID }: HttpClient,
  udap: UdapIdentities | undefined,
): AssertionSigner {
  const { clientId, signer, mode, onEvent, assertion } = options
  const { lifetimeMs, x5c, headers, signerTimeoutMs } = ownOptions(assertion ?? {}, 'assertion')
  if (mode === 'udap' && udap !== undefined && clientId === undefined && signer === undefined) {
    return udap.first.assertions
  }
  const id = requireText(clientId, 'clientId')
  if (signer === undefined) throw new TypeError('"signer" must be a signer')
  return new AssertionSigner({
    ...{ clientId: id, signer, mode, lifetimeMs, x5c, headers, signerTimeoutMs },
    ...{ now, randomUUID, onEvent },
  })
}

function tokensOf(
  {
    tokenCache,
    tokenRequestsPerMinute,
    scopeFallback,
    limits,
  }: CarequalityClientOptions | CarequalityUdapOptions,
  assertions: AssertionSigner,
  http: HttpClient,
  trust: TokenTrust,
): TokenProvider {
  return new TokenProvider(
    {
      assertions,
      cache: tokenCache,
      tokenRequestsPerMinute,
      scopeFallback,
      guardBoard: limits?.tokenGuard,
    },
    http,
    trust,
  )
}

function directoryOf(
  options: CarequalityClientOptions | CarequalityUdapOptions,
  http: HttpClient,
  release: 'rce-r4' | undefined,
): Pick<Parts, 'directory' | 'ownDirectory'> {
  const { directory } = options
  if (directory === undefined) {
    const read = () =>
      Promise.reject(new TypeError('"directory" is needed to find an organization'))
    return { directory: { read }, ownDirectory: undefined }
  }
  requireObject(directory, 'directory')
  if (isReader(directory)) return { directory, ownDirectory: undefined }
  const settings = { ...httpOptionsOf(options), ...given(own(directory), release) }
  const ownDirectory = new DirectoryClient(settings, http.blocklist)
  return { directory: ownDirectory, ownDirectory }
}

type DirectorySettings = CarequalityClientOptions['directory'] | CarequalityUdapOptions['directory']

function isReader(directory: NonNullable<DirectorySettings>): directory is EntryReader {
  return hasMember(directory, 'read')
}

const HTTP_OPTIONS: readonly string[] = [
  ...['fetch', 'transport', 'timeoutMs', 'attemptTimeoutMs', 'bodyLimits', 'userAgent', 'now'],
  ...['randomUUID', 'onEvent', 'allowedOrigins', 'allowedPrivateHosts', 'allowInsecureLoopback'],
]

/** What the directory inherits. */
function httpOptionsOf(options: HttpOptions): HttpOptions {
  const { transport } = options
  return {
    ...Object.fromEntries(Object.entries(options).filter(([name]) => HTTP_OPTIONS.includes(name))),
    // Without `close`: a transport is closed once, by the client that was given it.
    transport: transport && {
      send: (request) => transport.send(request),
      reportsSent: transport.reportsSent,
    },
  }
}

function given(
  options: Exclude<NonNullable<DirectorySettings>, EntryReader>,
  usual: 'rce-r4' | undefined,
): DirectoryOptions {
  const { release = usual, apiKey } = options
  if (release === undefined) throw new TypeError('"release" is needed')
  return {
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    release,
    apiKey,
  }
}
