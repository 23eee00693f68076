/** A key service that signs digests, as clouds do; written apart from `src/signers`, which it helps to test. */
import {
  constants,
  createECDH,
  generateKeyPairSync,
  privateEncrypt,
  randomBytes,
  type KeyObject,
} from 'node:crypto'
import { makeCertificate } from './certificates.ts'

/** DER of DigestInfo before the digest, by its length ([RFC 8017, section 9.2](https://www.rfc-editor.org/rfc/rfc8017#section-9.2)). */
const DIGEST_INFO: Readonly<Record<number, string>> = {
  32: '3031300d060960864801650304020105000420',
  48: '3041300d060960864801650304020205000430',
}
/** Order of P-384's group ([FIPS 186-4, D.1.2.4](https://doi.org/10.6028/NIST.FIPS.186-4)). */
const ORDER = BigInt(
  '0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
)
const HALF = 48

/** A key that signs digests, with its certificate. */
export interface DigestService {
  readonly certificate: string
  /** PKCS#1 for RSA; for P-384 both numbers side by side. */
  sign(digest: Uint8Array): Uint8Array
}

/** One that holds an RSA key. */
export function rsaService(): DigestService {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return {
    certificate: certificateOf(publicKey, privateKey),
    sign: (digest) => {
      const info = Buffer.from(DIGEST_INFO[digest.length] ?? '', 'hex')
      const how = { key: privateKey, padding: constants.RSA_PKCS1_PADDING }
      return privateEncrypt(how, Buffer.concat([info, digest]))
    },
  }
}

/** One that holds a key on P-384; Node itself signs no digest with such a key. */
export function p384Service(): DigestService {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const d = number(Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url'))
  return {
    certificate: certificateOf(publicKey, privateKey),
    sign: (digest) => {
      const k = (number(randomBytes(HALF)) % (ORDER - 1n)) + 1n
      const curve = createECDH('secp384r1')
      curve.setPrivateKey(bytes(k))
      const r = number(curve.getPublicKey().subarray(1, 1 + HALF)) % ORDER
      const s = (inverse(k) * (number(digest) + r * d)) % ORDER
      return Buffer.concat([bytes(r), bytes(s)])
    },
  }
}

/** Two numbers side by side as DER. */
export function toDer(raw: Uint8Array): Uint8Array {
  const halves = [raw.subarray(0, raw.length / 2), raw.subarray(raw.length / 2)].map((half) => {
    const digits = Buffer.from(half.subarray(half.findIndex((octet) => octet !== 0)))
    const signed = (digits[0] ?? 0) < 0x80 ? digits : Buffer.concat([Buffer.of(0), digits])
    return Buffer.concat([Buffer.of(0x02, signed.length), signed])
  })
  const body = Buffer.concat(halves)
  return Buffer.concat([Buffer.of(0x30, body.length), body])
}

function certificateOf(publicKey: KeyObject, privateKey: KeyObject): string {
  return makeCertificate({ subject: 'kms.example.org', publicKey, issuer: { privateKey } }).pem
}

function number(octets: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(octets).toString('hex')}`)
}

function bytes(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * HALF, '0'), 'hex')
}

/** By Fermat: the order is a prime. */
function inverse(value: bigint): bigint {
  let result = 1n
  let base = value
  for (let exponent = ORDER - 2n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = (result * base) % ORDER
    base = (base * base) % ORDER
  }
  return result
}
