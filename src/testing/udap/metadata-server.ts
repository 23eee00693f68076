/** `.well-known/udap`: metadata, and the signed statement in them (SSRAA section 2). */
import type { IssuedCertificate } from '../pki.ts'
import type { Keys } from '../pki-values.ts'
import { json, text, urlOf, type OriginOf, type Received, type Service } from '../respond.ts'
import type { CommunityAuthority } from './authority.ts'
import { signJws, udapAlgorithms } from './jws.ts'
import type { UdapServerProfile } from './profiles.ts'
import { udapScopes } from './software-statement.ts'

const STATEMENT_SECONDS = 24 * 60 * 60

/** Publishes the metadata of one server, signed anew for each request. */
export class MetadataServer implements Service {
  readonly host: string
  readonly #profile: UdapServerProfile
  readonly #authority: CommunityAuthority
  readonly #keys: () => Promise<Keys>
  readonly #settings: { readonly now: () => number; readonly randomUUID: () => string }
  readonly #leaves = new Map<string, Promise<IssuedCertificate>>()

  constructor(
    profile: UdapServerProfile,
    authority: CommunityAuthority,
    keys: () => Promise<Keys>,
    settings: { readonly now: () => number; readonly randomUUID: () => string },
  ) {
    this.host = profile.fhir.host
    this.#profile = profile
    this.#authority = authority
    this.#keys = keys
    this.#settings = settings
  }

  async answer(
    { method, url, headers }: Received,
    originOf: OriginOf,
  ): Promise<Response | undefined> {
    const { fhir, community } = this.#profile
    if (url.pathname !== `${fhir.path}/.well-known/udap`) return undefined
    if (method !== 'GET') return text(405)
    if (headers.has('authorization')) return text(400, 'metadata are read without credentials')
    const asked = url.searchParams.get('community')
    return asked === null || asked === community
      ? json(200, await this.#metadata(originOf))
      : new Response(null, { status: 204 })
  }

  async #metadata(originOf: OriginOf): Promise<object> {
    const { fhir, registrationEndpoint, signedMember, tefca, ...profile } = this.#profile
    const endpoints = {
      token_endpoint: urlOf(fhir.tokenEndpoint, originOf),
      registration_endpoint: urlOf(registrationEndpoint, originOf),
    }
    return {
      udap_versions_supported: ['1'],
      udap_profiles_supported: ['udap_dcr', 'udap_authn', 'udap_authz'],
      udap_authorization_extensions_supported: profile.supportedExtensions,
      udap_authorization_extensions_required: ['hl7-b2b'],
      udap_certifications_supported: profile.requiredCertifications,
      ...(tefca ? { udap_certifications_required: profile.requiredCertifications } : {}),
      grant_types_supported: ['client_credentials'],
      scopes_supported: udapScopes,
      ...endpoints,
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: udapAlgorithms,
      registration_endpoint_jwt_signing_alg_values_supported: udapAlgorithms,
      [signedMember]: await this.#signed(urlOf(fhir, originOf), endpoints, originOf),
    }
  }

  async #signed(base: string, endpoints: object, originOf: OriginOf): Promise<string> {
    const { now, randomUUID } = this.#settings
    const iat = Math.floor(now() / 1000)
    const claims = { iss: base, sub: base, iat, exp: iat + STATEMENT_SECONDS, jti: randomUUID() }
    const leaf = await this.#leafFor(base, originOf)
    const chain = [leaf, await this.#authority.intermediateFor(originOf)]
    return signJws({ ...claims, ...endpoints }, await this.#keys(), chain)
  }

  #leafFor(base: string, originOf: OriginOf): Promise<IssuedCertificate> {
    const leaf = this.#leaves.get(base) ?? this.#issue(base, originOf)
    this.#leaves.set(base, leaf)
    return leaf
  }

  async #issue(base: string, originOf: OriginOf): Promise<IssuedCertificate> {
    return this.#authority.issue(this.host, base, await this.#keys(), originOf)
  }
}
