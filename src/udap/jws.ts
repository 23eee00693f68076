/** A compact JWS as UDAP servers sign their metadata ([RFC 7515, section 7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1)). */
import { parseJson } from '../http/body/parse-json.ts'
import { isRecord } from '../lib/arguments.ts'
import { ownProperties } from '../lib/own.ts'
import { fromBase64url } from '../signers/base64.ts'
import type { SigningAlgorithm } from '../signers/signer.ts'
import type { Bytes } from '../types.ts'
import { failure, isFailure, type TrustFailure } from './x509/failure.ts'

/** Ten certificates of ordinary size and some claims are 40 kB. */
const LONGEST_JWS = 200_000

/** What SSRAA servers sign with, and what is accepted from them with a warning. */
const ALGORITHMS: readonly SigningAlgorithm[] = ['RS256', 'RS384', 'ES256', 'ES384']
/** Keys in a header, or that it points to, are only the signer's own claim. */
const FOREIGN_KEYS = ['jwk', 'jku'] as const

/** A JWS whose header may be used; nothing is verified yet. */
export interface ParsedJws {
  readonly alg: SigningAlgorithm
  readonly x5c: unknown
  readonly claims: Readonly<Record<string, unknown>>
  readonly signed: Bytes
  readonly signature: Bytes
  readonly warnings: readonly TrustFailure[]
}

/** Parses a JWS: the steps `jws` and `alg`. */
export async function parseJws(value: unknown): Promise<ParsedJws | TrustFailure> {
  if (value === undefined || value === null) {
    return failure('jws', 'missing', 'the metadata is not signed')
  }
  if (typeof value !== 'string') return failure('jws', 'not-compact', 'it is not a string')
  if (value.length > LONGEST_JWS) {
    return failure('jws', 'too-long', `it is longer than ${LONGEST_JWS} characters`)
  }
  const parts = value.split('.')
  const [header = '', payload = '', signed = ''] = parts
  const signature = fromBase64url(signed)
  if (parts.length !== 3 || signature === undefined || signature.length === 0) {
    return failure('jws', 'not-compact', 'it does not have the three parts of a compact JWS')
  }
  const [members, claims] = [await jsonOf(header), await jsonOf(payload)]
  if (members === undefined) return failure('jws', 'bad-header', 'its header is not a JSON object')
  if (claims === undefined) return failure('jws', 'bad-claims', 'its claims are not a JSON object')
  const alg = algorithmOf(members)
  if (isFailure(alg)) return alg
  return {
    alg: alg.name,
    x5c: members.x5c,
    claims,
    signed: new TextEncoder().encode(`${header}.${payload}`),
    signature,
    warnings: alg.warnings,
  }
}

async function jsonOf(part: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const bytes = fromBase64url(part)
  if (bytes === undefined) return undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const value = await parseJson(bytes, () => text, {})
    return isRecord(value) ? ownProperties(value) : undefined
  } catch {
    return undefined // not UTF-8, or not JSON
  }
}

function algorithmOf(
  header: Readonly<Record<string, unknown>>,
): { readonly name: SigningAlgorithm; readonly warnings: readonly TrustFailure[] } | TrustFailure {
  const name = ALGORITHMS.find((alg) => alg === header.alg)
  if (name === undefined) {
    return failure('alg', 'algorithm-refused', `its algorithm is none of ${ALGORITHMS.join(', ')}`)
  }
  if (header.crit !== undefined) {
    return failure('alg', 'critical-header', 'it marks header members as critical')
  }
  const foreign = FOREIGN_KEYS.find((member) => header[member] !== undefined)
  if (foreign !== undefined) {
    return failure('alg', 'foreign-key', `its header names a key of its own by "${foreign}"`)
  }
  const text = `it is signed with ${name}, and servers shall use RS256`
  return { name, warnings: name === 'RS256' ? [] : [failure('alg', 'not-rs256', text)] }
}
