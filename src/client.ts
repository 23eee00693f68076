import { AssertionSigner } from './auth/assertion-signer.ts'
import { joinContexts, requireContext, type AuthorizationContext } from './auth/context.ts'
import { TokenProvider } from './auth/token-provider.ts'
import { DirectoryClient, type EntryReader } from './directory/directory-client.ts'
import type { DirectoryEntry } from './directory/entry.ts'
import { oidOf } from './directory/oid.ts'
import type { DirectoryOptions } from './directory/options.ts'
import { chooseEndpoint, describeVerdict } from './directory/select-endpoint.ts'
import { CapabilityResolver } from './discovery/capability-resolver.ts'
import type { ServerDocuments, Step } from './discovery/decide.ts'
import type { VendorQuirk } from './discovery/quirks.ts'
import { DirectoryError, DiscoveryError } from './errors.ts'
import { SearchMemory } from './fhir/search-transport.ts'
import { requireBaseUrl } from './http/base-url.ts'
import type { Call } from './http/call.ts'
import { HttpClient } from './http/http-client.ts'
import { parseUrl } from './http/url-policy.ts'
import {
  requireFunction,
  requireList,
  requireObject,
  requireOneOf,
  requireText,
} from './lib/arguments.ts'
import {
  ConnectedResponder,
  type Connection,
  type Responder,
  type SharedParts,
} from './responder.ts'
import type { SignerSource } from './signers/signer.ts'
import type { CallOptions, HttpOptions, SearchMethod } from './types.ts'

/** Who you are, where the directory is, and how the network may be used. */
export interface CarequalityClientOptions extends HttpOptions, AuthorizationContext {
  /** Needed for `organization()`: a directory, or anything that reads entries. */
  directory?: DirectoryOptions | EntryReader | undefined
  clientId: string
  signer: SignerSource
  /** Default `post-then-get`. */
  searchMethod?: SearchMethod | undefined
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

interface Parts extends SharedParts {
  readonly directory: EntryReader
  /** Made here, and so closed here. */
  readonly ownDirectory: DirectoryClient | undefined
  readonly assertions: AssertionSigner
  readonly own: AuthorizationContext
  readonly context: CarequalityClientOptions['context']
}

/**
 * From an organization's id to its patients: directory, discovery, token and FHIR calls in one.
 *
 * @example
 * ```ts
 * const client = new CarequalityClient({ directory, clientId: 'fhir.example.org', signer })
 * const responder = await client.organization('2.16.840.1.113883.3.13.1')
 * const patient = await responder.patients.read('1316024')
 * ```
 */
export class CarequalityClient {
  readonly #parts: Parts
  readonly #as: AuthorizationContext

  /** Throws `TypeError` for a wrong option; asks nothing. */
  constructor(options: CarequalityClientOptions)
  /** @internal */
  constructor(options: CarequalityClientOptions, shared: { parts: Parts; as: AuthorizationContext })
  constructor(
    options: CarequalityClientOptions,
    shared?: { parts: Parts; as: AuthorizationContext },
  ) {
    this.#parts = shared?.parts ?? partsOf(options)
    this.#as = shared?.as ?? {}
  }

  get directory(): EntryReader {
    return this.#parts.directory
  }

  get capabilityResolver(): CapabilityResolver {
    return this.#parts.resolver
  }

  get assertionSigner(): AssertionSigner {
    return this.#parts.assertions
  }

  get tokenProvider(): TokenProvider {
    return this.#parts.tokens
  }

  /**
   * Finds an organization's FHIR server by its OID. Reads the directory and the server's metadata,
   * unless they are at hand, and asks for no token. Throws `DirectoryError` and `DiscoveryError`.
   */
  async organization(oid: string, options?: CallOptions): Promise<Responder> {
    requireText(oid, 'oid')
    const { http, directory } = this.#parts
    return http.call('client.organization', options, async (call) => {
      const entry = await readEntry(directory, oid, call)
      if (entry.active === false) {
        throw new DirectoryError('ERR_CQ_ENTRY_INACTIVE', 'the directory entry is inactive', {
          operation: call.operation,
          organization: entry.oid,
        })
      }
      const { endpoint, verdicts } = chooseEndpoint(entry, http.policy)
      if (endpoint === undefined) {
        const why =
          verdicts.length === 0 ? 'it lists none' : verdicts.map(describeVerdict).join('; ')
        throw new DirectoryError(
          'ERR_CQ_NO_USABLE_ENDPOINT',
          `the directory entry has no usable FHIR endpoint: ${why}`,
          { operation: call.operation, organization: entry.oid },
        )
      }
      const steps: Step[] = [
        {
          what: `directory entry ${entry.oid ?? entry.id} read`,
          why:
            entry.active === true
              ? 'it is active'
              : 'it does not say whether it is active, which is no reason to leave it',
        },
        ...verdicts.map((verdict) => ({ what: describeVerdict(verdict) })),
      ]
      return this.#connect(
        {
          entry,
          oid: entry.oid,
          baseUrl: endpoint.address.trim(),
          tokenEndpoint: undefined,
          steps,
        },
        call,
      )
    })
  }

