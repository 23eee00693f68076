import type { AssertionSignerOptions } from './auth/assertion-options.ts'
import { AssertionSigner } from './auth/assertion-signer.ts'
import { copyContext, type AuthorizationContext } from './auth/context.ts'
import { requireTokenCache, type TokenCache } from './auth/token-cache.ts'
import { TokenProvider } from './auth/token-provider.ts'
import { DirectoryClient } from './directory/directory-client.ts'
import type { DirectoryOptions } from './directory/options.ts'
import type { EntryReader } from './directory/select-endpoint.ts'
import { CapabilityResolver } from './discovery/capability-resolver.ts'
import type { VendorQuirk } from './discovery/quirks.ts'
import { TokenTrust } from './discovery/token-trust.ts'
import { requireFhirOptions, validatorsOf, type FhirOptions } from './fhir/fhir-parts.ts'
import { SearchMemory } from './fhir/search-memory.ts'
import { HttpClient } from './http/http-client.ts'
import { requireBoolean, requireFunction, requireObject, requireText } from './lib/arguments.ts'
import { hasMember, own, ownOptions } from './lib/own.ts'
import type { SharedParts } from './responder.ts'
import type { SignerSource } from './signers/signer.ts'
import type { HttpOptions } from './types.ts'

/** Who you are, where the directory is, and how the network may be used. */
export interface CarequalityClientOptions extends HttpOptions, AuthorizationContext, FhirOptions {
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
  /** Token requests in a minute, for each token endpoint, client id and key. Default 30; quirks know better for some vendors. */
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

/** What a client is made of; every client made by `as` has the same. */
export interface Parts extends SharedParts {
  readonly directory: EntryReader
  /** Made here, and so closed here. */
  readonly ownDirectory: DirectoryClient | undefined
  readonly assertions: AssertionSigner
  readonly own: AuthorizationContext
  readonly context: CarequalityClientOptions['context']
  readonly options: CarequalityClientOptions
}

/** Checks the options and makes the parts; asks nothing. */
export function partsOf(given: CarequalityClientOptions): Parts {
  const options = ownOptions(given)
  const ownContext = copyContext(options, 'options')
  requireText(options.clientId, 'clientId')
  requireFunction(options.context, 'context')
  requireBoolean(options.requirePurpose, 'requirePurpose')
  requireTokenCache(options.tokenCache, 'tokenCache')
  const fhirOptions = requireFhirOptions(options)
  const http = new HttpClient(options)
  const trust = new TokenTrust(options.trustedOrigins)
  const { now, randomUUID } = http
  const { clientId, signer, mode, onEvent, assertion } = options
  const { lifetimeMs, x5c, headers, signerTimeoutMs } = ownOptions(assertion ?? {}, 'assertion')
  const assertions = new AssertionSigner({
    ...{ clientId, signer, mode, lifetimeMs, x5c, headers, signerTimeoutMs },
    ...{ now, randomUUID, onEvent },
  })
  return {
    http,
    ...directoryOf(options, http),
    resolver: new CapabilityResolver(options, http),
    assertions,
    tokens: tokensOf(options, assertions, http, trust),
    trust,
    memory: new SearchMemory(),
    mode: options.mode ?? 'carequality-legacy',
    validators: validatorsOf(fhirOptions),
    fhirOptions: own(fhirOptions),
    requirePurpose: options.requirePurpose ?? false,
    own: ownContext,
    options,
    context: options.context,
  }
}

function tokensOf(
  { tokenCache, tokenRequestsPerMinute, scopeFallback }: CarequalityClientOptions,
  assertions: AssertionSigner,
  http: HttpClient,
  trust: TokenTrust,
): TokenProvider {
  return new TokenProvider(
    { assertions, cache: tokenCache, tokenRequestsPerMinute, scopeFallback },
    http,
    trust,
  )
}

function directoryOf(
  options: CarequalityClientOptions,
  http: HttpClient,
): Pick<Parts, 'directory' | 'ownDirectory'> {
  const { directory } = options
  if (directory === undefined) {
    const read = () =>
      Promise.reject(new TypeError('"directory" is needed to find an organization'))
    return { directory: { read }, ownDirectory: undefined }
  }
  requireObject(directory, 'directory')
  if (isReader(directory)) return { directory, ownDirectory: undefined }
  const settings = { ...httpOptionsOf(options), ...given(own(directory)) }
  const ownDirectory = new DirectoryClient(settings, http.blocklist)
  return { directory: ownDirectory, ownDirectory }
}

function isReader(directory: DirectoryOptions | EntryReader): directory is EntryReader {
  return hasMember(directory, 'read')
}

const HTTP_OPTIONS: readonly string[] = [
  ...['fetch', 'transport', 'timeoutMs', 'attemptTimeoutMs', 'bodyLimits', 'userAgent', 'now'],
  ...['randomUUID', 'onEvent', 'allowedOrigins', 'allowedPrivateHosts', 'allowInsecureLoopback'],
]

/** What the directory inherits. */
function httpOptionsOf(options: CarequalityClientOptions): HttpOptions {
  const { transport } = options
  return {
    ...Object.fromEntries(Object.entries(options).filter(([name]) => HTTP_OPTIONS.includes(name))),
    // Without `close`: a transport is closed once, by the client that was given it.
    transport: transport && {
      send: (request) => transport.send(request),
      tellsWhenSent: transport.tellsWhenSent,
    },
  }
}

function given(options: DirectoryOptions): DirectoryOptions {
  const { release, apiKey } = options
  return {
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    release,
    apiKey,
  }
}
