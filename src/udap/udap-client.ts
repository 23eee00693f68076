import { TokenTrust } from '../discovery/token-trust.ts'
import { requireBaseUrl } from '../http/policies/base-url.ts'
import { HttpClient } from '../http/client.ts'
import { ownOptions } from '../lib/own.ts'
import type { CallOptions } from '../types.ts'
import type {
  UdapIdentity,
  UdapSession,
  UdapTokenOptions,
  VerifiedMetadata,
} from '../udap-facts.ts'
import { requireScope } from '../auth/identity.ts'
import { requireObject, requireText, requireTexts } from '../lib/arguments.ts'
import { udapSettings, type UdapClientOptions, type UdapSettings } from './options.ts'
import type { RegistrationChanges } from './registrar.ts'
import { RegistrationMemory } from './registration-records.ts'
import type { Registration } from './registration-store.ts'
import { ConnectedUdap } from './session.ts'

/**
 * One identity in a UDAP community: verifies what servers publish, registers there, and gives a
 * `CarequalityClient` what its mode `udap` needs.
 *
 * @example
 * ```ts
 * const udap = new UdapClient({ clientUri, signer, clientName, contacts, scope, trust })
 * const metadata = await udap.discover('https://fhir.example.org/r4')
 * const { clientId } = await udap.register(metadata)
 * ```
 *
 * @see [HL7 UDAP Security](https://hl7.org/fhir/us/udap-security/)
 */
export class UdapClient implements UdapIdentity {
  readonly #settings: UdapSettings
  readonly #http: HttpClient
  readonly #session: ConnectedUdap
  readonly #memory = new RegistrationMemory()
  /** What {@link discover} returned: registration uses nothing else. */
  readonly #verified = new WeakSet<VerifiedMetadata>()

  /** Throws `TypeError` for a wrong option; makes no requests. */
  constructor(given: UdapClientOptions) {
    const options = ownOptions(given)
    this.#settings = udapSettings(options)
    this.#http = new HttpClient(options)
    const trust = new TokenTrust(options.trustedOrigins)
    this.#session = new ConnectedUdap(this.#settings, this.#http, trust, this.#memory)
  }

  get clientUri(): string {
    return this.#settings.clientUri
  }

  get community(): string {
    return this.#settings.community
  }

  /** The directory that its profile belongs to. */
  get directoryRelease(): 'rce-r4' | undefined {
    return this.#settings.profile.directoryRelease
  }

  /**
   * Fetches `.well-known/udap` and verifies its signature, step by step; from memory while it is
   * good: until `exp`, the end of a certificate, the HTTP cache, or one hour, whichever comes first.
   *
   * @throws `ERR_CQ_NO_UDAP` where there is none for the community, `ERR_CQ_UNTRUSTED` with the step
   * that failed.
   */
  async discover(baseUrl: string, options?: CallOptions): Promise<VerifiedMetadata> {
    const base = requireBaseUrl(baseUrl, 'baseUrl')
    return this.#http.call('udap.discover', options, async (call) => {
      const metadata = await this.#session.discover(base, call)
      this.#verified.add(metadata)
      return metadata
    })
  }

  /**
   * The registration at the server, from the store where there is one. Processes that share a store
   * register once. Metadata past its `expiresAt` is fetched and verified anew first, here and by
   * `update` and `cancel`. Throws `RegistrationError`, `ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED`, and `TypeError` for
   * a client URI that the certificate does not name or a certification that is missing.
   */
  async register(metadata: VerifiedMetadata, options?: CallOptions): Promise<Registration> {
    this.#requireVerified(metadata)
    return this.#http.call('udap.register', options, async (call) =>
      this.#session.register(await this.#session.current(metadata, call), call),
    )
  }

  /**
   * Changes the registration: the values replace all registered ones, those that `changes` leaves
   * out as the client's options have them. Where the server gives a new client id, the old one and
   * its tokens are no longer used.
   */
  async update(
    metadata: VerifiedMetadata,
    changes: RegistrationChanges,
    options?: CallOptions,
  ): Promise<Registration> {
    this.#requireVerified(metadata)
    const checked = changesOf(changes)
    return this.#http.call('udap.register', options, async (call) =>
      this.#session.update(await this.#session.current(metadata, call), checked, call),
    )
  }

  /** Ends the registration. Throws `ERR_CQ_INVALID_REGISTRATION_RESPONSE` unless the server confirms it. */
  async cancel(metadata: VerifiedMetadata, options?: CallOptions): Promise<void> {
    this.#requireVerified(metadata)
    return this.#http.call('udap.register', options, async (call) =>
      this.#session.cancel(await this.#session.current(metadata, call), call),
    )
  }

  /** @internal The same identity over the HTTP client of another client. */
  under(http: HttpClient, trust: TokenTrust, options: UdapTokenOptions): UdapSession {
    return new ConnectedUdap(this.#settings, http, trust, this.#memory, options)
  }

  /**
   * Aborts what is pending; later calls are rejected. A client that it was passed to continues.
   */
  async close(): Promise<void> {
    await this.#http.close()
  }

  #requireVerified(metadata: VerifiedMetadata): void {
    if (!this.#verified.has(metadata)) {
      throw new TypeError('"metadata" must be what discover() of this client returned')
    }
  }
}

function changesOf(given: RegistrationChanges): RegistrationChanges {
  requireObject(given, 'changes')
  const { clientName, contacts, scope } = ownOptions(given)
  requireTexts(contacts, 'changes.contacts')
  return {
    ...(clientName === undefined
      ? {}
      : { clientName: requireText(clientName, 'changes.clientName') }),
    ...(contacts === undefined ? {} : { contacts: [...contacts] }),
    ...(scope === undefined ? {} : { scope: requireScope(scope) }),
  }
}
