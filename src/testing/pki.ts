/** A certificate factory: authorities, leaves, revocation lists and OCSP responses, made when they are needed. */
import { tags, writeDer } from '../signers/der.ts'
import type { Bytes, CryptoKeyLike } from '../types.ts'

const DAY = 24 * 60 * 60 * 1000
const P256 = { name: 'ECDSA', namedCurve: 'P-256' }
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
}

/** A key pair as WebCrypto makes it. */
export interface Keys {
  readonly privateKey: CryptoKeyLike
  readonly publicKey: CryptoKeyLike
  readonly spki: Bytes
}

/** A certificate with what is needed to issue below it. */
export interface IssuedCertificate {
  readonly der: Bytes
  readonly subject: Bytes
  readonly serial: Bytes
  readonly keys: Keys
}

/** An extension as it is written. */
export interface ExtensionSpec {
  readonly id: string
  readonly critical?: boolean | undefined
  readonly value: Bytes
}

/** What stands in a certificate; what is left out has the value that a good one has. */
export interface CertificateSpec {
  readonly subject: string
  /** Without it the certificate signs itself. */
  readonly issuer?: IssuedCertificate | undefined
  readonly keys?: Keys | undefined
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  readonly notAfter?: number | undefined
  readonly ca?: boolean | undefined
  readonly pathLength?: number | undefined
  /** Named bits; null for no extension. Default by `ca`. */
  readonly keyUsage?: readonly number[] | null | undefined
  readonly uris?: readonly string[] | undefined
  readonly dnsNames?: readonly string[] | undefined
  /** Subtrees of URI hosts. */
  readonly permittedUris?: readonly string[] | undefined
  readonly excludedUris?: readonly string[] | undefined
  readonly crlUrls?: readonly string[] | undefined
  readonly ocspUrls?: readonly string[] | undefined
  readonly issuerUrls?: readonly string[] | undefined
  readonly more?: readonly ExtensionSpec[] | undefined
}

/** Makes keys: on a curve, or the RSA keys that take a quarter of a second. */
export async function createKeys(kind: 'EC' | 'RSA' = 'EC'): Promise<Keys> {
  const { privateKey, publicKey } =
    kind === 'EC'
      ? await crypto.subtle.generateKey(P256, true, ['sign', 'verify'])
      : await crypto.subtle.generateKey(RSA, true, ['sign', 'verify'])
  return {
    privateKey,
    publicKey,
    spki: new Uint8Array(await crypto.subtle.exportKey('spki', publicKey)),
  }
}

/** Makes a certificate. */
export async function issueCertificate(spec: CertificateSpec): Promise<IssuedCertificate> {
  const keys = spec.keys ?? (await createKeys())
  const subject = commonName(spec.subject)
  const serial = serialNumber()
  const authority = spec.issuer ?? { subject, keys }
  const tbs = sequence(
    writeDer(0xa0, integer(2)),
    writeDer(tags.integer, serial),
    algorithmOf(authority.keys),
    authority.subject,
    sequence(time(spec.notBefore), time(spec.notAfter ?? spec.notBefore + 365 * DAY)),
    subject,
    keys.spki,
    writeDer(0xa3, sequence(...(await extensionsOf(spec, keys, authority.keys)))),
  )
  return { der: await sign(tbs, authority.keys), subject, serial, keys }
}

/** What stands in a revocation list. */
export interface CrlSpec {
  readonly issuer: IssuedCertificate
  readonly revoked?: readonly { readonly serial: Bytes; readonly reason?: number }[] | undefined
  readonly thisUpdate: number
  readonly nextUpdate?: number | undefined
  readonly number?: number | undefined
  readonly more?: readonly ExtensionSpec[] | undefined
}

/** Makes a revocation list. */
export async function issueCrl(spec: CrlSpec): Promise<Bytes> {
  const { issuer, revoked = [], thisUpdate, nextUpdate = thisUpdate + DAY, number = 1 } = spec
  const entries = revoked.map(({ serial, reason }) =>
    sequence(
      writeDer(tags.integer, serial),
      time(thisUpdate),
      ...(reason === undefined
        ? []
        : [sequence(extension({ id: '551d15', value: writeDer(0x0a, octets(reason)) }))]),
    ),
  )
  const tbs = sequence(
    integer(1),
    algorithmOf(issuer.keys),
    issuer.subject,
    time(thisUpdate),
    time(nextUpdate),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    writeDer(
      0xa0,
      sequence(
        extension({ id: '551d23', value: sequence(writeDer(0x80, await keyId(issuer.keys))) }),
        extension({ id: '551d14', value: integer(number) }),
        ...(spec.more ?? []).map(extension),
      ),
    ),
  )
  return sign(tbs, issuer.keys)
}

