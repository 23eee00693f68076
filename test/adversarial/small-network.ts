/** One organization behind a transport of our own: quick, strict about assertions, and it remembers what it saw. */
import { turns } from '../support/time.ts'
import { verify, X509Certificate } from 'node:crypto'
import {
  CarequalityClient,
  type CarequalityClientOptions,
  type ClientEvent,
  type Signer,
  type Transport,
  type TransportRequest,
} from '../../src/index.ts'
import { createSandbox } from '../../src/testing/index.ts'

export type Stage =
  'directory' | 'metadata' | 'smart' | 'token' | 'read' | 'search' | 'page' | 'match' | 'binary'

/** An answer as bytes. */
export interface Raw {
  readonly status: number
  readonly type: string
  readonly body: Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

export const OID = '2.999.10'
export const BASE = 'https://fhir.example.org/r4'
export const TOKEN_ENDPOINT = 'https://fhir.example.org/oauth/token'
export const DIRECTORY = 'https://directory.example/fhir'
export const API_KEY = 'S3CRET-API-KEY'

/** What must never be shown. Tokens begin with the second, patients are called the third. */
export const planted: readonly string[] = [API_KEY, 'S3CRET-TOKEN', 'Zebulon', 'S3CRET-PIN', 'eyJ']

const identity = createSandbox().then(({ options }) => options)

/** The key of the tests, as somebody else's signer: what it gives is verified. */
export async function foreignSigner(sign?: Signer['sign']): Promise<Signer> {
  const { signer } = await identity
  return {
    algorithms: signer.algorithms,
    certificates: signer.certificates,
    sign: sign ?? ((data, context) => signer.sign(data, context)),
  }
}

export interface SmallNetworkOptions {
  /** Seconds, for `expires_in`. Default 300. */
  readonly expiresIn?: number
  /** Milliseconds after which the FHIR server refuses a token. Default: as `expires_in`. */
  readonly tokenLifeMs?: number
  /** Milliseconds that a token answer takes. */
  readonly tokenDelay?: number
}

/** A directory, a FHIR server and an authorization server. */
export class SmallNetwork {
  readonly counts: Map<Stage | 'elsewhere', number> = new Map<Stage | 'elsewhere', number>()
  /** What clients did that they must not. */
  readonly violations: string[] = []
  /** Purpose claim of the token that each read used, by the id that was read. */
  readonly purposes: Map<string, unknown> = new Map<string, unknown>()
  readonly #options: SmallNetworkOptions
  readonly #tokens = new Map<string, { readonly endsAt: number; readonly purpose: unknown }>()
  readonly #jtis = new Set<string>()

  constructor(options: SmallNetworkOptions = {}) {
    this.#options = options
  }

  get tokenCount(): number {
    return this.counts.get('token') ?? 0
  }

  async answer(request: TransportRequest): Promise<Raw> {
    const stage = stageOf(request)
    this.counts.set(stage, (this.counts.get(stage) ?? 0) + 1)
    if (stage === 'elsewhere') {
      this.violations.push(`${request.url} was asked`)
      return json({}, 404)
    }
    if (stage === 'token') return this.#token(request)
    if (stage === 'directory') return json(organization)
    if (stage === 'metadata') return json(capabilities)
    if (stage === 'smart') return json({ token_endpoint: TOKEN_ENDPOINT }, 200, 'application/json')
    const token = (request.headers.authorization ?? '').replace('Bearer ', '')
    const known = this.#tokens.get(token)
    if (known === undefined || known.endsAt < performance.now()) return json(outcome, 401)
    return this.#resource(stage, request, known.purpose)
  }

  #resource(stage: Stage, { url }: TransportRequest, purpose: unknown): Raw {
    const id = decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '')
    if (stage === 'read') {
      this.purposes.set(id, purpose)
      return json(patient(id))
    }
    if (stage === 'search') return json(bundle(['s1', 's2'], `${BASE}/Patient?page=2`))
    if (stage === 'page') return json(bundle(['s3']))
    if (stage === 'match') return json(bundle(['m1']))
    return { status: 200, type: 'application/pdf', body: new TextEncoder().encode('the content') }
  }

  async #token({ url, body, headers }: TransportRequest): Promise<Raw> {
    if (headers.authorization !== undefined) this.violations.push('a token request with a token')
    const form = new URLSearchParams(body)
    const claims = this.#checked(form.get('client_assertion') ?? '', url)
    const { expiresIn = 300, tokenLifeMs = expiresIn * 1_000, tokenDelay } = this.#options
    const value = `S3CRET-TOKEN-${this.#tokens.size + 1}`
    const endsAt = performance.now() + tokenLifeMs
    this.#tokens.set(value, { endsAt, purpose: claims.purpose_of_use })
    if (tokenDelay !== undefined) await turns(tokenDelay)
    const granted = { access_token: value, token_type: 'Bearer', expires_in: expiresIn }
    return json(granted, 200, 'application/json')
  }

  /** By node:crypto, with the certificate that the assertion itself carries. */
  #checked(assertion: string, url: string): Readonly<Record<string, unknown>> {
    const [header, claims] = assertion.split('.').slice(0, 2).map(decoded)
    const { x5c, alg } = header ?? {}
    const leaf = Array.isArray(x5c) && typeof x5c[0] === 'string' ? x5c[0] : ''
    const key = new X509Certificate(Buffer.from(leaf, 'base64')).publicKey
    const [input, signature] = [
      assertion.slice(0, assertion.lastIndexOf('.')),
      assertion.split('.')[2],
    ]
    const good = verify(
      `sha${String(alg).slice(2)}`,
      Buffer.from(input),
      { key, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature ?? '', 'base64url'),
    )
    if (!good) this.violations.push('a signature that does not fit its own certificate')
    const { jti, aud, exp, iat } = claims ?? {}
    if (this.#jtis.has(String(jti))) this.violations.push('a jti twice')
    this.#jtis.add(String(jti))
    if (aud !== url) this.violations.push('another audience than the URL asked')
    if (!(Number(exp) - Number(iat) <= 300)) this.violations.push('a life of more than 300 s')
    return claims ?? {}
  }
}

