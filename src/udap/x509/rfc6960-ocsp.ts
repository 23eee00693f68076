/** OCSP requests and responses ([RFC 6960](https://www.rfc-editor.org/rfc/rfc6960), in the profile of [RFC 5019](https://www.rfc-editor.org/rfc/rfc5019)). */
import { toBase64, toHex } from '../../signers/base64.ts'
import { DerError, tags, writeDer, type DerElement } from '../../signers/der.ts'
import type { Bytes } from '../../types.ts'
import { parseCertificate, type Signed, type X509Certificate } from './4.1-certificate.ts'
import { extensionListOf } from './4.2-extensions.ts'
import { nameOf } from './7.1-names.ts'
import {
  algorithmOf,
  bytesOfHex,
  constructed,
  context,
  countOf,
  DerFields,
  ENUMERATED,
  oidOf,
  onlyField,
  signatureOf,
  timeOf,
} from './der-values.ts'

/** What an OCSP responder says of one certificate. */
export interface OcspStatement {
  readonly certId: string
  readonly status: 'good' | 'revoked' | 'unknown'
  /** Milliseconds since the epoch. */
  readonly thisUpdate: number
  readonly nextUpdate: number | undefined
}

/** A basic response, read in full; nothing about it is verified yet. */
export interface OcspResponse extends Signed {
  readonly size: number
  /** The responder: the key of its name, or the SHA-1 of its key as hexadecimal. */
  readonly responder: { readonly name: string } | { readonly keyHash: string }
  readonly statements: readonly OcspStatement[]
  readonly certificates: readonly X509Certificate[]
}

const BASIC_RESPONSE = '2b0601050507300101'
const SUCCESSFUL = 0
const MAX_STATEMENTS = 100
const MAX_CERTIFICATES = 5
/** With its certificates a response is some 5 kB. */
export const MAX_OCSP_BYTES = 64_000
/** SHA-1 names the issuer here and protects nothing; every responder knows it (RFC 5019, section 2.1.1). */
const SHA1 = bytesOfHex('300906052b0e03021a0500')

/** DER of the CertID of a certificate under its issuer, as hexadecimal. */
export async function certIdOf(
  { issuer, serial }: X509Certificate,
  authority: X509Certificate,
): Promise<string> {
  const digest = async (bytes: Bytes): Promise<Uint8Array> =>
    writeDer(tags.octetString, new Uint8Array(await crypto.subtle.digest('SHA-1', bytes)))
  const [name, key] = [await digest(issuer.raw), await digest(authority.publicKey)]
  return toHex(writeDer(tags.sequence, SHA1, name, key, writeDer(tags.integer, bytesOfHex(serial))))
}

/** The address that asks by GET, which caches understand. */
export function ocspUrl(responder: string, certId: string): string {
  const request = writeDer(tags.sequence, bytesOfHex(certId))
  const list = writeDer(tags.sequence, request)
  const whole = writeDer(tags.sequence, writeDer(tags.sequence, list))
  return `${responder.replace(/\/$/, '')}/${encodeURIComponent(toBase64(whole))}`
}

/** Reads a response; a {@link DerError} where it is none or not a successful one. */
export function parseOcspResponse(der: Bytes): OcspResponse {
  if (der.length > MAX_OCSP_BYTES) throw new DerError('OCSP response too long')
  const fields = DerFields.of(der)
  if (countOf(fields.next(ENUMERATED)) !== SUCCESSFUL) throw new DerError('OCSP status')
  const bytes = new DerFields(onlyField(fields.next(constructed(0))), tags.sequence)
  if (oidOf(bytes.any()) !== BASIC_RESPONSE) throw new DerError('OCSP response type')
  const basic = bytes.next(tags.octetString).content
  bytes.end()
  fields.end()
  return basicResponseOf(basic, der.length)
}

/** SHA-1 of a certificate's key as OCSP names it, as hexadecimal. */
export async function keyHashOf(certificate: X509Certificate): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-1', certificate.publicKey)))
}

function basicResponseOf(der: Bytes, size: number): OcspResponse {
  const outer = DerFields.of(der)
  const data = outer.next(tags.sequence)
  const algorithm = algorithmOf(outer.next(tags.sequence))
  const signature = signatureOf(outer.next(tags.bitString))
  const list = outer.optional(constructed(0))
  outer.end()
  const fields = new DerFields(data, tags.sequence)
  const responder = responderOf(fields.any())
  timeOf(fields.next(tags.generalizedTime))
  const singles = fields.sequence().rest(tags.sequence, MAX_STATEMENTS)
  refuseCritical(fields.optional(constructed(1)))
  fields.end()
  return {
    size,
    tbs: data.raw,
    algorithm,
    signature,
    responder,
    statements: singles.map(statementOf),
    certificates: list === undefined ? [] : certificatesOf(onlyField(list)),
  }
}

function certificatesOf(list: DerElement): X509Certificate[] {
  const elements = new DerFields(list, tags.sequence).rest(tags.sequence, MAX_CERTIFICATES)
  return elements.map(({ raw }) => parseCertificate(raw))
}

function responderOf(element: DerElement): OcspResponse['responder'] {
  const value = onlyField(element)
  if (element.tag === constructed(1)) return { name: nameOf(value).key }
  if (element.tag !== constructed(2) || value.tag !== tags.octetString) {
    throw new DerError('OCSP responder')
  }
  return { keyHash: toHex(value.content) }
}

function statementOf(element: DerElement): OcspStatement {
  const fields = new DerFields(element, tags.sequence)
  const certId = toHex(fields.next(tags.sequence).raw)
  const status = statusOf(fields.any())
  const thisUpdate = timeOf(fields.next(tags.generalizedTime))
  const next = fields.optional(constructed(0))
  refuseCritical(fields.optional(constructed(1)))
  fields.end()
  return { certId, status, thisUpdate, nextUpdate: next && timeOf(onlyField(next)) }
}

function statusOf({ tag, content }: DerElement): OcspStatement['status'] {
  if (tag === context(0) && content.length === 0) return 'good'
  if (tag === constructed(1)) return 'revoked'
  if (tag === context(2) && content.length === 0) return 'unknown'
  throw new DerError('OCSP certificate status')
}

function refuseCritical(extensions: DerElement | undefined): void {
  if (extensions === undefined) return
  if (extensionListOf(onlyField(extensions)).some(({ critical }) => critical)) {
    throw new DerError('critical OCSP extension')
  }
}
