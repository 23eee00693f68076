/** Keys, signatures and values in DER, as the certificate factory writes them. */
import { tags, writeDer } from '../signers/der.ts'
import type { Bytes, CryptoKeyLike } from '../types.ts'

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

/** An extension as it is written. */
export interface ExtensionSpec {
  readonly id: string
  readonly critical?: boolean | undefined
  readonly value: Bytes
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

/** Something signed with its algorithm and signature. */
export async function sign(tbs: Bytes, keys: Keys): Promise<Bytes> {
  const signature = await signatureOf(tbs, keys)
  return sequence(tbs, algorithmOf(keys), writeDer(tags.bitString, octets(0), signature))
}

/** The signature as certificates hold it. */
export async function signatureOf(data: Bytes, keys: Keys): Promise<Bytes> {
  const isRsa = keys.privateKey.algorithm.name === RSA.name
  const parameters = isRsa ? { name: RSA.name } : { name: 'ECDSA', hash: 'SHA-256' }
  const raw = new Uint8Array(await crypto.subtle.sign(parameters, keys.privateKey, data))
  if (isRsa) return raw
  return sequence(unsigned(raw.slice(0, 32)), unsigned(raw.slice(32)))
}

/** The AlgorithmIdentifier of signatures by a key. */
export function algorithmOf({ privateKey }: Keys): Bytes {
  return privateKey.algorithm.name === RSA.name
    ? sequence(objectId('2a864886f70d01010b'), writeDer(0x05))
    : sequence(objectId('2a8648ce3d040302'))
}

/** SHA-1 of the key without its algorithm, as RFC 5280 and OCSP have it. */
export async function keyId({ spki }: Keys): Promise<Bytes> {
  const isRsa = spki.length > 200
  return sha1(spki.subarray(isRsa ? 24 : 26))
}

/** SHA-1, which only names keys here. */
export async function sha1(data: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-1', data))
}

/** An extension in DER. */
export function extension({ id, critical = false, value }: ExtensionSpec): Bytes {
  const flag = critical ? [writeDer(tags.boolean, octets(0xff))] : []
  return sequence(objectId(id), ...flag, writeDer(tags.octetString, value))
}

/** A BIT STRING of named bits. */
export function namedBits(bits: readonly number[]): Bytes {
  const octet = bits.reduce((sum, bit) => sum | (0x80 >> bit), 0)
  const unused = octet === 0 ? 0 : 31 - Math.clz32(octet & -octet)
  return octet === 0
    ? writeDer(tags.bitString, octets(0))
    : writeDer(tags.bitString, octets(unused, octet))
}

/** A Name of one common name. */
export function commonName(value: string): Bytes {
  const attribute = sequence(objectId('550403'), writeDer(0x0c, new TextEncoder().encode(value)))
  return sequence(writeDer(tags.set, attribute))
}

/** Two-digit years until 2049, four digits after. */
export function time(at: number): Bytes {
  const text = digits(at)
  return text < '2050' ? writeDer(tags.utcTime, ascii(text.slice(2))) : longTime(at)
}

/** GeneralizedTime. */
export function longTime(at: number): Bytes {
  return writeDer(tags.generalizedTime, ascii(digits(at)))
}

function digits(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+|[-:T]/g, '')
}

/** A small INTEGER. */
export function integer(value: number): Bytes {
  const hex = value.toString(16)
  return unsigned(
    octets(
      ...(hex.padStart(hex.length + (hex.length % 2), '0').match(/../g) ?? []).map((pair) =>
        Number.parseInt(pair, 16),
      ),
    ),
  )
}

/** A number that is not negative. */
export function unsigned(value: Bytes): Bytes {
  const first = value.findIndex((octet) => octet !== 0)
  const short = first === -1 ? octets(0) : value.subarray(first)
  return writeDer(tags.integer, ...((short[0] ?? 0) < 0x80 ? [] : [octets(0)]), short)
}

/** An OBJECT IDENTIFIER by the hexadecimal of its content. */
export function objectId(hex: string): Bytes {
  return writeDer(
    tags.objectIdentifier,
    octets(...(hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))),
  )
}

/** A SEQUENCE. */
export function sequence(...parts: readonly Uint8Array[]): Bytes {
  return writeDer(tags.sequence, ...parts)
}

/** Bytes. */
export function octets(...values: readonly number[]): Bytes {
  return new Uint8Array(values)
}

/** The bytes of a text. */
export function ascii(text: string): Bytes {
  return new TextEncoder().encode(text)
}

/** A random serial number. */
export function serialNumber(): Bytes {
  const serial = crypto.getRandomValues(new Uint8Array(16))
  serial[0] = 1 + ((serial[0] ?? 0) & 0x3f)
  return serial
}