/** A client of the network; jitter and pauses between attempts are none. */
export async function clientOf(
  transport: Transport,
  options: Partial<CarequalityClientOptions> = {},
): Promise<{ client: CarequalityClient; events: ClientEvent[] }> {
  const { clientId, signer } = await identity
  const events: ClientEvent[] = []
  const client = new CarequalityClient({
    directory: { release: 'rce-r4', baseUrl: DIRECTORY, apiKey: API_KEY },
    ...{ clientId, signer, transport },
    tokenRequestsPerMinute: 1e6,
    randomUUID: () => `00000000${crypto.randomUUID().slice(8)}`,
    onEvent: (event) => events.push(event),
    ...options,
  })
  return { client, events }
}

/** The network as a transport that gives bodies in two pieces. */
export function transportTo(answer: (request: TransportRequest) => Promise<Raw>): Transport {
  return { send: async (request) => responseOf(await answer(request)) }
}

export function responseOf({
  status,
  type,
  body,
  headers,
}: Raw): Awaited<ReturnType<Transport['send']>> {
  const half = Math.ceil(body.length / 2)
  const pieces = [body.subarray(0, half), body.subarray(half)]
  return {
    status,
    headers: new Headers({ 'content-type': type, ...headers }),
    // eslint-disable-next-line @typescript-eslint/require-await -- an async iterable of what is there
    body: (async function* () {
      yield* pieces
    })(),
  }
}

export function stageOf({ url, method }: TransportRequest): Stage | 'elsewhere' {
  if (url.startsWith(`${DIRECTORY}/Organization`)) return 'directory'
  if (url === `${BASE}/metadata`) return 'metadata'
  if (url === `${BASE}/.well-known/smart-configuration`) return 'smart'
  if (url === TOKEN_ENDPOINT) return 'token'
  if (url === `${BASE}/Patient/_search` && method === 'POST') return 'search'
  if (url === `${BASE}/Patient?page=2`) return 'page'
  if (url === `${BASE}/Patient/$match`) return 'match'
  if (url.startsWith(`${BASE}/Patient/`)) return 'read'
  return url.startsWith(`${BASE}/Binary/`) ? 'binary' : 'elsewhere'
}

export function json(value: unknown, status = 200, type = 'application/fhir+json'): Raw {
  return { status, type, body: new TextEncoder().encode(JSON.stringify(value)) }
}

export function patient(id: string): object {
  return { resourceType: 'Patient', id, name: [{ family: 'Zebulon' }], birthDate: '1931-02-17' }
}

export function bundle(ids: readonly string[], next?: string): object {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    link: next === undefined ? [] : [{ relation: 'next', url: next }],
    entry: ids.map((id) => ({ resource: patient(id), search: { mode: 'match' } })),
  }
}

export const organization: object = {
  resourceType: 'Organization',
  id: OID,
  active: true,
  name: 'Clinic',
  contained: [
    {
      resourceType: 'Endpoint',
      id: 'e1',
      status: 'active',
      connectionType: { code: 'hl7-fhir-rest' },
      address: BASE,
    },
  ],
  endpoint: [{ reference: '#e1' }],
}
export const capabilities: object = {
  resourceType: 'CapabilityStatement',
  fhirVersion: '4.0.1',
  rest: [
    {
      mode: 'server',
      security: {
        extension: [
          {
            url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
            extension: [{ url: 'token', valueUri: TOKEN_ENDPOINT }],
          },
        ],
      },
    },
  ],
}
const outcome = {
  resourceType: 'OperationOutcome',
  issue: [{ code: 'login', diagnostics: 'Zebulon' }],
}

function decoded(part: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
}
