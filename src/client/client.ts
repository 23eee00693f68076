import type { AssertionSigner } from '../auth/assertion-signer.ts'
import { copyContext, joinContexts, type AuthorizationContext } from '../auth/identity.ts'
import type { TokenProvider } from '../auth/token-provider.ts'
import { entryIdOf, oidOf } from '../directory/model/oid.ts'
import type { EntryReader } from '../directory/select/entry-reader.ts'
import type { DiscoverPlan } from '../discover/plan.ts'
import type { DiscoverRun } from '../discover/run.ts'
import type { CapabilityResolver } from '../discovery/capability-resolver.ts'
import type { FhirVersion } from '../fhir/types.ts'
import { requireBaseUrl } from '../http/policies/base-url.ts'
import { parseUrl } from '../http/policies/egress.ts'
import { requireText } from '../lib/arguments.ts'
import { ownOptions } from '../lib/own.ts'
import { purposesOf } from '../lib/purposes.ts'
import { connect, wantedOf } from './connect.ts'
import { describeClient, type ClientDescription } from './describe.ts'
import {
  discover,
  discoveryOf,
  plan,
  type DiscoverOptions,
  type DiscoverOutcome,
} from './discover.ts'
import { locate } from './locate.ts'
import type {
  CarequalityClientOptions,
  CarequalityUdapOptions,
  ResponderOptions,
} from './options.ts'
import { partsOf, type Parts } from './parts.ts'
import type { Responder } from './responder.ts'

/** What `as` passes to the client that it makes. */
class Derived {
  readonly parts: Parts
  readonly as: AuthorizationContext

  constructor(parts: Parts, as: AuthorizationContext) {
    this.parts = parts
    this.as = as
  }
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
  constructor(options: CarequalityClientOptions | CarequalityUdapOptions)
  /** @internal */
  constructor(derived: Derived)
  constructor(options: CarequalityClientOptions | CarequalityUdapOptions | Derived) {
    this.#parts = options instanceof Derived ? options.parts : partsOf(options)
    this.#as = options instanceof Derived ? options.as : {}
  }

