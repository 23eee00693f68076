/** A whole responder behind a fetch: metadata, smart-configuration, token endpoint and Patients. */
import {
  CarequalityClient,
  type CarequalityClientOptions,
  type ClientEvent,
  type DirectoryEntry,
  type Signer,
} from '../../src/index.ts'
import { createSandbox } from '../../src/testing/index.ts'
import { base, fhir, patient, recording, type Seen } from './fhir-answers.ts'

export const tokenEndpoint = 'https://fhir.example.org/oauth/token'

/** How the responder answers; what is left out is a 404, but for tokens and Patients. */
export interface Responses {
  readonly metadata?: (request: Seen) => Response | Promise<Response>
  readonly smart?: (request: Seen) => Response | Promise<Response>
  readonly token?: (request: Seen) => Response | Promise<Response>
  readonly patients?: (request: Seen) => Response | Promise<Response>
}

export interface World {
  readonly client: CarequalityClient
  readonly seen: Seen[]
  readonly events: ClientEvent[]
  /** Requests of one kind so far. */
  of: (kind: Kind) => Seen[]
}

type Kind = 'metadata' | 'smart' | 'token' | 'patients'

let identity: Signer | undefined

/** One key for a test file: making one takes a while. */
export async function signer(): Promise<Signer> {
  identity ??= (await createSandbox()).options.signer
  return identity
}

export async function world(
  responses: Responses = {},
  options: Partial<CarequalityClientOptions> = {},
): Promise<World> {
  const events: ClientEvent[] = []
  const { fetch, seen } = recording((request) => {
    const answer = responses[kindOf(request)]
    return answer === undefined ? usual(kindOf(request)) : answer(request)
  })
  const client = new CarequalityClient({
    clientId: 'fhir.example-hospital.org',
    signer: await signer(),
    fetch,
    onEvent: (event) => events.push(event),
    ...options,
  })
  const of: World['of'] = (kind) => seen.filter((request) => kindOf(request) === kind)
  return { client, seen, events, of }
}

function kindOf({ url, body }: Seen): Kind {
  const { pathname } = new URL(url)
  if (pathname.endsWith('/metadata')) return 'metadata'
  if (pathname.endsWith('/.well-known/smart-configuration')) return 'smart'
  return body.includes('client_assertion') ? 'token' : 'patients'
}

function usual(kind: Kind): Response {
  if (kind === 'token') return token('S3CRET-TOKEN')
  return kind === 'patients' ? fhir(200, patient('1')) : fhir(404, '')
}

export function token(value: string, more: object = {}): Response {
  const body = { access_token: value, token_type: 'Bearer', expires_in: 300, ...more }
  return Response.json(body)
}

export interface StatementParts {
  readonly token?: string
  readonly version?: string
  readonly implementation?: string
  readonly searchModes?: readonly string[]
}

export function statement(parts: StatementParts = {}): Response {
  const { token: valueUri, version = '4.0.1', implementation, searchModes = [] } = parts
  const url = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'
  const mode = 'http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-mode'
  const extension = valueUri === undefined ? [] : [{ url, extension: [{ url: 'token', valueUri }] }]
  const modes = searchModes.map((valueCode) => ({ url: mode, valueCode }))
  return fhir(200, {
    resourceType: 'CapabilityStatement',
    fhirVersion: version,
    implementation: { url: implementation },
    rest: [
      {
        mode: 'server',
        security: { extension },
        resource: [{ type: 'Patient', extension: modes }],
      },
    ],
  })
}

export function smartConfiguration(more: object = { token_endpoint: tokenEndpoint }): Response {
  return Response.json(more)
}

/** The claims of the assertion in a token request. */
export function claimsOf({ body }: Seen): Record<string, unknown> {
  return decoded(body, 1)
}

/** The header of the assertion in a token request. */
export function headerOf({ body }: Seen): Record<string, unknown> {
  return decoded(body, 0)
}

function decoded(body: string, at: number): Record<string, unknown> {
  const part = new URLSearchParams(body).get('client_assertion')?.split('.')[at] ?? ''
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
}

/** A directory entry with one FHIR endpoint. */
export function entry(oid: string, address: string = base): DirectoryEntry {
  const endpoint = { address, transactions: ['FHIR REST'], fhirVersion: '4.0.1' }
  return { id: oid, oid, name: oid, active: true, endpoints: [endpoint], resource: {} }
}
