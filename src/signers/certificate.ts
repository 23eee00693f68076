/** The few things about X.509 certificates that signing needs ([RFC 5280, section 4.1](https://www.rfc-editor.org/rfc/rfc5280#section-4.1)). */
import { isBytes } from '../lib/arguments.ts'
import type { Bytes } from '../types.ts'
import { fromBase64, toBase64, toHex } from './base64.ts'
import { DerError, childrenOf, expectTag, readDer, tags, type DerElement } from './der.ts'
import { isPrivateKey, pemBlocks } from './pem-blocks.ts'

/** What is read of a certificate; nothing else is read, let alone verified. */
export interface Certificate {
  readonly der: Bytes
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  /** Milliseconds since the epoch. */
  readonly notAfter: number
  /** DER of the Name. */
  readonly subject: Bytes
  /** DER of the Name. */
  readonly issuer: Bytes
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Bytes
  /** DER of the GeneralNames of the subject alternative name, where there is one. */
  readonly alternativeNames: Bytes | undefined
}

/** Reads a certificate; throws a {@link DerError} for anything else. */
export function readCertificate(der: Uint8Array): Certificate {
  const own = new Uint8Array(der)
  const [tbs] = childrenOf(expectTag(readDer(own), tags.sequence))
  const fields = childrenOf(expectTag(tbs, tags.sequence))
  if (fields[0]?.tag === tags.context0) fields.shift() // the version, which version 1 leaves out
  const [serial, algorithm, issuer, validity, subject, spki, ...more] = fields
  expectTag(serial, tags.integer)
  expectTag(algorithm, tags.sequence)
  const [notBefore, notAfter] = childrenOf(expectTag(validity, tags.sequence))
  return {
    der: own,
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    subject: expectTag(subject, tags.sequence).raw,
    issuer: expectTag(issuer, tags.sequence).raw,
    spki: expectTag(spki, tags.sequence).raw,
    alternativeNames: alternativeNamesOf(more.find(({ tag }) => tag === tags.context3)),
  }
}

/** `id-ce-subjectAltName`, 2.5.29.17. */
const SUBJECT_ALT_NAME = '551d11'

function alternativeNamesOf(extensions: DerElement | undefined): Bytes | undefined {
  if (extensions === undefined) return undefined
  const [list] = childrenOf(extensions)
  for (const extension of childrenOf(expectTag(list, tags.sequence))) {
    const parts = childrenOf(expectTag(extension, tags.sequence))
    if (toHex(expectTag(parts[0], tags.objectIdentifier).content) !== SUBJECT_ALT_NAME) continue
    return expectTag(parts.at(-1), tags.octetString).content
  }
  return undefined
}

/** Whether a certificate names itself as its issuer. */
export function isSelfSigned({ issuer, subject }: Certificate): boolean {
  return issuer.length === subject.length && issuer.every((byte, index) => byte === subject[index])
}

/** Bytes of one certificate given as base64 DER or as one PEM block. */
export function toDer(text: string, option = 'certificates'): Bytes {
  const bodies = text.includes('-----BEGIN ') ? splitPem(text, option) : [text]
  const der = bodies.length === 1 && bodies[0] !== undefined ? fromBase64(bodies[0]) : undefined
  if (der === undefined) throw noCertificate(option)
  return der
}

/** The base64 text of every `CERTIFICATE` block, with anything around the blocks but a private key. */
export function splitPem(text: string, option = 'certificates'): readonly string[] {
  const blocks = pemBlocks(text, option)
  if (blocks.some(isPrivateKey)) throw new TypeError(`"${option}" holds a private key`)
  return blocks.filter(({ label }) => label === 'CERTIFICATE').map(({ body }) => body)
}

/** One certificate or several: PEM as text or bytes, base64 of DER, or DER itself. */
export type CertificateInput = string | Uint8Array | readonly (string | Uint8Array)[]

/** Reads certificates in the order in which they are given. */
export function readCertificates(value: unknown, option = 'certificates'): readonly Certificate[] {
  const inputs: readonly unknown[] = Array.isArray(value) ? value : [value]
  return inputs.flatMap((input) => {
    const text = isBytes(input) ? pemTextOf(input) : input
    if (isBytes(text)) return [readBytes(new Uint8Array(text), option)]
    if (typeof text !== 'string') {
      throw new TypeError(`"${option}" must be text, bytes, or an array of those`)
    }
    const bodies = text.includes('-----BEGIN ') ? splitPem(text, option) : [text]
    if (bodies.length === 0) throw noCertificate(option)
    return bodies.map((body) => readBytes(toDer(body, option), option))
  })
}

/** The text of a PEM file that was read without an encoding; DER as it is. */
function pemTextOf(bytes: Uint8Array): string | Uint8Array {
  if (bytes[0] === tags.sequence) return bytes
  const text = new TextDecoder().decode(bytes)
  return text.includes('-----BEGIN ') ? text : bytes
}

/** Standard base64 DER without line breaks, as `x5c` wants it. */
export function toX5c(certificates: readonly Certificate[]): readonly string[] {
  return certificates.map(({ der }) => toBase64(der))
}

function readBytes(der: Bytes, option: string): Certificate {
  try {
    return readCertificate(der)
  } catch (error) {
    if (error instanceof DerError) throw noCertificate(option)
    throw error
  }
}

function noCertificate(option: string): TypeError {
  return new TypeError(
    `"${option}" must hold X.509 certificates, as PEM blocks, as DER or as base64 of that`,
  )
}

function readTime(element: DerElement | undefined): number {
  const text = new TextDecoder().decode(element?.content)
  const found = TIME_FORMS[element?.tag ?? 0]?.exec(text)
  if (!found) throw new DerError('no time')
  const [year = 0, month = 0, ...rest] = found.slice(1).map(Number)
  // Two digits: 50 to 99 belong to the last century (RFC 5280, section 4.1.2.5.1).
  const century = element?.tag === tags.generalizedTime ? 0 : year < 50 ? 2000 : 1900
  const [day = 0, hour = 0, minute = 0, second = 0] = rest
  const time = Date.UTC(century + year, month - 1, day, hour, minute, second)
  // `Date.UTC` moves the 31st of February into March.
  const digits = new Date(time).toISOString().replace(/\D/g, '').slice(0, 14)
  if (!digits.endsWith(text.slice(0, -1))) throw new DerError('no time')
  return time
}

const TIME_FORMS: Readonly<Record<number, RegExp>> = {
  [tags.utcTime]: /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
  [tags.generalizedTime]: /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
}