/** What an OCSP responder says. */
export interface OcspSpec {
  readonly issuer: IssuedCertificate
  /** The one that is asked about. */
  readonly certificate: IssuedCertificate
  readonly status: 'good' | 'revoked' | 'unknown'
  readonly thisUpdate: number
  readonly nextUpdate?: number | undefined
  /** Another signer than the issuer. */
  readonly delegate?: IssuedCertificate | undefined
}

/** Makes an OCSP response. */
export async function issueOcspResponse(spec: OcspSpec): Promise<Bytes> {
  const { issuer, certificate, thisUpdate, nextUpdate = thisUpdate + DAY, delegate } = spec
  const signer = delegate ?? issuer
  const status = {
    good: writeDer(0x80),
    revoked: writeDer(0xa1, longTime(thisUpdate)),
    unknown: writeDer(0x82),
  }[spec.status]
  const certId = sequence(
    sequence(objectId('2b0e03021a'), writeDer(0x05)),
    writeDer(tags.octetString, await sha1(issuer.subject)),
    writeDer(tags.octetString, await keyId(issuer.keys)),
    writeDer(tags.integer, certificate.serial),
  )
  const data = sequence(
    writeDer(0xa1, signer.subject),
    longTime(thisUpdate),
    sequence(sequence(certId, status, longTime(thisUpdate), writeDer(0xa0, longTime(nextUpdate)))),
  )
  const signature = await signatureOf(data, signer.keys)
  const basic = sequence(
    data,
    algorithmOf(signer.keys),
    writeDer(tags.bitString, octets(0), signature),
    ...(delegate === undefined ? [] : [writeDer(0xa0, sequence(delegate.der))]),
  )
  return sequence(
    writeDer(0x0a, octets(0)),
    writeDer(0xa0, sequence(objectId('2b0601050507300101'), writeDer(tags.octetString, basic))),
  )
}

/** Extensions of a delegated OCSP responder. */
export const ocspResponderExtensions: readonly ExtensionSpec[] = [
  { id: '551d25', value: sequence(objectId('2b06010505070309')) },
  { id: '2b0601050507300105', value: writeDer(0x05) },
]

/** An extension that nobody knows. */
export const unknownCriticalExtension: ExtensionSpec = {
  id: '2b0601040182370a',
  critical: true,
  value: writeDer(0x05),
}

async function extensionsOf(spec: CertificateSpec, keys: Keys, issuer: Keys): Promise<Bytes[]> {
  const { ca = false, pathLength, uris = [], dnsNames = [] } = spec
  const usage = spec.keyUsage === undefined ? (ca ? [5, 6] : [0]) : spec.keyUsage
  const found: ExtensionSpec[] = [
    {
      id: '551d13',
      critical: true,
      value: sequence(
        ...(ca ? [writeDer(tags.boolean, octets(0xff))] : []),
        ...(pathLength === undefined ? [] : [integer(pathLength)]),
      ),
    },
    { id: '551d0e', value: writeDer(tags.octetString, await keyId(keys)) },
    { id: '551d23', value: sequence(writeDer(0x80, await keyId(issuer))) },
  ]
  if (usage !== null) found.push({ id: '551d0f', critical: true, value: namedBits(usage) })
  const names = [
    ...uris.map((uri) => writeDer(0x86, ascii(uri))),
    ...dnsNames.map((name) => writeDer(0x82, ascii(name))),
  ]
  if (names.length > 0) found.push({ id: '551d11', value: sequence(...names) })
  const permitted = subtrees(0xa0, spec.permittedUris)
  const excluded = subtrees(0xa1, spec.excludedUris)
  if (permitted.length + excluded.length > 0) {
    found.push({ id: '551d1e', critical: true, value: sequence(...permitted, ...excluded) })
  }
  const points = (spec.crlUrls ?? []).map((url) =>
    sequence(writeDer(0xa0, writeDer(0xa0, writeDer(0x86, ascii(url))))),
  )
  if (points.length > 0) found.push({ id: '551d1f', value: sequence(...points) })
  const access = [
    ...(spec.ocspUrls ?? []).map((url) => accessTo('2b06010505073001', url)),
    ...(spec.issuerUrls ?? []).map((url) => accessTo('2b06010505073002', url)),
  ]
  if (access.length > 0) found.push({ id: '2b06010505070101', value: sequence(...access) })
  return [...found, ...(spec.more ?? [])].map(extension)
}

