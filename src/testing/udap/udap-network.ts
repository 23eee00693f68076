/** The UDAP part of the sandbox: three servers, their communities, and clients for them. */
import type { Patient } from 'fhir/r4.js'
import { requireText } from '../../lib/arguments.ts'
import { toBase64 } from '../../signers/base64.ts'
import type { Signer } from '../../signers/signer.ts'
import { trustStore, type TrustStore } from '../../udap/trust-store.ts'
import { pem } from '../certificate-factory.ts'
import { FhirServer } from '../fhir-server.ts'
import type { Holdings } from '../fhir-interactions.ts'
import { createKeys, signatureOf, type Keys } from '../pki-values.ts'
import type { SandboxOrganization } from '../organizations.ts'
import { urlOf, type OriginOf, type Service } from '../respond.ts'
import { CommunityAuthority } from './authority.ts'
import { CredentialProvider } from './ias-extension.ts'
import { MetadataServer } from './metadata-server.ts'
import { udapServers, type SandboxUdapProfile, type UdapServerProfile } from './profiles.ts'
import { RegistrationServer, type UdapSettings } from './registration-server.ts'
import { UdapTokenServer } from './token-server.ts'

const HOME_COMMUNITY = 'urn:oid:2.999.77'

/** A trust community of the sandbox, as `trustStore` takes it. */
export interface SandboxCommunity {
  readonly community: string
  /** PEM. */
  readonly anchors: string
  /** PEM. */
  readonly intermediates: string
}

/** A server of the sandbox. */
export interface SandboxUdapServer {
  readonly profile: SandboxUdapProfile
  readonly community: string
  /** OID in the directory; that of the TEFCA server is in the RCE directory. */
  readonly organization: string
  readonly baseUrl: string
}

/** A client with a certificate of a community: spread it into `new UdapClient`. */
export interface SandboxUdapIdentity {
  readonly clientUri: string
  readonly community: string
  readonly signer: Signer
  /** The same as PEM files, for trying `pemSigner`. */
  readonly pem: { readonly key: string; readonly certificates: string }
}

/** UDAP in the sandbox, under its real host names; `listen()` gives those of the ports. */
export interface SandboxUdap {
  readonly communities: readonly SandboxCommunity[]
  readonly servers: Readonly<Record<SandboxUdapProfile, SandboxUdapServer>>
  /** Home community of the sandbox's client, as certifications and id tokens name it. */
  readonly homeCommunityId: string
  /**
   * A client of the community of that server. For `tefca` its URI ends in the exchange purpose, by
   * default `T-TREAT`; the others have none.
   */
  identity(profile: SandboxUdapProfile, purpose?: string): Promise<SandboxUdapIdentity>
  /** An id token of a credential service provider that the TEFCA server knows, about this person. */
  idToken(person: Pick<Patient, 'name' | 'birthDate'>): Promise<string>
  /** Revokes every certificate with this URI: a client's, or that of a server's base URL. */
  revoke(uri: string): void
  /** The server loses its registrations. */
  forgetClients(profile: SandboxUdapProfile): void
}

/** The services behind it, in the order in which they are asked. */
export interface UdapNetwork {
  readonly udap: SandboxUdap
  readonly services: readonly Service[]
  /** Hosts of the authorities. */
  readonly plainHosts: readonly string[]
  /** The FHIR base of each server where hosts have these origins. */
  baseUrls(originOf: OriginOf): Readonly<Record<SandboxUdapProfile, string>>
  /** Entries of the Carequality directories. */
  readonly carequality: readonly SandboxOrganization[]
  /** Entries of the RCE directory. */
  readonly rce: readonly SandboxOrganization[]
}

/** An RSA key takes a quarter of a second, so that each is made when it is first needed. */
function rsaKeys(): () => Promise<Keys> {
  let keys: Promise<Keys> | undefined
  return () => (keys ??= createKeys('RSA'))
}

