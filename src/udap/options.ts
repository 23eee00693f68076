/** The options of a UDAP client. */
import { requireScope } from '../auth/identity.ts'
import { jsonCopy, requireFunction, requireText, requireTexts } from '../lib/arguments.ts'
import { ownOptions } from '../lib/own.ts'
import type { SignerSource } from '../signers/signer.ts'
import type { HttpOptions } from '../types.ts'
import { requireCertifications, type Certification } from './certifications.ts'
import { checkOrganization, type B2bOrganization } from './extensions.ts'
import { profileOf, type UdapProfile, type UdapProfileId } from './profiles.ts'
import {
  memoryRegistrations,
  requireRegistrationStore,
  type RegistrationStore,
} from './registration-store.ts'
import { TrustStore } from './trust-store.ts'

/** Who you are in a UDAP community, and whom you trust. */
export interface UdapClientOptions extends HttpOptions {
  /** Your unique URI; it must be among the URIs of your certificate, character by character. */
  clientUri: string
  /** Your key with its certificates, leaf first. */
  signer: SignerSource
  /** For people, as servers show it. */
  clientName: string
  /** URIs, at least one of them `mailto:`. */
  contacts: readonly string[]
  /** Scopes to register for, and to request where a call names no others. */
  scope: string
  /** Anchors of the community. */
  trust: TrustStore
  /** Its URI. Default: the profile's, or the only one of the trust store. */
  community?: string | undefined
  /** Which generation of the rules. Default `ssraa`. */
  profile?: UdapProfileId | undefined
  /**
   * Where registrations are stored. Default: in memory, so that each process registers by itself.
   */
  registrations?: RegistrationStore | undefined
  /** Sent with a registration where the server lists them. */
  certifications?: readonly Certification[] | undefined
  /**
   * On whose behalf requests are made: becomes `hl7-b2b` of every token request, with the purposes
   * of the context.
   */
  organization?: B2bOrganization | undefined
  /** The registration's `udap`. Default: the profile's, `"1"`; servers of 2019 want the number. */
  udapValue?: '1' | 1 | undefined
}

/** The same, checked and copied. */
export interface UdapSettings {
  readonly clientUri: string
  readonly signer: SignerSource
  readonly clientName: string
  readonly contacts: readonly string[]
  readonly scope: string
  readonly trust: TrustStore
  readonly community: string
  readonly profile: UdapProfile
  readonly registrations: RegistrationStore
  readonly certifications: readonly Certification[]
  readonly organization: B2bOrganization | undefined
  readonly udapValue: '1' | 1
}

/** Throws `TypeError` for a wrong option. */
export function udapSettings(given: UdapClientOptions): UdapSettings {
  const options = ownOptions(given)
  const { trust, contacts, organization, udapValue } = options
  const profile = profileOf(options.profile)
  if (!(trust instanceof TrustStore)) throw new TypeError('"trust" must be a trust store')
  const registrations = options.registrations ?? memoryRegistrations({ now: options.now })
  requireRegistrationStore(registrations, 'registrations')
  requireFunction(options.now, 'now')
  if (organization !== undefined) checkOrganization(organization, profile, 'organization')
  return {
    clientUri: requireUri(options.clientUri, 'clientUri'),
    signer: options.signer,
    clientName: requireText(options.clientName, 'clientName'),
    contacts: requireContacts(contacts),
    scope: requireScope(options.scope),
    trust,
    community: communityOf(options.community, profile, trust),
    profile,
    registrations,
    certifications: requireCertifications(options.certifications),
    organization: organization && jsonCopy(organization, 'organization'),
    udapValue: requireUdapValue(udapValue) ?? profile.registrationVersion,
  }
}

function communityOf(value: unknown, profile: UdapProfile, trust: TrustStore): string {
  const [only, ...more] = trust.communities
  const found = value ?? profile.community ?? (more.length === 0 ? only : undefined)
  const community = requireText(found, 'community')
  if (!trust.communities.includes(community)) {
    throw new TypeError('"community" must be one of the communities of the trust store')
  }
  return community
}

function requireContacts(value: unknown): readonly string[] {
  requireTexts(value, 'contacts')
  const contacts: readonly unknown[] = Array.isArray(value) ? value : []
  const uris = contacts.map((contact) => requireUri(contact, 'contacts'))
  if (!uris.some((uri) => uri.startsWith('mailto:'))) {
    throw new TypeError('"contacts" must hold a mailto: URI')
  }
  return uris
}

/** Throws unless the text is an absolute URI without white space. */
export function requireUri(value: unknown, option: string): string {
  const uri = requireText(value, option)
  if (!/^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i.test(uri)) {
    throw new TypeError(`"${option}" must be a URI`)
  }
  return uri
}

function requireUdapValue(value: unknown): '1' | 1 | undefined {
  if (value === undefined || value === '1' || value === 1) return value
  throw new TypeError('"udapValue" must be the text or the number 1')
}
