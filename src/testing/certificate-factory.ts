import type { Bytes, CryptoKeyLike } from '../types.ts'

const DAY = 24 * 60 * 60 * 1000
const CLIENT_KEY = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
}
// An RSA key takes a quarter of a second to make, so the authority has one on a curve.
const AUTHORITY_KEY = { name: 'ECDSA', namedCurve: 'P-256' }

/** A key pair and its certificate, in the forms that signers are made from. */
export interface Identity {
  readonly privateKey: CryptoKeyLike
  readonly publicKey: CryptoKeyLike
  readonly certificate: Bytes
}

/** An RSA-2048 identity under an `issuer` made before; without one, an authority that signs itself. */
export async function createIdentity(
  commonName: string,
  now: number,
  issuer?: { commonName: string; identity: Identity },
): Promise<Identity> {
  const { privateKey, publicKey } = await (issuer === undefined
    ? crypto.subtle.generateKey(AUTHORITY_KEY, true, ['sign', 'verify'])
    : crypto.subtle.generateKey(CLIENT_KEY, true, ['sign', 'verify']))
  const ownKeyId = await keyId(publicKey)
  const body = der(
    0x30,
    der(0xa0, integer(2)),
    integer(...crypto.getRandomValues(new Uint8Array(15)).map((byte, i) => (i === 0 ? 1 : byte))),
    signatureAlgorithm,
    distinguishedName(issuer?.commonName ?? commonName),
    der(0x30, time(now - DAY), time(now + 2 * 365 * DAY)),
    distinguishedName(commonName),
    new Uint8Array(await crypto.subtle.exportKey('spki', publicKey)),
    der(
      0xa3,
      der(
        0x30,
        ...(issuer === undefined ? authorityExtensions : clientExtensions(commonName)),
        extension([2, 5, 29, 14], der(0x04, ownKeyId)),
        extension(
          [2, 5, 29, 35],
          der(
            0x30,
            der(0x80, issuer === undefined ? ownKeyId : await keyId(issuer.identity.publicKey)),
          ),
        ),
      ),
    ),
  )
  const signingKey = issuer?.identity.privateKey ?? privateKey
  const signature = ecdsaSignature(
    new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, signingKey, body)),
  )
  const certificate = der(0x30, body, signatureAlgorithm, der(0x03, new Uint8Array(1), signature))
  return { privateKey, publicKey, certificate }
}

/** Standard base64, as `x5c` has it. */
export function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

/** A PEM block ([RFC 7468](https://www.rfc-editor.org/rfc/rfc7468)). */
export function pem(label: string, bytes: Uint8Array): string {
  const lines = base64(bytes).replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}

/** ecdsa-with-SHA256. */
const signatureAlgorithm = der(0x30, objectId([1, 2, 840, 10045, 4, 3, 2]))

const authorityExtensions = [
  extension([2, 5, 29, 19], der(0x30, der(0x01, new Uint8Array([0xff]))), true),
  extension([2, 5, 29, 15], bits(0b0000_0110), true), // keyCertSign, cRLSign
]

function clientExtensions(commonName: string): Bytes[] {
  return [
    extension([2, 5, 29, 19], der(0x30), true),
    extension([2, 5, 29, 15], bits(0b1000_0000), true), // digitalSignature
    extension([2, 5, 29, 17], der(0x30, der(0x82, ascii(commonName)))),
  ]
}

/**
 * WebCrypto returns `r || s`; certificates contain a sequence of two integers, each as short as
 * possible.
 */
function ecdsaSignature(raw: Bytes): Bytes {
  const halves = [raw.slice(0, raw.length / 2), raw.slice(raw.length / 2)]
  return der(
    0x30,
    ...halves.map((half) => {
      const digits = half.slice(half.findIndex((octet) => octet !== 0))
      return (digits[0] ?? 0) < 0x80 ? integer(...digits) : integer(0, ...digits)
    }),
  )
}

async function keyId(publicKey: CryptoKeyLike): Promise<Bytes> {
  return new Uint8Array(
    await crypto.subtle.digest('SHA-1', await crypto.subtle.exportKey('spki', publicKey)),
  )
}

function distinguishedName(commonName: string): Bytes {
  const attributes: [number, string][] = [
    [10, 'Carequality sandbox (test only)'],
    [3, commonName],
  ]
  return der(
    0x30,
    ...attributes.map(([type, value]) =>
      der(0x31, der(0x30, objectId([2, 5, 4, type]), der(0x0c, ascii(value)))),
    ),
  )
}

function extension(id: readonly number[], value: Bytes, critical = false): Bytes {
  const flag = critical ? [der(0x01, new Uint8Array([0xff]))] : []
  return der(0x30, objectId(id), ...flag, der(0x04, value))
}

/** One octet of key usage bits, its unused low bits counted as DER demands. */
function bits(octet: number): Bytes {
  const unused = 31 - Math.clz32(octet & -octet)
  return der(0x03, new Uint8Array([unused, octet]))
}

/** Two-digit years until 2049, four digits elsewhere ([RFC 5280, section 4.1.2.5](https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5)). */
function time(at: number): Bytes {
  const full = new Date(at).toISOString().replace(/\.\d+|[-:T]/g, '')
  const short = full >= '1950' && full < '2050'
  return short ? der(0x17, ascii(full.slice(2))) : der(0x18, ascii(full))
}

function integer(...octets: number[]): Bytes {
  return der(0x02, new Uint8Array(octets))
}

function objectId([first = 0, second = 0, ...rest]: readonly number[]): Bytes {
  const octets = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f]
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80)
    return groups
  })
  return der(0x06, new Uint8Array(octets))
}

function ascii(value: string): Bytes {
  return new TextEncoder().encode(value)
}

function der(tag: number, ...contents: readonly Uint8Array[]): Bytes {
  const length = contents.reduce((sum, content) => sum + content.length, 0)
  const size: number[] = []
  for (let left = length; left > 0; left >>>= 8) size.unshift(left & 0xff)
  const header = length < 0x80 ? [tag, length] : [tag, 0x80 | size.length, ...size]
  const out = new Uint8Array(header.length + length)
  out.set(header)
  let at = header.length
  for (const content of contents) {
    out.set(content, at)
    at += content.length
  }
  return out
}
