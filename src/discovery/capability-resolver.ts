import { requireBaseUrl, shownUrl } from '../http/policies/base-url.ts'
import type { Call } from '../http/call.ts'
import { HttpClient } from '../http/client.ts'
import { requirePositive, requireText } from '../lib/arguments.ts'
import { requireMode, requireUdapIdentity } from '../lib/modes.ts'
import { ownOptions } from '../lib/own.ts'
import type { CallOptions, HttpOptions, Mode } from '../types.ts'
import type { UdapIdentity, UdapSession } from '../udap-facts.ts'
import { quirkList } from './apply-quirks.ts'
import {
  decide,
  type DecisionInput,
  type Decision,
  type ServerCapabilities,
  type ServerDocuments,
} from './decide.ts'
import type { CapabilityFacts, SmartFacts } from './documents.ts'
import { PublishedDocuments } from './published-documents.ts'
import { bothDocuments, METADATA, SMART } from './server-documents.ts'
import type { VendorQuirk } from './quirks.ts'
import { TokenTrust } from './token-trust.ts'

/** How servers are evaluated, and how long a document is cached. */
export interface CapabilityResolverOptions extends HttpOptions {
  /** Default `carequality-legacy`. */
  mode?: Mode | undefined
  /** Needed in mode `udap`: a `UdapClient` of `carequality-fhir/udap`. */
  udap?: UdapIdentity | undefined
  /**
   * Added to the built-in quirks, or replacing the one with the same id; they run after the
   * built-in ones.
   */
  quirks?: readonly VendorQuirk[] | undefined
  /** Ids of quirks to switch off. */
  disabledQuirks?: readonly string[] | undefined
  /**
   * Milliseconds for which a document is cached. Default 1 h; less where the server's `max-age` is
   * less.
   */
  maxAgeMs?: number | undefined
}

/**
 * Finds out what a FHIR server is and where its tokens come from, from its CapabilityStatement and
 * its smart-configuration. Answers are kept for an hour, failures never.
 *
 * @example
 * ```ts
 * const { tokenEndpoint } = await new CapabilityResolver().resolve('https://fhir.example.org/r4')
 * ```
 *
 * @see [SMART, well-known](https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html)
 */
export class CapabilityResolver {
  readonly #http: HttpClient
  readonly #mode: Mode
  readonly #quirks: readonly VendorQuirk[]
  readonly #udap: UdapSession | undefined
  readonly #metadata: PublishedDocuments<CapabilityFacts>
  readonly #smart: PublishedDocuments<SmartFacts>

  /** Throws `TypeError` for a wrong option. */
  constructor(options?: CapabilityResolverOptions)
  /** @internal */
  constructor(options: CapabilityResolverOptions, http: HttpClient, udap?: UdapSession)
  constructor(given: CapabilityResolverOptions = {}, http?: HttpClient, udap?: UdapSession) {
    const options = ownOptions(given)
    this.#mode = requireMode(options.mode) ?? 'carequality-legacy'
    this.#quirks = quirkList(options.quirks, options.disabledQuirks)
    const maxAgeMs = requirePositive(options.maxAgeMs, 'maxAgeMs') ?? 3_600_000
    this.#http = http ?? new HttpClient(options)
    this.#udap = udap ?? this.#sessionOf(options)
    this.#metadata = new PublishedDocuments(this.#http, METADATA, maxAgeMs)
    this.#smart = new PublishedDocuments(this.#http, SMART, maxAgeMs)
  }

  #sessionOf({ udap, trustedOrigins }: CapabilityResolverOptions): UdapSession | undefined {
    if (udap === undefined) {
      if (this.#mode === 'udap') throw new TypeError('"udap" is needed in mode udap')
      return undefined
    }
    requireUdapIdentity(udap, 'udap')
    return udap.under(this.#http, new TokenTrust(trustedOrigins), {})
  }

  /** Ids of the quirks that are on, in order. */
  get quirkIds(): readonly string[] {
    return this.#quirks.map(({ id }) => id)
  }

  /**
   * Reads both documents in parallel, unless they are cached; either alone is enough. `facts.oid`:
   * the directory entry that led here; `facts.tokenEndpoint`: your own, which overrides all others.
   * In mode `udap` the verified UDAP metadata as well, which alone names the endpoints. Throws
   * `ERR_CQ_UNSUPPORTED_SERVER` where neither is published, and the reason where neither can be
   * read.
   */
  async resolve(
    baseUrl: string,
    given: { oid?: string | undefined; tokenEndpoint?: string | undefined } = {},
    options?: CallOptions,
  ): Promise<ServerCapabilities> {
    const base = requireBaseUrl(baseUrl, 'baseUrl')
    const facts = ownOptions(given, 'facts')
    if (facts.tokenEndpoint !== undefined) requireText(facts.tokenEndpoint, 'tokenEndpoint')
    return this.#http.call('capabilities.resolve', options, async (call) => {
      const isUdap = this.#mode === 'udap'
      const areNeeded = facts.tokenEndpoint === undefined && !isUdap
      const [documents, udap] = await Promise.all([
        this.documents(base, call, areNeeded),
        isUdap ? this.#udap?.discover(base, call) : undefined,
      ])
      const oid = facts.oid?.trim().replace(/^urn:oid:/i, '')
      return this.decide(documents, { ...facts, oid, udap, mode: this.#mode }).capabilities
    })
  }

  /**
   * @internal With a token endpoint from elsewhere (the caller's own, or a signed one), nothing in
   * the documents is needed: a server that withholds both is accepted. One that cannot be reached
   * is a failure.
   */
  async documents(baseUrl: string, call: Call, areNeeded = true): Promise<ServerDocuments> {
    const metadata = this.#metadata.get(baseUrl, call)
    const smart = this.#smart.get(baseUrl, call)
    return bothDocuments(baseUrl, metadata, smart, call, areNeeded)
  }

  /**
   * @internal What is cached of a server and still valid; undefined where a document would have to
   * be requested.
   */
  remembered(baseUrl: string): ServerDocuments | undefined {
    const [metadata, smart] = [this.#metadata.remembered(baseUrl), this.#smart.remembered(baseUrl)]
    return metadata && smart && { baseUrl, metadata, smart }
  }

  /** @internal How many documents of a server would have to be requested. */
  missing(baseUrl: string): number {
    const both = [this.#metadata.remembered(baseUrl), this.#smart.remembered(baseUrl)]
    return both.filter((one) => one === undefined).length
  }

  /** @internal */
  decide(documents: ServerDocuments, input: DecisionInput): Decision {
    const decision = decide(documents, input, this.#quirks)
    const { disagreement, failedQuirks } = decision
    // Some gateways route by a key in the query.
    const baseUrl = shownUrl(documents.baseUrl)
    if (disagreement !== undefined) {
      const { oauthUris, smartConfiguration } = disagreement
      this.#http.emit({
        type: 'discovery.sources-disagree',
        baseUrl,
        oauthUris: shownUrl(oauthUris),
        smartConfiguration: shownUrl(smartConfiguration),
      })
    }
    if (failedQuirks.length > 0)
      this.#http.emit({ type: 'quirk.failed', baseUrl, ids: failedQuirks })
    return decision
  }

  /** @internal The cached documents were wrong: they are requested again. */
  forget(baseUrl: string): void {
    this.#metadata.forget(baseUrl)
    this.#smart.forget(baseUrl)
  }
}