  /** @internal For the other entries of this package. */
  static partsOf(client: CarequalityClient): { parts: Parts; as: AuthorizationContext } {
    return { parts: client.#parts, as: client.#as }
  }

  /** Reads directory entries. */
  get directory(): EntryReader {
    return this.#parts.directory
  }

  /** Finds out what a server publishes. */
  get capabilityResolver(): CapabilityResolver {
    return this.#parts.resolver
  }

  /** Signs assertions with the client's own id. */
  get assertionSigner(): AssertionSigner {
    return this.#parts.assertions
  }

  /** Gives and keeps access tokens. */
  get tokenProvider(): TokenProvider {
    return this.#parts.tokens
  }

  /**
   * Finds an organization's FHIR server by its OID. Reads the directory and the server's metadata,
   * unless they are at hand, and asks for no token. Throws `DirectoryError` and `DiscoveryError`.
   */
  organization(
    oid: string,
    options: ResponderOptions<'STU3'> & { fhirVersion: 'STU3' },
  ): Promise<Responder<'STU3'>>
  organization(oid: string, options?: ResponderOptions): Promise<Responder>
  async organization(
    oid: string,
    options?: ResponderOptions<FhirVersion>,
  ): Promise<Responder<FhirVersion>> {
    requireText(oid, 'oid')
    const wanted = wantedOf(options)
    const { http, directory, own } = this.#parts
    // What `context` returns for one responder is applied later: it needs to know where the responder is.
    const purposes = purposesOf(joinContexts(own, this.#as).purposeOfUse)
    return http.call('client.organization', options, async (call) => {
      const asked = entryIdOf(oid)?.oid
      call.parties = [asked]
      http.blocklist.refuse(call.parties, { operation: call.operation, organization: asked })
      const search = {
        ...{ purposes, policy: http.policy, now: http.now },
        fhirVersion: wanted.version === 'R4' ? '4.0' : '3.0',
      }
      const location = await locate(directory, oid, search, call)
      const place = { ...location, tokenEndpoint: undefined }
      return connect(this.#parts, place, wanted, this.#as, call)
    })
  }

  /** The same without a directory. `tokenEndpoint`: in place of what the server publishes. */
  responder(
    at: { baseUrl: string; tokenEndpoint?: string | undefined },
    options: ResponderOptions<'STU3'> & { fhirVersion: 'STU3' },
  ): Promise<Responder<'STU3'>>
  responder(
    at: { baseUrl: string; tokenEndpoint?: string | undefined },
    options?: ResponderOptions,
  ): Promise<Responder>
  async responder(
    at: { baseUrl: string; tokenEndpoint?: string | undefined },
    options?: ResponderOptions<FhirVersion>,
  ): Promise<Responder<FhirVersion>> {
    const given = ownOptions(at, 'at')
    const wanted = wantedOf(options)
    const baseUrl = requireBaseUrl(given.baseUrl, 'baseUrl')
    const tokenEndpoint =
      given.tokenEndpoint === undefined
        ? undefined
        : requireBaseUrl(given.tokenEndpoint, 'tokenEndpoint')
    const steps = [
      { what: `FHIR base ${parseUrl(baseUrl)?.origin ?? ''}`, why: 'given by the caller' },
    ]
    const noDirectoryEntry = { entry: undefined, servedBy: undefined, oid: undefined }
    const place = { ...noDirectoryEntry, baseUrl, tokenEndpoint, steps }
    return this.#parts.http.call('client.responder', options, (call) =>
      connect(this.#parts, place, wanted, this.#as, call),
    )
  }

  /**
   * Asks many responders whether they know a patient; each target has exactly one outcome, whatever
   * happens. Nothing is asked before the outcomes, or the summary, are wanted. Throws `TypeError` for
   * a wrong option, and nothing else.
   *
   * @example
   * ```ts
   * const run = client.discover({ patient, targets: snapshot.near(place, { miles: 50 }) })
   * for await (const outcome of run) if (outcome.kind === 'matched') console.log(outcome.target.name)
   * const { complete, unanswered } = await run.summary
   * ```
   */
  discover(options: DiscoverOptions): DiscoverRun<DiscoverOutcome> {
    return discover(this.#parts, discoveryOf(this.#parts, this.#as, options))
  }

  /**
   * What {@link discover} would do with the same options: whom it would ask, with how many requests,
   * and what of the patient each would be sent. The directory may be read; no responder is asked.
   */
  async plan(options: DiscoverOptions): Promise<DiscoverPlan> {
    return plan(this.#parts, discoveryOf(this.#parts, this.#as, options))
  }

  /**
   * The same client under another identity, scope or purpose, over the same caches; makes no
   * request.
   */
  as(context: AuthorizationContext): CarequalityClient {
    const copy = copyContext(context)
    if (copy.mode === 'udap' && this.#parts.udap === undefined) {
      throw new TypeError('"udap" is needed in mode udap')
    }
    return new CarequalityClient(new Derived(this.#parts, joinContexts(this.#as, copy)))
  }

  /**
   * Refuses a partner from now on, for every client made by `as` too: nothing is sent to it, what is
   * under way with it ends, all with `ERR_CQ_ORIGIN_REFUSED`. `originOrOid`: `https://fhir.example.org`
   * or an organization's OID, which counts for what it serves as well. `reason` is your own, and
   * stands in the errors. The function given back lifts this block.
   */
  block(originOrOid: string, reason: string): () => void {
    const party = requireParty(originOrOid)
    requireText(reason, 'reason')
    const { http } = this.#parts
    const lift = http.blocklist.add(party, reason)
    http.emit({ type: 'client.blocked', party })
    return lift
  }

  /** The settings in effect, as plain data without secrets: for logs, and for a second pair of eyes. */
  describe(): ClientDescription {
    return describeClient(this.#parts, this.#as)
  }

  /** Aborts pending calls, for every client made by `as` too; later calls are rejected. */
  async close(): Promise<void> {
    const { http, ownDirectory } = this.#parts
    await Promise.all([http.close(), ownDirectory?.close()])
  }
}

/** An origin or an OID, in the form in which both are compared. */
function requireParty(originOrOid: string): string {
  const oid = oidOf(requireText(originOrOid, 'originOrOid'))
  if (oid !== undefined) return oid
  const url = parseUrl(originOrOid)
  if (url !== undefined && url.origin !== 'null' && url.pathname === '/') return url.origin
  throw new TypeError('"originOrOid" must be an origin such as https://fhir.example.org, or an OID')
}