function subtrees(tag: number, hosts: readonly string[] | undefined): Bytes[] {
  if (hosts === undefined) return []
  return [writeDer(tag, ...hosts.map((host) => sequence(writeDer(0x86, ascii(host)))))]
}

function accessTo(method: string, url: string): Bytes {
  return sequence(objectId(method), writeDer(0x86, ascii(url)))
}

async function sign(tbs: Bytes, keys: Keys): Promise<Bytes> {
  const signature = await signatureOf(tbs, keys)
  return sequence(tbs, algorithmOf(keys), writeDer(tags.bitString, octets(0), signature))
}

async function signatureOf(data: Bytes, keys: Keys): Promise<Bytes> {
  const isRsa = keys.privateKey.algorithm.name === RSA.name
  const parameters = isRsa ? { name: RSA.name } : { name: 'ECDSA', hash: 'SHA-256' }
  const raw = new Uint8Array(await crypto.subtle.sign(parameters, keys.privateKey, data))
  if (isRsa) return raw
  return sequence(unsigned(raw.slice(0, 32)), unsigned(raw.slice(32)))
}

function algorithmOf({ privateKey }: Keys): Bytes {
  return privateKey.algorithm.name === RSA.name
    ? sequence(objectId('2a864886f70d01010b'), writeDer(0x05))
    : sequence(objectId('2a8648ce3d040302'))
}

/** SHA-1 of the key without its algorithm, as RFC 5280 and OCSP have it. */
async function keyId({ spki }: Keys): Promise<Bytes> {
  const isRsa = spki.length > 200
  return sha1(spki.subarray(isRsa ? 24 : 26))
}

async function sha1(data: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-1', data))
}

function serialNumber(): Bytes {
  const serial = crypto.getRandomValues(new Uint8Array(16))
  serial[0] = 1 + ((serial[0] ?? 0) & 0x3f)
  return serial
}

function extension({ id, critical = false, value }: ExtensionSpec): Bytes {
  const flag = critical ? [writeDer(tags.boolean, octets(0xff))] : []
  return sequence(objectId(id), ...flag, writeDer(tags.octetString, value))
}

function namedBits(bits: readonly number[]): Bytes {
  const octet = bits.reduce((sum, bit) => sum | (0x80 >> bit), 0)
  const unused = octet === 0 ? 0 : 31 - Math.clz32(octet & -octet)
  return octet === 0
    ? writeDer(tags.bitString, octets(0))
    : writeDer(tags.bitString, octets(unused, octet))
}

function commonName(value: string): Bytes {
  const attribute = sequence(objectId('550403'), writeDer(0x0c, new TextEncoder().encode(value)))
  return sequence(writeDer(tags.set, attribute))
}

function time(at: number): Bytes {
  const text = digits(at)
  return text < '2050' ? writeDer(tags.utcTime, ascii(text.slice(2))) : longTime(at)
}

function longTime(at: number): Bytes {
  return writeDer(tags.generalizedTime, ascii(digits(at)))
}

function digits(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+|[-:T]/g, '')
}

function integer(value: number): Bytes {
  const hex = value.toString(16)
  return unsigned(
    octets(
      ...(hex.padStart(hex.length + (hex.length % 2), '0').match(/../g) ?? []).map((pair) =>
        Number.parseInt(pair, 16),
      ),
    ),
  )
}

function unsigned(value: Bytes): Bytes {
  const first = value.findIndex((octet) => octet !== 0)
  const short = first === -1 ? octets(0) : value.subarray(first)
  return writeDer(tags.integer, ...((short[0] ?? 0) < 0x80 ? [] : [octets(0)]), short)
}

function objectId(hex: string): Bytes {
  return writeDer(
    tags.objectIdentifier,
    octets(...(hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))),
  )
}

function sequence(...parts: readonly Uint8Array[]): Bytes {
  return writeDer(tags.sequence, ...parts)
}

function octets(...values: readonly number[]): Bytes {
  return new Uint8Array(values)
}

function ascii(text: string): Bytes {
  return new TextEncoder().encode(text)
}
