/** Finds the private key in PEM text. Errors never quote the text and carry no cause. */
import { requireText } from '../lib/arguments.ts'
import type { Bytes } from '../types.ts'
import { identifierOf, KEYS, kindOfCurve, kindOfIdentifier, type KeyKind } from './algorithms.ts'
import { fromBase64 } from './base64.ts'
import { DerError, childrenOf, expectTag, readDer, tags, writeDer } from './der.ts'
import { isPrivateKey, pemBlocks, type PemBlock } from './pem-blocks.ts'

/** A private key in the one form that `crypto.subtle` reads. */
export interface Pkcs8Key {
  readonly kind: KeyKind
  readonly pkcs8: Bytes
}

/** The private key of a text and the base64 DER of the certificates beside it. */
export interface PemKey extends Pkcs8Key {
  readonly certificates: readonly string[]
}

/** Reads PKCS#8, PKCS#1 and SEC1 keys, with anything around them. Everything wrong is a TypeError that names `key`. */
export function readPemKey(text: unknown): PemKey {
  const blocks = pemBlocks(requireText(text, 'key'), 'key')
  const keys = blocks.filter(isPrivateKey)
  const [block] = keys
  if (block === undefined) throw new TypeError('"key" holds no private key in PEM form')
  if (keys.length > 1) throw new TypeError('"key" holds more than one private key')
  if (block.label.startsWith('ENCRYPTED') || block.body.includes('Proc-Type:')) {
    throw new TypeError(
      '"key" is encrypted; use encryptedPemSigner of carequality-fhir/node, or decrypt it before',
    )
  }
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE').map(({ body }) => body)
  return { ...readBlock(block), certificates }
}

function readBlock(block: PemBlock): Pkcs8Key {
  const reader = READERS.get(block.label)
  if (reader === undefined) {
    throw new TypeError('"key" must be in PKCS#8, PKCS#1 or SEC1 form')
  }
  const der = fromBase64(block.body)
  if (der === undefined) throw unreadable()
  try {
    return reader(der)
  } catch (error) {
    throw error instanceof DerError ? unreadable() : error
  }
}

const READERS: ReadonlyMap<string, (der: Bytes) => Pkcs8Key> = new Map([
  ['PRIVATE KEY', readPkcs8],
  ['RSA PRIVATE KEY', (der: Bytes) => wrap('RSA', der)],
  ['EC PRIVATE KEY', readSec1],
])

/** [RFC 5958, section 2](https://www.rfc-editor.org/rfc/rfc5958#section-2). */
function readPkcs8(der: Bytes): Pkcs8Key {
  const [, identifier] = childrenOf(expectTag(readDer(der), tags.sequence))
  const kind = kindOfIdentifier(expectTag(identifier, tags.sequence).raw)
  if (kind === undefined) throw unsupported()
  return { kind, pkcs8: der }
}

/** [RFC 5915, section 3](https://www.rfc-editor.org/rfc/rfc5915#section-3). */
function readSec1(der: Bytes): Pkcs8Key {
  const fields = childrenOf(expectTag(readDer(der), tags.sequence))
  const parameters = fields.find(({ tag }) => tag === tags.context0)
  if (parameters === undefined) throw unsupported()
  const kind = kindOfCurve(parameters.content)
  if (kind === undefined) throw unsupported()
  return wrap(kind, der)
}

function wrap(kind: KeyKind, der: Bytes): Pkcs8Key {
  const version = writeDer(tags.integer, Uint8Array.of(0))
  const key = writeDer(tags.octetString, der)
  return { kind, pkcs8: writeDer(tags.sequence, version, identifierOf(kind), key) }
}

function unsupported(): TypeError {
  return new TypeError(`"key" must be ${KEYS}`)
}

function unreadable(): TypeError {
  return new TypeError('"key" holds a private key that cannot be read')
}
