/** Key and certificates, before any network: what is wrong with the files. */
import { isBytes } from '../lib/arguments.ts'
import { readCertificates, toX5c, type Certificate } from '../signers/certificate.ts'
import { namesOf, readChain } from '../signers/chain.ts'
import { childrenOf, DerError, expectTag, readDer, tags } from '../signers/der.ts'
import { jwkFromSpki, sameKey } from '../signers/jwk.ts'
import { keyFromPkcs8, type LocalKey } from '../signers/local-keys.ts'
import { isPrivateKey, pemBlocks } from '../signers/pem-blocks.ts'
import { readPemKey } from '../signers/pem.ts'
import type { Bytes, Mode } from '../types.ts'
import { failed, notReached, passed, type Outcome } from './diagnosis.ts'

/** A private key as it is in its file. */
export type KeyFile = string | Uint8Array

/** Reads the key. Evidence names kinds and lengths, never a byte. */
export async function keyStep(file: KeyFile): Promise<Outcome<LocalKey>> {
  const text = textOf(file)
  if (typeof text !== 'string') return failed(isPkcs12(text) ? 'key-is-pkcs12' : 'key-is-der')
  const labels = labelsOf(text)
  if (labels === undefined) return failed('key-not-usable', 'a PEM block has no end')
  const keys = labels.filter((label) => isPrivateKey({ label, body: '' }))
  if (keys.length === 0) {
    const isBareDer = labels.length === 0 && /^[A-Za-z0-9+/=\s]{200,}$/.test(text)
    if (isBareDer) return failed('key-is-der', 'it is base64 without the BEGIN and END lines')
    return failed('key-missing', `it holds: ${labels.map(shownLabel).join(', ') || 'no PEM block'}`)
  }
  if (keys.length > 1) return failed('key-not-usable', 'it holds more than one private key')
  const [label = ''] = keys
  if (label.startsWith('ENCRYPTED') || text.includes('Proc-Type:'))
    return failed('key-is-encrypted')
  return importedKey(text, label)
}

async function importedKey(text: string, label: string): Promise<Outcome<LocalKey>> {
  try {
    const pem = readPemKey(text)
    const bits = pem.kind === 'RSA' ? rsaBits(pem.pkcs8) : undefined
    if (bits !== undefined && bits < 2048) return failed('key-too-short', `it has ${bits} bits`)
    const key = await keyFromPkcs8(pem)
    return passed(key, `${pem.kind}${bits === undefined ? '' : ` ${bits}`}, ${shownLabel(label)}`)
  } catch (error) {
    if (error instanceof TypeError || error instanceof DerError) return failed('key-not-usable')
    throw error
  }
}

/** Reads the certificates and finds the key's own. */
export async function certificateStep(
  input: unknown,
  key: LocalKey,
  mode: Mode,
): Promise<Outcome<readonly Certificate[]>> {
  if (input === undefined) {
    return mode === 'smart-backend'
      ? notReached('no certificate was given, and mode smart-backend needs none')
      : failed('certificate-missing')
  }
  let certificates: readonly Certificate[]
  try {
    certificates = readCertificates(input)
  } catch (error) {
    if (error instanceof TypeError) return failed('certificate-not-readable')
    throw error
  }
  const own = await indexOfKey(certificates, key)
  if (own === undefined) {
    return failed('key-certificate-mismatch', ...subjectLines(certificates))
  }
  return passed(certificates, `certificate ${own + 1} of ${certificates.length} is the key's`)
}

/** Leaf first, each issued by the next. */
export async function chainStep(
  certificates: readonly Certificate[],
  key: LocalKey,
): Promise<Outcome<readonly string[]>> {
  const own = await indexOfKey(certificates, key)
  const lines = subjectLines(certificates)
  return own === 0 && isInOrder(certificates)
    ? passed(toX5c(certificates), ...lines)
    : failed('chain-out-of-order', ...lines)
}

