import type { JWK } from 'jose'
import { compactVerify } from 'jose/jws/compact/verify'
import { importJWK } from 'jose/key/import'
import { isRecord } from '../lib/arguments.ts'
import { certificateKey, keyId, type RegisteredKey } from './registered-keys.ts'

/**
 * Algorithms that the authorization servers accept; the order is that of `smart-configuration`.
 */
export const assertionAlgorithms: readonly string[] = ['RS384', 'ES384', 'RS256', 'ES256']

/** Scopes that the authorization servers grant. */
export const knownScopes: readonly string[] = [
  'system/Patient.read',
  'system/Patient.r',
  'system/Patient.s',
  'system/Patient.rs',
  'system/DocumentReference.read',
  'system/DocumentReference.rs',
  'system/Observation.read',
  'system/Observation.rs',
  'system/Binary.read',
  'system/Binary.rs',
  'system/*.read',
  'system/*.rs',
]

/** What an authorization server checks an assertion against. */
export interface AssertionRules {
  /** The token URL, exactly as published. */
  readonly audience: string
  readonly requireTyp: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly keysOf: (clientId: string) => readonly RegisteredKey[]
}

/** Why an assertion was rejected; becomes the `error_description`. */
export class Refusal extends Error {
  override readonly name: string = 'Refusal'
}

/** The client that a valid assertion speaks for, and its `jti`. Throws a {@link Refusal} otherwise. */
export async function checkAssertion(
  assertion: string,
  rules: AssertionRules,
): Promise<{ clientId: string; jti: string }> {
  const [header, claims] = assertion.split('.', 2).map(readPart)
  if (header === undefined || claims === undefined) refuse('the assertion is not a compact JWS')
  const { alg, kid, x5c } = header
  if (typeof alg !== 'string' || !assertionAlgorithms.includes(alg)) refuse('"alg" is not accepted')
  if (rules.requireTyp && header.typ !== 'JWT') refuse('"typ" must be JWT')
  const { clientId, jti } = checkClaims(claims, rules)

  let keys = rules.keysOf(clientId)
  if (keys.length === 0) refuse('the client is not registered')
  if (x5c !== undefined) {
    const leaf = await leafThumbprint(x5c, alg)
    keys = keys.filter(({ thumbprint }) => thumbprint === leaf)
    if (keys.length === 0) refuse('the leaf of "x5c" does not hold the registered key')
  }
  if (kid !== undefined) {
    keys = keys.filter((key) => key.thumbprint === kid || key.kid === kid)
    if (keys.length === 0) refuse('"kid" is not known')
  }
  for (const key of keys) {
    if (await verifies(assertion, key.jwk, alg)) return { clientId, jti }
  }
  return refuse('the signature does not verify with the registered key')
}

function checkClaims(
  { iss, sub, aud, exp, iat, nbf, jti }: Readonly<Record<string, unknown>>,
  { audience, now }: AssertionRules,
): { clientId: string; jti: string } {
  const seconds = now / 1000
  if (typeof iss !== 'string' || iss === '' || iss !== sub) refuse('"iss" and "sub" must be equal')
  if (aud !== audience) refuse(`"aud" must be ${audience}`)
  if (!isNumber(exp) || !isNumber(iat)) refuse('"exp" and "iat" must be numbers')
  if (exp <= seconds) refuse('the assertion has expired')
  if (iat > seconds) refuse('"iat" is in the future')
  if (exp - iat > 300) refuse('the assertion lives longer than 300 seconds')
  if (nbf !== undefined && !(isNumber(nbf) && nbf <= seconds)) refuse('"nbf" is in the future')
  if (typeof jti !== 'string' || jti === '') refuse('"jti" must be a text')
  return { clientId: iss, jti }
}

async function leafThumbprint(x5c: unknown, alg: string): Promise<string> {
  const chain: readonly unknown[] = Array.isArray(x5c) ? x5c : []
  const [leaf] = chain
  if (!isBase64(leaf) || !chain.every(isBase64)) refuse('"x5c" must be an array of base64 DER')
  try {
    return await keyId(await certificateKey(leaf, alg))
  } catch {
    return refuse('the leaf of "x5c" cannot be read')
  }
}

async function verifies(assertion: string, jwk: JWK, alg: string): Promise<boolean> {
  try {
    await compactVerify(assertion, await importJWK(jwk, alg), { algorithms: [alg] })
    return true
  } catch {
    return false
  }
}

function readPart(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const bytes = Uint8Array.from(atob(part.replace(/-/g, '+').replace(/_/g, '/')), (character) =>
      character.charCodeAt(0),
    )
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** `x5c` is standard base64 without line breaks, not base64url ([RFC 7515, section 4.1.6](https://www.rfc-editor.org/rfc/rfc7515#section-4.1.6)). */
function isBase64(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9+/]+={0,2}$/.test(value)
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function refuse(reason: string): never {
  throw new Refusal(reason)
}
