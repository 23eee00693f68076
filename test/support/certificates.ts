/** Makes X.509 v3 certificates for tests; written apart from `src/signers/der.ts`, which it helps to test. */
import { sign, type KeyObject } from 'node:crypto'

export interface CertificateOptions {
  /** Common name. */
  readonly subject: string
  readonly publicKey: KeyObject
  /** Default: self-signed, which needs `issuer.privateKey` all the same. */
  readonly issuer: { readonly name?: string; readonly privateKey: KeyObject }
  /** Default: a day ago. */
  readonly notBefore?: Date
  /** Default: in a year. From 2050 on it becomes a GeneralizedTime. */
  readonly notAfter?: Date
  readonly ca?: boolean
  /** `uniformResourceIdentifier` names. */
  readonly uris?: readonly string[]
  readonly dnsNames?: readonly string[]
  /** Further GeneralNames as they stand in DER. */
  readonly otherNames?: readonly Buffer[]
  readonly serial?: number
}

export interface MadeCertificate {
  readonly der: Buffer
  readonly base64: string
  readonly pem: string
}

const DAY = 86_400_000
const NO_BYTES = Buffer.alloc(0)
const COMMON_NAME = Buffer.from('0603550403', 'hex')
const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex')
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex')
const RSA_SHA256 = Buffer.from('300d06092a864886f70d01010b0500', 'hex')
const ECDSA_SHA256 = Buffer.from('300a06082a8648ce3d040302', 'hex')

/** One signed certificate. */
export function makeCertificate(options: CertificateOptions): MadeCertificate {
  const { subject, publicKey, issuer, ca = false, serial = 1 } = options
  const { notBefore = new Date(Date.now() - DAY), notAfter = new Date(Date.now() + 365 * DAY) } =
    options
  const algorithm = issuer.privateKey.asymmetricKeyType === 'rsa' ? RSA_SHA256 : ECDSA_SHA256
  const tbs = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(serial)),
    algorithm,
    name(issuer.name ?? subject),
    sequence(time(notBefore), time(notAfter)),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions(ca, options))),
  )
  const signature = sign('sha256', tbs, issuer.privateKey)
  const whole = sequence(tbs, algorithm, der(0x03, Buffer.of(0), signature))
  const base64 = whole.toString('base64')
  const lines = base64.match(/.{1,64}/g) ?? []
  const pem = `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
  return { der: whole, base64, pem }
}

function extensions(
  ca: boolean,
  { uris = [], dnsNames = [], otherNames = [] }: CertificateOptions,
): Buffer[] {
  const constraints = sequence(ca ? der(0x01, Buffer.of(0xff)) : NO_BYTES)
  const list = [sequence(BASIC_CONSTRAINTS, der(0x01, Buffer.of(0xff)), der(0x04, constraints))]
  const all = [
    ...uris.map((uri) => der(0x86, Buffer.from(uri))),
    ...dnsNames.map((dnsName) => der(0x82, Buffer.from(dnsName))),
    ...otherNames,
  ]
  if (all.length > 0) {
    const names = sequence(...all)
    list.push(sequence(SUBJECT_ALT_NAME, der(0x04, names)))
  }
  return list
}

function name(commonName: string): Buffer {
  return sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(commonName)))))
}

function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\D/g, '').slice(0, 14)
  return date.getUTCFullYear() < 2050
    ? der(0x17, Buffer.from(`${digits.slice(2)}Z`))
    : der(0x18, Buffer.from(`${digits}Z`))
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts)
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content])
  const digits = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, '0'), 'hex')
  return Buffer.concat([Buffer.of(tag, 0x80 + digits.length), digits, content])
}
