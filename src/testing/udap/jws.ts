/** JWS with certificates: how the servers sign, and how they read what clients signed. */
import { compactVerify } from 'jose/jws/compact/verify'
import { importJWK } from 'jose/key/import'
import { TrustError } from '../../errors.ts'
import { isRecord } from '../../lib/arguments.ts'
import { fromBase64, toBase64 } from '../../signers/base64.ts'
import type { TrustStore } from '../../udap/trust-store.ts'
import type { CertificateFacts } from '../../udap/verified-chain.ts'
import type { IssuedCertificate } from '../pki.ts'
import { ascii, signatureOf, type Keys } from '../pki-values.ts'
import { certificateKey } from '../registered-keys.ts'

/** What the servers take; RS256 is the one that all must. */
export const udapAlgorithms: readonly string[] = ['RS256', 'ES256', 'RS384', 'ES384']

/** Members of a header or of claims; nothing about them is certain. */
export type Members = Readonly<Record<string, unknown>>

/** Why a server refuses; becomes `error` and `error_description`. */
export class UdapRefusal extends Error {
  override readonly name: string = 'UdapRefusal'
  readonly error: string
  /** More members of the error response. */
  readonly more: object

  constructor(error: string, description: string, more: object = {}) {
    super(description)
    this.error = error
    this.more = more
  }
}

/** What each kind of failure is called: it differs between registration, certification and token. */
export interface JwsErrors {
  readonly malformed: string
  readonly signature: string
  readonly untrusted: string
}

/** A JWS whose signature and certificates were verified. */
export interface VerifiedJws {
  readonly claims: Members
  readonly leaf: CertificateFacts
}

/** Signs claims with RS256 and a chain, leaf first. */
export async function signJws(
  claims: object,
  keys: Keys,
  chain: readonly IssuedCertificate[],
): Promise<string> {
  const header = { alg: 'RS256', x5c: chain.map(({ der }) => toBase64(der)) }
  const input = `${toBase64Url(ascii(JSON.stringify(header)))}.${toBase64Url(ascii(JSON.stringify(claims)))}`
  return `${input}.${toBase64Url(await signatureOf(ascii(input), keys))}`
}

/** Verifies header, signature and certificates of a JWS; throws a {@link UdapRefusal}. */
export async function verifyJws(
  jws: string,
  community: string,
  trust: TrustStore,
  errors: JwsErrors,
): Promise<VerifiedJws> {
  const refuse = (error: string, why: string): never => {
    throw new UdapRefusal(error, why)
  }
  const parts = jws.split('.')
  const [header, claims] = parts.slice(0, 2).map(readPart)
  if (parts.length !== 3 || header === undefined || claims === undefined) {
    return refuse(errors.malformed, 'it is not a compact JWS with JSON in it')
  }
  const { alg, x5c, crit } = header
  if (typeof alg !== 'string' || !udapAlgorithms.includes(alg)) {
    return refuse(errors.malformed, `"alg" must be one of ${udapAlgorithms.join(', ')}`)
  }
  if (crit !== undefined) return refuse(errors.malformed, '"crit" names what is not known here')
  const chain: readonly unknown[] = Array.isArray(x5c) ? x5c : []
  if (!chain.every((one) => typeof one === 'string') || chain[0] === undefined) {
    return refuse(errors.malformed, '"x5c" must be an array of base64 certificates, leaf first')
  }
  if (!(await verifies(jws, chain[0], alg))) {
    return refuse(errors.signature, 'the signature does not verify with the leaf of "x5c"')
  }
  try {
    return { claims, leaf: (await trust.verify(chain, { community })).leaf }
  } catch (error) {
    if (!(error instanceof TrustError)) throw error
    return refuse(errors.untrusted, `the certificates are not trusted here: ${error.message}`)
  }
}

async function verifies(jws: string, leaf: string, alg: string): Promise<boolean> {
  try {
    const key = await importJWK(await certificateKey(leaf, alg), alg)
    await compactVerify(jws, key, { algorithms: [alg] })
    return true
  } catch {
    return false
  }
}

/** The JSON object in a part of a JWS. */
export function readPart(part: string): Members | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(part)) return undefined
  const bytes = fromBase64(part.replaceAll('-', '+').replaceAll('_', '/'))
  if (bytes === undefined) return undefined
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Base64url without padding, as the parts of a JWS are. */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')
}
