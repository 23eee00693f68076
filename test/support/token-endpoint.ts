/** Keys, signers and a fake token endpoint for tests of `src/auth`; signatures are made and checked by OpenSSL. */
import { generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto'
import type { AssertionSignerOptions } from '../../src/auth/assertion-options.ts'
import { AssertionSigner } from '../../src/auth/assertion-signer.ts'
import type { TokenRequest } from '../../src/auth/requested-token.ts'
import { TokenProvider, type TokenProviderOptions } from '../../src/auth/token-provider.ts'
import { pemSigner, type Signer, type SigningAlgorithm } from '../../src/signers/index.ts'
import type { SignerExtras } from '../../src/signers/index.ts'
import type { HttpOptions } from '../../src/types.ts'
import { wire, type Wire } from './answering-fetch.ts'

export { until } from './time.ts'

export type Kind = 'RSA' | 'P-256' | 'P-384'
export interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

export function keyPair(kind: Kind): Pair {
  return kind === 'RSA'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: kind })
}

/** One of the library's own signers. */
export function ownSigner(pair: Pair, extras: SignerExtras = {}): Promise<Signer> {
  const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return pemSigner({ key, ...extras })
}

/** A signature as JWS has it, or as HSMs give it. */
export function opensslSignature(
  key: KeyObject,
  alg: SigningAlgorithm,
  data: Uint8Array,
  dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363',
): Uint8Array {
  return new Uint8Array(sign(`sha${alg.slice(2)}`, data, { key, dsaEncoding }))
}

export interface CountingSigner extends Signer {
  /** How often it was asked to sign. */
  calls: number
}

/** A signer of somebody else's. `sign` in place of a good one. */
export function customSigner(
  pair: Pair,
  alg: SigningAlgorithm,
  more: Partial<Signer> & { dsaEncoding?: 'ieee-p1363' | 'der' } = {},
): CountingSigner {
  const { dsaEncoding, sign: own, ...rest } = more
  const made: CountingSigner = {
    calls: 0,
    algorithms: [alg],
    publicJwk: { kty: '', ...pair.publicKey.export({ format: 'jwk' }) },
    ...rest,
    sign: async (data, context) => {
      made.calls += 1
      if (own !== undefined) return own(data, context)
      return Promise.resolve(opensslSignature(pair.privateKey, context.alg, data, dsaEncoding))
    },
  }
  return made
}

export interface ReadJwt {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  readonly signature: Uint8Array
  readonly input: string
  /** The header's text, to see the order of its members. */
  readonly headerText: string
}

export function readJwt(jwt: string): ReadJwt {
  const [header = '', claims = '', signature = '', ...rest] = jwt.split('.')
  if (rest.length > 0 || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(jwt)) throw new Error('no compact JWS')
  const headerText = Buffer.from(header, 'base64url').toString()
  return {
    header: JSON.parse(headerText) as Readonly<Record<string, unknown>>,
    claims: JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>,
    signature: Buffer.from(signature, 'base64url'),
    input: `${header}.${claims}`,
    headerText,
  }
}

/** Whether OpenSSL finds the assertion's signature good. */
export function opensslAccepts(jwt: string, key: KeyObject): boolean {
  const { header, signature, input } = readJwt(jwt)
  const hash = `sha${String(header.alg).slice(2)}`
  return verify(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }, signature)
}

export const endpoint = 'https://as.example.org/token'

/** A request that may be made; members in its place. */
export function asking(more: Partial<TokenRequest> = {}): TokenRequest {
  return {
    tokenEndpoint: endpoint,
    fhirBaseUrl: 'https://fhir.example.org/r4',
    scope: 'system/Patient.read',
    ...more,
  }
}

/** A token answer; members in its place, undefined leaves one out. */
export function granted(members: Readonly<Record<string, unknown>> = {}): Response {
  const body = { access_token: 'token', token_type: 'Bearer', expires_in: 300, ...members }
  return answered(JSON.stringify(body))
}

export function answered(body: string, status = 200, type = 'application/json'): Response {
  return new Response(body, { status, headers: { 'content-type': type } })
}

const bodies = new WeakMap<Request, string>()

/** A {@link Wire} that keeps what was sent: a request's body can only be read while it is under way. */
export function tokenWire(answer: (request: Request, number: number) => Answer): Wire {
  return wire(async (request, number) => {
    bodies.set(request, await request.text())
    return answer(request, number)
  })
}

type Answer = Response | Promise<Response>

/** The form that a request over a {@link tokenWire} carried. */
export function formOf(request: Request | undefined): URLSearchParams {
  const body = request === undefined ? undefined : bodies.get(request)
  if (body === undefined) throw new Error('no such request')
  return new URLSearchParams(body)
}

export function assertionOf(request: Request | undefined): ReadJwt {
  return readJwt(formOf(request).get('client_assertion') ?? '')
}

const shared = ownSigner(keyPair('P-256'))

/** A provider over these options with a quick key of its own, and no guard that slows it down. */
export async function provider(
  http: HttpOptions,
  own: Partial<AssertionSignerOptions> = {},
  more: Partial<TokenProviderOptions> = {},
): Promise<TokenProvider> {
  const { now, onEvent } = http
  const assertions = new AssertionSigner({
    clientId: 'client.example.org',
    signer: own.signer ?? (await shared),
    now,
    onEvent,
    ...own,
  })
  return new TokenProvider({ ...http, assertions, tokenRequestsPerMinute: 1e6, ...more })
}
