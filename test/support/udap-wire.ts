/** UDAP by hand: what a client sends to the sandbox's servers, each part replaceable by a wrong one. */
import { createSandbox, type Sandbox } from '../../src/testing/index.ts'
import type {
  SandboxUdap,
  SandboxUdapIdentity,
  SandboxUdapServer,
} from '../../src/testing/udap/udap-network.ts'

export const UDAP_NOW: number = Date.parse('2026-11-29T00:00:00Z')
export const TEFCA_BASIC_APP =
  'https://rce.sequoiaproject.org/udap/profiles/basic-app-certification'

type Claims = Readonly<Record<string, unknown>>
export type UdapSandbox = Sandbox & { readonly udap: SandboxUdap }

export interface UdapMetadata {
  readonly token_endpoint: string
  readonly registration_endpoint: string
  readonly [member: string]: unknown
}

let sandbox: Promise<UdapSandbox> | undefined

/** One sandbox for a test file: its keys take long to make. */
export function sharedUdapSandbox(): Promise<UdapSandbox> {
  sandbox ??= createSandbox({ udap: true, now: () => UDAP_NOW })
  return sandbox
}

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A JWS by the identity's key; `header` replaces members of the header. */
export async function signedBy(
  { signer }: SandboxUdapIdentity,
  claims: Claims,
  header: Claims = {},
): Promise<string> {
  const input = `${encode({ alg: 'RS256', x5c: signer.certificates, ...header })}.${encode(claims)}`
  const { signal } = new AbortController()
  const signature = await signer.sign(Buffer.from(input), { alg: 'RS256', signal })
  return `${input}.${Buffer.from(signature).toString('base64url')}`
}

/** `iat`, `exp` and a new `jti`. */
export const times = (): Claims => ({
  iat: UDAP_NOW / 1000 - 5,
  exp: UDAP_NOW / 1000 + 200,
  jti: crypto.randomUUID(),
})

export function statementOf(identity: SandboxUdapIdentity, audience: string): Claims {
  return {
    iss: identity.clientUri,
    sub: identity.clientUri,
    aud: audience,
    ...times(),
    client_name: 'Example Hospital',
    contacts: ['mailto:ops@example.org'],
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'private_key_jwt',
    scope: 'system/Patient.read system/Observation.read',
  }
}

export function certificationOf(udap: SandboxUdap, clientUri: string): Claims {
  return {
    iss: clientUri,
    sub: clientUri,
    ...times(),
    certification_name: 'TEFCA Basic App Certification',
    certification_uris: [TEFCA_BASIC_APP],
    grant_types: ['client_credentials'],
    exchange_purposes: [clientUri.slice(clientUri.indexOf('#') + 1)],
    home_community_id: udap.homeCommunityId,
  }
}

export const b2b: Claims = {
  version: '1',
  organization_id: 'urn:oid:2.999.77',
  organization_name: 'Example Hospital',
  purpose_of_use: ['urn:oid:2.16.840.1.113883.5.8#TREAT'],
}

/** The wire of one server. */
export class UdapWire {
  readonly sandbox: UdapSandbox
  readonly server: SandboxUdapServer

  constructor(sandbox: UdapSandbox, server: SandboxUdapServer) {
    this.sandbox = sandbox
    this.server = server
  }

  get(url: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.sandbox.fetch(new Request(url, { headers }))
  }

  async metadata(): Promise<UdapMetadata> {
    const response = await this.get(`${this.server.baseUrl}/.well-known/udap`)
    return (await response.json()) as UdapMetadata
  }

  async post(url: string, body: string, type: string): Promise<UdapAnswer> {
    const request = new Request(url, { method: 'POST', body, headers: { 'content-type': type } })
    const response = await this.sandbox.fetch(request)
    return { status: response.status, ...((await response.json()) as object) }
  }

  register(statement: string, more: Claims = {}): Promise<UdapAnswer> {
    const body = JSON.stringify({ software_statement: statement, udap: '1', ...more })
    return this.post(this.url('register'), body, 'application/json')
  }

  token(assertion: string, more: Readonly<Record<string, string>> = {}): Promise<UdapAnswer> {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'system/Patient.read',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
      udap: '1',
      ...more,
    })
    return this.post(this.url('token'), form.toString(), 'application/x-www-form-urlencoded')
  }

  url(name: 'register' | 'token'): string {
    return new URL(`/udap/${name}`, this.server.baseUrl).href
  }

  /** Registers a client as it should be; gives its id. */
  async registered(identity: SandboxUdapIdentity): Promise<string> {
    const { udap } = this.sandbox
    const statement = await signedBy(identity, statementOf(identity, this.url('register')))
    const isTefca = this.server.profile === 'tefca'
    const certifications = isTefca
      ? [await signedBy(identity, certificationOf(udap, identity.clientUri))]
      : []
    const { client_id: id } = await this.register(statement, { certifications })
    if (id === undefined) throw new Error('the sandbox refused a good registration')
    return id
  }

  async assertion(
    identity: SandboxUdapIdentity,
    clientId: string,
    claims: Claims = {},
  ): Promise<string> {
    return signedBy(identity, {
      iss: clientId,
      sub: clientId,
      aud: this.url('token'),
      ...times(),
      ...claims,
    })
  }
}

export interface UdapAnswer {
  readonly status: number
  readonly client_id?: string
  readonly access_token?: string
  readonly error?: string
  readonly error_description?: string
  readonly [member: string]: unknown
}
