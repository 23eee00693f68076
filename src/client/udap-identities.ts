/** The UDAP identities of a client: one for all purposes, or one for each. */
import type { Authorize } from '../access-token.ts'
import type { AuthorizationContext } from '../auth/identity.ts'
import type { TokenTrust } from '../discovery/token-trust.ts'
import type { HttpClient } from '../http/client.ts'
import { requireObject } from '../lib/arguments.ts'
import { requireUdapIdentity } from '../lib/modes.ts'
import { ownProperties } from '../lib/own.ts'
import { purposesOf } from '../lib/purposes.ts'
import type {
  UdapIdentity,
  UdapOptions,
  UdapServer,
  UdapSession,
  UdapTokenOptions,
} from '../udap-facts.ts'

/** Each identity over the client's own HTTP. */
export class UdapIdentities {
  /** Where no purpose decides: `udap`, else the first of `identities`. */
  readonly first: UdapSession
  readonly directoryRelease: 'rce-r4' | undefined
  readonly #byPurpose: ReadonlyMap<string, UdapSession>
  readonly #all: UdapSession | undefined

  private constructor(given: UdapOptions, connect: (identity: UdapIdentity) => UdapSession) {
    const { udap, identities = {} } = given
    this.#all = udap && connect(udap)
    this.#byPurpose = new Map(
      Object.entries(identities).map(([purpose, identity]) => [purpose, connect(identity)]),
    )
    const [first] = [this.#all, ...this.#byPurpose.values()].filter((one) => one !== undefined)
    if (first === undefined) throw new TypeError('"identities" must hold one identity or more')
    this.first = first
    this.directoryRelease = (udap ?? Object.values(identities)[0])?.directoryRelease
  }

  /** Undefined where the options name none. Throws `TypeError` for what is not an identity. */
  static of(
    { udap, identities }: UdapOptions,
    http: HttpClient,
    trust: TokenTrust,
    tokens: UdapTokenOptions,
  ): UdapIdentities | undefined {
    if (udap === undefined && identities === undefined) return undefined
    if (udap !== undefined) requireUdapIdentity(udap, 'udap')
    if (identities !== undefined) {
      requireObject(identities, 'identities')
      for (const [purpose, one] of Object.entries(identities)) {
        requireUdapIdentity(one, `identities.${purpose}`)
      }
    }
    const given = { udap, identities: identities && ownProperties(identities) }
    return new UdapIdentities(given, (identity) => identity.under(http, trust, tokens))
  }

  /** The identity for the context's purposes. Throws `TypeError` where there is none. */
  sessionFor({ purposeOfUse }: AuthorizationContext): UdapSession {
    const purposes = purposesOf(purposeOfUse)
    const named = purposes.flatMap((purpose) => this.#named(purpose) ?? [])
    const [one = this.#all] = named
    if (one === undefined) throw new TypeError('"identities" has none for this "purposeOfUse"')
    if (new Set(named).size > 1) {
      throw new TypeError('"purposeOfUse" names purposes of different "identities"')
    }
    return one
  }

  /** The identity that a server is discovered under: before a purpose is given, the first one. Throws as {@link sessionFor} does. */
  discoveringFor(context: AuthorizationContext): UdapSession {
    return purposesOf(context.purposeOfUse).length === 0 ? this.first : this.sessionFor(context)
  }

  /** The same; undefined for a context that names no identity. */
  find(context: AuthorizationContext): UdapSession | undefined {
    try {
      return this.discoveringFor(context)
    } catch {
      return undefined
    }
  }

  /** Whether a token for the server is at hand; false for a context that names no identity. */
  hasToken(server: UdapServer, context: AuthorizationContext): boolean {
    try {
      return this.sessionFor(context).hasToken(server, context)
    } catch {
      return false
    }
  }

  /** Identity and purpose are decided when a token is first needed: `as` may still name them. */
  authorizer(server: UdapServer, context: AuthorizationContext): Authorize {
    let authorize: Authorize | undefined
    return async (asked) => {
      authorize ??= this.sessionFor(context).authorizer(server, context)
      return authorize(asked)
    }
  }

  /** By the whole value, or by its code alone. */
  #named(purpose: string): UdapSession | undefined {
    const code = purpose.slice(purpose.indexOf('#') + 1)
    return this.#byPurpose.get(purpose) ?? this.#byPurpose.get(code)
  }
}