/** Makes the authorities, whose keys are on a curve. */
export async function createUdapNetwork(
  holdings: Holdings,
  settings: Omit<UdapSettings, 'trust'>,
): Promise<UdapNetwork> {
  const { now } = settings
  const clientKeys = rsaKeys()
  const authorities = new Map<string, CommunityAuthority>()
  for (const { name } of udapServers) {
    authorities.set(name, await CommunityAuthority.create(name, now))
  }
  const authorityOf = (name: SandboxUdapProfile): CommunityAuthority => {
    const authority = authorities.get(name)
    if (authority === undefined) throw new TypeError('"profile" must be one of the sandbox')
    return authority
  }
  const communities = udapServers.map(({ name, community }) => ({
    community,
    anchors: pem('CERTIFICATE', authorityOf(name).root.der),
    intermediates: pem('CERTIFICATE', authorityOf(name).intermediate.der),
  }))
  const csp = new CredentialProvider(rsaKeys(), now)
  const trust = trustOf(communities, [...authorities.values()], now)
  const shared = { ...settings, trust, csp, patients: holdings.patients }
  const registrations = new Map<string, RegistrationServer>()
  const services = udapServers.flatMap((profile) => {
    const registration = new RegistrationServer(profile, shared)
    registrations.set(profile.name, registration)
    const tokens = new UdapTokenServer(profile, registration, shared)
    return [
      registration,
      tokens,
      new MetadataServer(profile, authorityOf(profile.name), rsaKeys(), settings),
      new FhirServer(profile.fhir, holdings, tokens),
    ]
  })
  const udap: SandboxUdap = {
    communities,
    servers: byProfile(serverOf),
    homeCommunityId: HOME_COMMUNITY,
    identity: async (profile, purpose = profile === 'tefca' ? 'T-TREAT' : undefined) => {
      const authority = authorityOf(profile)
      const { community } = udapServers.find(({ name }) => name === profile) ?? { community: '' }
      const clientUri = `https://fhir.example-hospital.org/udap${purpose === undefined ? '' : `#${requireText(purpose, 'purpose')}`}`
      return { clientUri, community, ...(await signerOf(authority, clientUri, await clientKeys())) }
    },
    idToken: (person) => csp.idToken(person, HOME_COMMUNITY),
    revoke: (uri) => {
      const found = [...authorities.values()].map((authority) => authority.revoke(uri))
      if (!found.includes(true)) throw new TypeError('"uri" is in no certificate of the sandbox')
    },
    forgetClients: (profile) => {
      authorityOf(profile)
      registrations.get(profile)?.forget()
    },
  }
  return {
    udap,
    services: [...services, ...authorities.values()],
    plainHosts: [...authorities.values()].map(({ host }) => host),
    baseUrls: (originOf) => byProfile(({ fhir }) => urlOf(fhir, originOf)),
    carequality: udapServers.flatMap((one) => (one.tefca ? [] : [one.organization])),
    rce: udapServers.flatMap((one) => (one.tefca ? [one.organization] : [])),
  }
}

/** The servers ask the authorities directly: what they do is no request of the sandbox's client. */
function trustOf(
  communities: readonly SandboxCommunity[],
  authorities: readonly CommunityAuthority[],
  now: () => number,
): TrustStore {
  const fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url)
    const authority = authorities.find(({ host }) => host === url.host)
    const received = { method: request.method, url, headers: request.headers, body: '' }
    return (await authority?.answer(received)) ?? new Response(null, { status: 404 })
  }
  // No list is cached, so that a certificate is refused from the moment of its revocation.
  return trustStore(communities, { fetch, now, maxCacheBytes: 1 })
}

async function signerOf(
  authority: CommunityAuthority,
  clientUri: string,
  keys: Keys,
): Promise<Pick<SandboxUdapIdentity, 'signer' | 'pem'>> {
  const leaf = await authority.issue('fhir.example-hospital.org', clientUri, keys)
  const chain = [leaf, authority.intermediate].map(({ der }) => der)
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', keys.privateKey))
  return {
    signer: {
      algorithms: ['RS256'],
      certificates: chain.map(toBase64),
      async sign(data, { signal }) {
        signal.throwIfAborted()
        return signatureOf(data, keys)
      },
    },
    pem: {
      key: pem('PRIVATE KEY', pkcs8),
      certificates: chain.map((der) => pem('CERTIFICATE', der)).join(''),
    },
  }
}

function byProfile<T>(make: (server: UdapServerProfile) => T): Record<SandboxUdapProfile, T> {
  // The servers are one of each profile.
  return Object.fromEntries(udapServers.map((one) => [one.name, make(one)])) as Record<
    SandboxUdapProfile,
    T
  >
}

function serverOf({ name, community, fhir, organization }: UdapServerProfile): SandboxUdapServer {
  return {
    profile: name,
    community,
    organization: organization.oid,
    baseUrl: `https://${fhir.host}${fhir.path}`,
  }
}
