/** Verification of signed metadata, step by step ([SSRAA, section 2.3](https://hl7.org/fhir/us/udap-security/STU2/discovery.html#signed-metadata-elements)). */
import type { Call } from '../http/call.ts'
import { parseUrl } from '../http/policies/parse-url.ts'
import type { UrlPolicy } from '../http/policies/egress.ts'
import { parseJws, type ParsedJws } from './jws.ts'
import type { ProvenChain, TrustStore } from './trust-store.ts'
import type { X509Certificate } from './x509/4.1-certificate.ts'
import { failure, isFailure, type TrustFailure } from './x509/failure.ts'

/** The endpoints that UDAP uses; each stands in the plain part and among the signed claims. */
const ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'registration_endpoint'] as const
const NEEDED: readonly string[] = ['token_endpoint', 'registration_endpoint']
const SKEW_MS = 60_000
const LONGEST_LIFE_MS = 366 * 24 * 60 * 60 * 1000

/** What is verified, and against what. */
export interface MetadataCheck {
  readonly trust: TrustStore
  readonly community: string
  readonly baseUrl: string
  readonly policy: UrlPolicy
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly call: Call
  /** The profile's names for the signed part, the preferred one first. */
  readonly signedMembers: readonly string[]
}

/** The claims of a signature that was verified. */
export interface SignedClaims {
  readonly claims: Readonly<Record<string, unknown>>
  readonly endpoints: Readonly<Partial<Record<(typeof ENDPOINTS)[number], string>>>
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  readonly proven: ProvenChain
  readonly warnings: readonly TrustFailure[]
}

/**
 * The claims, or the first step that failed. Each step relies only on what earlier ones proved.
 */
export async function verifySignedMetadata(
  document: Readonly<Record<string, unknown>>,
  check: MetadataCheck,
): Promise<SignedClaims | TrustFailure> {
  const member = check.signedMembers.find((name) => document[name] !== undefined)
  const jws = await parseJws(member === undefined ? undefined : document[member])
  if (isFailure(jws)) return jws
  const { trust, community, call } = check
  const proven = await trust.prove(jws.x5c, community, call, (leaf) =>
    signatureFailure(jws, leaf, trust),
  )
  if (isFailure(proven)) return proven
  const { claims } = jws
  const base = baseWarnings(claims.iss, check.baseUrl)
  const failed =
    sanFailure(claims.iss, proven.leaf) ??
    (isFailure(base) ? base : undefined) ??
    claimsFailure(claims) ??
    timesFailure(claims, check.now) ??
    endpointsFailure(document, claims, check.policy)
  if (failed !== undefined) return failed
  const warnings = [...jws.warnings, ...proven.warnings, ...(isFailure(base) ? [] : base)]
  return {
    claims,
    endpoints: endpointsOf(claims),
    expiresAt: millisecondsOf(claims.exp) ?? 0,
    proven,
    warnings,
  }
}

async function signatureFailure(
  { alg, signed, signature }: ParsedJws,
  leaf: X509Certificate,
  trust: TrustStore,
): Promise<TrustFailure | undefined> {
  const result = await trust.checks.checkJws(alg, signed, signature, leaf)
  if (result === 'good') return undefined
  return result === 'bad'
    ? failure('x5c', 'bad-signature', 'the key of its first certificate did not sign it', 0)
    : failure('x5c', result, `the key of its first certificate does not fit ${alg}`, 0)
}

function sanFailure(iss: unknown, leaf: X509Certificate): TrustFailure | undefined {
  const names = leaf.extensions.alternativeNames ?? []
  const isNamed = names.some(({ form, value }) => form === 'uri' && value === iss)
  if (isNamed) return undefined
  return failure('san', 'issuer-not-named', '"iss" is not a URI name of its certificate', 0)
}

/** Equal, or equal but for one trailing slash. */
function baseWarnings(iss: unknown, baseUrl: string): readonly TrustFailure[] | TrustFailure {
  if (iss === baseUrl) return []
  const trimmed = (text: string): string => text.replace(/\/$/, '')
  if (typeof iss === 'string' && trimmed(iss) === trimmed(baseUrl)) {
    return [failure('base', 'trailing-slash', '"iss" and the base URL differ in a trailing slash')]
  }
  return failure('base', 'other-base', '"iss" is not the requested base URL')
}

function claimsFailure({
  iss,
  sub,
  jti,
}: Readonly<Record<string, unknown>>): TrustFailure | undefined {
  if (sub !== iss) return failure('claims', 'other-subject', '"sub" is not "iss"')
  if (typeof jti !== 'string' || jti === '') return failure('claims', 'no-jti', 'it has no "jti"')
  return undefined
}

function timesFailure(
  claims: Readonly<Record<string, unknown>>,
  now: number,
): TrustFailure | undefined {
  const [issuedAt, expiresAt] = [millisecondsOf(claims.iat), millisecondsOf(claims.exp)]
  if (issuedAt === undefined || expiresAt === undefined) {
    return failure('times', 'no-times', '"iat" or "exp" is missing or not a number')
  }
  if (expiresAt <= now) return failure('times', 'expired', 'its "exp" has passed')
  if (issuedAt > now + SKEW_MS) return failure('times', 'issued-later', 'its "iat" is yet to come')
  const lifeMs = expiresAt - issuedAt
  if (lifeMs <= 0 || lifeMs > LONGEST_LIFE_MS) {
    return failure('times', 'too-long', '"exp" is not within 366 days after "iat"')
  }
  return undefined
}

function millisecondsOf(value: unknown): number | undefined {
  return typeof value === 'number' && Math.abs(value) < 8.64e12 ? value * 1000 : undefined
}

function endpointsFailure(
  plain: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  policy: UrlPolicy,
): TrustFailure | undefined {
  for (const name of ENDPOINTS) {
    const signed = claims[name]
    const isWanted = NEEDED.includes(name) || plain[name] !== undefined
    if (signed === undefined && !isWanted) continue
    if (typeof signed !== 'string') {
      return failure('endpoints', 'not-signed', `its claims lack "${name}"`)
    }
    if (plain[name] !== undefined && plain[name] !== signed) {
      return failure(
        'endpoints',
        'differs',
        `"${name}" is signed with another value than published`,
      )
    }
    if (!isSecure(signed, policy)) {
      return failure('endpoints', 'not-https', `"${name}" is not an https URL`)
    }
    // The authorization endpoint is never asked, so that it may be wherever it is.
    if (NEEDED.includes(name) && policy.reasonToReject(signed) !== undefined) {
      return failure('endpoints', 'url-refused', `"${name}" ${URL_REFUSED}`)
    }
  }
  return undefined
}

const URL_REFUSED =
  'is refused: it holds user info, a fragment, white space or a control character, or the options do not allow its host ("allowedOrigins", "allowedPrivateHosts")'

/** `http:` is the sandbox's alone. */
function isSecure(text: string, policy: UrlPolicy): boolean {
  const url = parseUrl(text)
  if (url === undefined || !/^https?:\/\/[^/]/i.test(text)) return false
  return url.protocol === 'https:' || policy.reasonToReject(text) === undefined
}

function endpointsOf(claims: Readonly<Record<string, unknown>>): SignedClaims['endpoints'] {
  const found: Partial<Record<(typeof ENDPOINTS)[number], string>> = {}
  for (const name of ENDPOINTS) {
    const value = claims[name]
    if (typeof value === 'string') found[name] = value
  }
  return found
}