  /** The same without a directory. `tokenEndpoint`: in place of what the server publishes. */
  async responder(
    at: { baseUrl: string; tokenEndpoint?: string | undefined },
    options?: CallOptions,
  ): Promise<Responder> {
    requireObject(at, 'at')
    const baseUrl = requireBaseUrl(at.baseUrl, 'baseUrl')
    const tokenEndpoint =
      at.tokenEndpoint === undefined ? undefined : requireBaseUrl(at.tokenEndpoint, 'tokenEndpoint')
    const steps = [
      { what: `FHIR base ${parseUrl(baseUrl)?.origin ?? ''}`, why: 'the caller gave it' },
    ]
    return this.#parts.http.call('client.responder', options, (call) =>
      this.#connect({ entry: undefined, oid: undefined, baseUrl, tokenEndpoint, steps }, call),
    )
  }

  /** The same client under another identity, scope or purpose, over the same caches; no request. */
  as(context: AuthorizationContext): CarequalityClient {
    requireContext(context)
    const { own } = this.#parts
    const options = {
      clientId: own.clientId ?? '',
      signer: () => Promise.reject(new Error('not used')),
    }
    return new CarequalityClient(options, {
      parts: this.#parts,
      as: joinContexts(this.#as, context),
    })
  }

  /** Ends what is pending, for every client made by `as` too; later calls are refused. */
  async close(): Promise<void> {
    await Promise.all([this.#parts.http.close(), this.#parts.ownDirectory?.close()])
  }

  async #connect(known: Omit<Connection, 'documents'>, call: Call): Promise<Responder> {
    const { resolver, own, context } = this.#parts
    const { oid, baseUrl } = known
    const documents = await resolver.documents(baseUrl, call)
    refuseOtherVersions(documents, oid, call)
    const theirs = (await context?.({ oid, baseUrl })) ?? {}
    requireContext(theirs, 'context()')
    return new ConnectedResponder(
      this.#parts,
      { ...known, documents },
      joinContexts(own, theirs, this.#as),
    )
  }
}

function refuseOtherVersions(
  { baseUrl, metadata }: ServerDocuments,
  oid: string | undefined,
  call: Call,
): void {
  const version = metadata.facts?.fhirVersion
  if (version === undefined || version.startsWith('4.')) return
  const shown = /^[\w.-]{1,20}$/.test(version) ? version : 'of an unknown version'
  throw new DiscoveryError('ERR_CQ_UNSUPPORTED_SERVER', `the server speaks FHIR ${shown}`, {
    operation: call.operation,
    organization: oid,
    origin: parseUrl(baseUrl)?.origin,
  })
}

async function readEntry(directory: EntryReader, oid: string, call: Call): Promise<DirectoryEntry> {
  const options = { signal: call.signal, timeoutMs: Math.max(1, call.remainingMs) }
  const entry =
    directory instanceof DirectoryClient
      ? await directory.readKept(oid, options)
      : await directory.read(oid, options)
  requireObject(entry, 'directory.read()')
  requireList(entry.endpoints, 'directory.read().endpoints')
  return { ...entry, oid: oidOf(entry.oid) ?? oidOf(entry.id) }
}

function partsOf(options: CarequalityClientOptions): Parts {
  requireObject(options, 'options')
  requireContext(options, 'options')
  requireText(options.clientId, 'clientId')
  requireFunction(options.context, 'context')
  const searchMethod = requireOneOf(
    options.searchMethod,
    ['post-then-get', 'post-only', 'get'],
    'searchMethod',
  )
  const http = new HttpClient(options)
  const { now, randomUUID } = http
  const assertions = new AssertionSigner({ ...options, now, randomUUID, claims: undefined })
  return {
    http,
    ...directoryOf(options),
    resolver: new CapabilityResolver(options, http),
    assertions,
    tokens: new TokenProvider({ assertions }, http),
    memory: new SearchMemory(),
    mode: options.mode ?? 'carequality-legacy',
    searchMethod,
    own: joinContexts(options),
    context: options.context,
  }
}

function directoryOf(options: CarequalityClientOptions): Pick<Parts, 'directory' | 'ownDirectory'> {
  const { directory } = options
  if (directory === undefined) {
    const read = () =>
      Promise.reject(new TypeError('"directory" is needed to find an organization'))
    return { directory: { read }, ownDirectory: undefined }
  }
  requireObject(directory, 'directory')
  if ('read' in directory) return { directory, ownDirectory: undefined }
  const own = new DirectoryClient({ ...httpOptionsOf(options), ...given(directory) })
  return { directory: own, ownDirectory: own }
}

const HTTP_OPTIONS: readonly string[] = [
  ...['fetch', 'transport', 'timeoutMs', 'attemptTimeoutMs', 'bodyLimits', 'userAgent', 'now'],
  ...['randomUUID', 'onEvent', 'allowedOrigins', 'allowedPrivateHosts', 'allowInsecureLoopback'],
]

/** What the directory inherits. */
function httpOptionsOf(options: CarequalityClientOptions): HttpOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => HTTP_OPTIONS.includes(name)))
}

function given(options: DirectoryOptions): DirectoryOptions {
  const { release, apiKey } = options
  return {
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    release,
    apiKey,
  }
}
