/** JWS with certificates: how the servers sign, and how they read what clients signed. */
import { decode, encode } from 'jose/base64url'
import { compactVerify } from 'jose/jws/compact/verify'
import { importJWK } from 'jose/key/import'
import { TrustError } from '../../errors.ts'
import { isRecord } from '../../lib/arguments.ts'
import { toBase64 } from '../../signers/base64.ts'
import type { TrustStore } from '../../udap/trust-store.ts'
import type { CertificateFacts } from '../../udap-facts.ts'
import type { IssuedCertificate } from '../pki.ts'
import { ascii, signatureOf, type Keys } from '../pki-values.ts'
import { certificateKey } from '../registered-keys.ts'

/** What the servers accept; RS256 is the one that all must. */
export const udapAlgorithms: readonly string[] = ['RS256', 'ES256', 'RS384', 'ES384']

/** Members of a header or of claims; none is reliable. */
export type Members = Readonly<Record<string, unknown>>

/** Why a server rejects; becomes `error` and `error_description`. */
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
  const input = `${encode(ascii(JSON.stringify(header)))}.${encode(ascii(JSON.stringify(claims)))}`
  return `${input}.${encode(await signatureOf(ascii(input), keys))}`
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
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(decode(part))
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