/** By the clock of this machine, which a later step compares with the servers'. */
export function validityStep(certificates: readonly Certificate[], now: number): Outcome<true> {
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10)
  const lines = certificates.map((one) => `${subjectLine(one)}: until ${day(one.notAfter)}`)
  if (certificates.some(({ notAfter }) => now > notAfter)) {
    return failed('certificate-expired', ...lines, `today is ${day(now)}`)
  }
  const early = certificates.find(({ notBefore }) => now < notBefore)
  if (early !== undefined) {
    return failed(
      'certificate-not-yet-valid',
      `from ${day(early.notBefore)}`,
      `today is ${day(now)}`,
    )
  }
  const left = Math.floor((Math.min(...certificates.map((c) => c.notAfter)) - now) / 86_400_000)
  return passed(true, ...lines, `${left} days left`)
}

/** In `carequality-legacy` the client id is a DNS name of the certificate, in `udap` one of its URIs. */
export function namesStep(leaf: Certificate, clientId: string, mode: Mode): Outcome<true> {
  const { commonName, alternative } = namesOf(leaf)
  const hosts = [...alternative.dnsNames, ...(commonName === undefined ? [] : [commonName])]
  const isNamed =
    mode === 'udap'
      ? alternative.uris.includes(clientId)
      : hosts.some((name) => name.toLowerCase() === clientId.toLowerCase()) ||
        alternative.uris.includes(clientId)
  const names = [
    `client id: ${clientId}`,
    `the certificate names: ${[...new Set([...hosts, ...alternative.uris])].slice(0, 10).join(', ')}`,
  ]
  return isNamed || mode === 'smart-backend'
    ? passed(true, ...names)
    : failed('certificate-other-name', ...names)
}

async function indexOfKey(
  certificates: readonly Certificate[],
  { publicJwk }: LocalKey,
): Promise<number | undefined> {
  for (const [index, { spki }] of certificates.entries()) {
    const certified = await jwkFromSpki(spki)
    if (certified !== undefined && publicJwk !== undefined && sameKey(certified, publicJwk))
      return index
  }
  return undefined
}

/** Whether each certificate was issued by the next. */
export function isInOrder(certificates: readonly Certificate[]): boolean {
  try {
    readChain(toX5c(certificates))
    return true
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}

/** Subject and issuer of each, as evidence. */
export function subjectLines(certificates: readonly Certificate[]): readonly string[] {
  return certificates.slice(0, 5).map(subjectLine)
}

function subjectLine(certificate: Certificate): string {
  const { subject, issuer } = namesOf(certificate)
  return `${subject}, issued by ${issuer}`
}

/** The text of a PEM file that was read without an encoding; other bytes as they are. */
function textOf(file: KeyFile): string | Bytes {
  if (!isBytes(file)) return file
  if (file[0] === tags.sequence) return new Uint8Array(file)
  return new TextDecoder().decode(file)
}

function labelsOf(text: string): readonly string[] | undefined {
  try {
    return pemBlocks(text, 'key').map(({ label }) => label)
  } catch {
    return undefined
  }
}

/** A label is text of the file: only known ones are shown. */
function shownLabel(label: string): string {
  return /^((RSA|EC|ENCRYPTED|OPENSSH|DSA) )?(PRIVATE KEY|PUBLIC KEY|CERTIFICATE)$/.test(label)
    ? label
    : 'another block'
}

/** PFX begins with version 3 ([RFC 7292, section 4](https://www.rfc-editor.org/rfc/rfc7292#section-4)), a key with version 0 or 1. */
function isPkcs12(bytes: Bytes): boolean {
  try {
    const [version] = childrenOf(readDer(bytes))
    return version?.tag === tags.integer && version.content[0] === 3
  } catch {
    return false
  }
}

/** The length of the modulus; `crypto.subtle` accepts short keys silently. */
function rsaBits(pkcs8: Bytes): number {
  const [, , wrapped] = childrenOf(expectTag(readDer(pkcs8), tags.sequence))
  const key = readDer(expectTag(wrapped, tags.octetString).content)
  const [, modulus] = childrenOf(expectTag(key, tags.sequence))
  const bytes = expectTag(modulus, tags.integer).content
  const lead = bytes.findIndex((byte) => byte !== 0)
  return (bytes.length - lead - 1) * 8 + (32 - Math.clz32(bytes[lead] ?? 0))
}
