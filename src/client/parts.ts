import { AssertionSigner } from '../auth/assertion-signer.ts'
import { copyContext, type AuthorizationContext } from '../auth/identity.ts'
import { requireTokenCache } from '../auth/token-cache.ts'
import { TokenProvider } from '../auth/token-provider.ts'
import { DirectoryClient } from '../directory/directory-client.ts'
import type { DirectoryOptions } from '../directory/api/options.ts'
import type { EntryReader } from '../directory/select/entry-reader.ts'
import { requireLimits, type Limits } from '../discover/limits.ts'
import { memoryLimits } from '../discover/memory-limits.ts'
import { ServerMemory } from '../discover/server-memory.ts'
import { CapabilityResolver } from '../discovery/capability-resolver.ts'
import { TokenTrust } from '../discovery/token-trust.ts'
import type { EtagCache } from '../fhir/etag-cache.ts'
import { requireFhirOptions, validatorsOf, type FhirOptions } from '../fhir/fhir-parts.ts'
import { SearchMemory } from '../fhir/search/search-memory.ts'
import { HttpClient } from '../http/client.ts'
import { requireBoolean, requireFunction, requireObject, requireText } from '../lib/arguments.ts'
import { hasMember, ownProperties, ownOptions } from '../lib/own.ts'
import type { HttpOptions, Mode } from '../types.ts'
import type { UdapTokenOptions } from '../udap-facts.ts'
import type { CarequalityClientOptions, CarequalityUdapOptions } from './options.ts'
import { UdapIdentities } from './udap-identities.ts'

/** The options of a client, whichever its mode. */
export type ClientOptions = CarequalityClientOptions | CarequalityUdapOptions

/** The parts of a client, shared with every client made by `as` and with every responder. */
export interface Parts {
  readonly http: HttpClient
  readonly directory: EntryReader
  /** Made here, and so closed here. */
  readonly ownDirectory: DirectoryClient | undefined
  readonly resolver: CapabilityResolver
  readonly assertions: AssertionSigner
  readonly tokens: TokenProvider
  readonly udap: UdapIdentities | undefined
  readonly trust: TokenTrust
  readonly memory: SearchMemory
  readonly mode: Mode
  readonly validators: EtagCache | undefined
  readonly fhirOptions: FhirOptions
  readonly requirePurpose: boolean
  /** The client's own, before `context` and `as`. */
  readonly own: AuthorizationContext
  readonly context: ClientOptions['context']
  /** Shared by all runs of `discover`. */
  readonly limits: Limits
  /** What those runs learned about servers. */
  readonly servers: ServerMemory
  /** Responders that runs have asked, by the CapabilityStatement that they were made of. */
  readonly responders: WeakMap<object, object>
  readonly options: ClientOptions
}

/** Checks the options and makes the parts; makes no requests. */
export function partsOf(given: ClientOptions): Parts {
  const options = ownOptions(given)
  const ownContext = copyContext(options, 'options')
  requireFunction(options.context, 'context')
  requireBoolean(options.requirePurpose, 'requirePurpose')
  requireTokenCache(options.tokenCache, 'tokenCache')
  requireLimits(options.limits, 'limits')
  const fhirOptions = requireFhirOptions(options)
  const { limits } = options
  const http = new HttpClient(options, undefined, undefined, limits?.pauses)
  const trust = new TokenTrust(options.trustedOrigins)
  const { tokenCache: cache, tokenRequestsPerMinute, scopeFallback, mode } = options
  const shared = { cache, tokenRequestsPerMinute, guardBoard: limits?.tokenGuard }
  const udap = UdapIdentities.of(options, http, trust, { ...shared, ...udapAssertionOf(options) })
  if (mode === 'udap' && udap === undefined) {
    throw new TypeError('"udap" or "identities" is needed in mode udap')
  }
  const assertions = assertionsOf(options, http, udap)
  const tokens = { ...shared, assertions, scopeFallback }
  return {
    http,
    ...directoryOf(options, http, udap?.directoryRelease),
    resolver: new CapabilityResolver(options, http, udap?.first),
    assertions,
    tokens: new TokenProvider(tokens, http, trust),
    udap,
    trust,
    memory: new SearchMemory(),
    mode: options.mode ?? 'carequality-legacy',
    validators: validatorsOf(fhirOptions),
    fhirOptions: ownProperties(fhirOptions),
    requirePurpose: options.requirePurpose ?? options.audit !== undefined,
    own: ownContext,
    limits: limits ?? memoryLimits(http.now),
    servers: new ServerMemory(),
    responders: new WeakMap(),
    options,
    context: options.context,
  }
}

/** How UDAP's assertions are made. Throws `TypeError` for what only the other modes take, where none of them is meant. */
function udapAssertionOf(options: ClientOptions): Pick<UdapTokenOptions, 'assertion'> {
  const { assertion, scopeFallback, mode, clientId, signer } = options
  const { lifetimeMs, headers, signerTimeoutMs, x5c } = ownOptions(assertion ?? {}, 'assertion')
  if (mode === 'udap' && clientId === undefined && signer === undefined) {
    if (scopeFallback !== undefined)
      throw new TypeError('"scopeFallback" must be left out in mode udap')
    if (x5c !== undefined) throw new TypeError('"assertion.x5c" must be left out in mode udap')
  }
  return assertion === undefined ? {} : { assertion: { lifetimeMs, headers, signerTimeoutMs } }
}

/** A UDAP identity has its own, which serves where the client is given no other. */
function assertionsOf(
  options: ClientOptions,
  { now, randomUUID, emit }: HttpClient,
  udap: UdapIdentities | undefined,
): AssertionSigner {
  const { clientId, signer, mode, assertion } = options
  const { lifetimeMs, x5c, headers, signerTimeoutMs } = ownOptions(assertion ?? {}, 'assertion')
  if (mode === 'udap' && udap !== undefined && clientId === undefined && signer === undefined) {
    return udap.first.assertions
  }
  const id = requireText(clientId, 'clientId')
  if (signer === undefined) throw new TypeError('"signer" must be a signer')
  return new AssertionSigner({
    ...{ clientId: id, signer, mode, lifetimeMs, x5c, headers, signerTimeoutMs },
    ...{ now, randomUUID, onEvent: emit },
  })
}

function directoryOf(
  options: ClientOptions,
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
  const settings = { ...inherited(options), ...given(ownProperties(directory), release) }
  const ownDirectory = new DirectoryClient(settings, http.blocklist)
  return { directory: ownDirectory, ownDirectory }
}

type DirectorySettings = NonNullable<ClientOptions['directory']>

function isReader(directory: DirectorySettings): directory is EntryReader {
  return hasMember(directory, 'read')
}

const INHERITED: readonly string[] = [
  ...['fetch', 'transport', 'timeoutMs', 'attemptTimeoutMs', 'bodyLimits', 'userAgent', 'now'],
  ...[
    'randomUUID',
    'onEvent',
    'instrumentation',
    'allowedOrigins',
    'allowedPrivateHosts',
    'allowInsecureLoopback',
  ],
]

/** What the directory inherits of the client's network options. */
function inherited(options: HttpOptions): HttpOptions {
  const { transport } = options
  return {
    ...Object.fromEntries(Object.entries(options).filter(([name]) => INHERITED.includes(name))),
    // Without `close`: a transport is closed once, by the client that it was given to.
    transport: transport && {
      send: (request) => transport.send(request),
      reportsSent: transport.reportsSent,
    },
  }
}

function given(
  options: Exclude<DirectorySettings, EntryReader>,
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
