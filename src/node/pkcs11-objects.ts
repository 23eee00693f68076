/** Finds a key and what belongs to it on a token. */
import { Buffer } from 'node:buffer'

import { isBytes } from '../lib/arguments.ts'
import { kindOfCurve, type KeyKind } from '../signers/algorithms.ts'
import { bareJwk, type BareJwk } from '../signers/jwk.ts'
import { DerError, expectTag, readDer, tags } from '../signers/der.ts'
import { ck, refusalOf, type Pkcs11Attribute, type Pkcs11Module } from './pkcs11-module.ts'
import { failure, findObjects } from './pkcs11-token.ts'

/** How a key is named on the token. */
export interface KeyName {
  readonly label: string | undefined
  readonly id: Uint8Array | undefined
}

/** The one private key of that name. */
export function findPrivateKey(module: Pkcs11Module, session: unknown, name: KeyName): unknown {
  const found = findObjects(module, session, templateOf(ck.CKO_PRIVATE_KEY, name))
  if (found.length === 1) return found[0]
  throw failure(
    `the PKCS#11 token holds ${found.length === 0 ? 'no private key' : 'several private keys'} of that name`,
  )
}

/** What is on the token beside a private key. */
export interface KeyFacts {
  readonly kind: KeyKind
  readonly publicJwk: BareJwk | undefined
  /** DER of the certificate that has the key's id. */
  readonly certificate: Uint8Array | undefined
}

/** Reads a key's kind, its public part and its certificate. */
export function readKeyFacts(
  module: Pkcs11Module,
  { session, key }: { session: unknown; key: unknown },
  name: KeyName,
): KeyFacts {
  const read = (object: unknown, type: number): Uint8Array | undefined =>
    attribute(module, session, object, type)
  const kind = kindOf(read(key, ck.CKA_KEY_TYPE), () => read(key, ck.CKA_EC_PARAMS))
  if (kind === undefined)
    throw failure('the key on the PKCS#11 token is of a kind that is not used here')
  const id = name.id ?? read(key, ck.CKA_ID)
  const beside = (objectClass: number): readonly unknown[] =>
    id === undefined || id.length === 0
      ? []
      : findObjects(module, session, templateOf(objectClass, { label: undefined, id }))
  const [certificate] = beside(ck.CKO_CERTIFICATE)
  return {
    kind,
    // An RSA key's private object tells its public part as well.
    publicJwk: [...beside(ck.CKO_PUBLIC_KEY), key]
      .map((object) => jwkOf(kind, (type) => read(object, type)))
      .find((jwk) => jwk !== undefined),
    certificate: certificate === undefined ? undefined : read(certificate, ck.CKA_VALUE),
  }
}

function templateOf(objectClass: number, { label, id }: KeyName): Pkcs11Attribute[] {
  return [
    { type: ck.CKA_CLASS, value: objectClass },
    ...(label === undefined ? [] : [{ type: ck.CKA_LABEL, value: label }]),
    ...(id === undefined ? [] : [{ type: ck.CKA_ID, value: Buffer.from(id) }]),
  ]
}

function attribute(
  module: Pkcs11Module,
  session: unknown,
  object: unknown,
  type: number,
): Uint8Array | undefined {
  try {
    const [found] = module.C_GetAttributeValue(session, object, [{ type }])
    return isBytes(found?.value) ? new Uint8Array(found.value) : undefined
  } catch (error) {
    // An object that does not have it, or does not disclose it.
    if (refusalOf(error)?.startsWith('CKR_ATTRIBUTE_') === true) return undefined
    throw error
  }
}

function kindOf(
  keyType: Uint8Array | undefined,
  parameters: () => Uint8Array | undefined,
): KeyKind | undefined {
  const type = keyType?.[0]
  if (type === ck.CKK_RSA) return 'RSA'
  if (type === ck.CKK_EC_EDWARDS) return 'Ed25519'
  const curve = type === ck.CKK_EC ? parameters() : undefined
  return curve && kindOfCurve(new Uint8Array(curve))
}

function jwkOf(kind: KeyKind, read: (type: number) => Uint8Array | undefined): BareJwk | undefined {
  const text = (bytes: Uint8Array | undefined): string | undefined =>
    bytes && Buffer.from(bytes).toString('base64url')
  if (kind === 'RSA') {
    return bareJwk({
      kty: 'RSA',
      n: text(read(ck.CKA_MODULUS)),
      e: text(read(ck.CKA_PUBLIC_EXPONENT)),
    })
  }
  const point = pointOf(read(ck.CKA_EC_POINT))
  if (point === undefined) return undefined
  if (kind === 'Ed25519') return bareJwk({ kty: 'OKP', crv: kind, x: text(point) })
  const half = (point.length - 1) / 2 // after the byte that says "not compressed"
  if (point[0] !== 4) return undefined
  const [x, y] = [text(point.subarray(1, 1 + half)), text(point.subarray(1 + half))]
  return bareJwk({ kty: 'EC', crv: kind, x, y })
}

/** The standard wraps it in an OCTET STRING; some tokens do not. */
function pointOf(value: Uint8Array | undefined): Uint8Array | undefined {
  if (value === undefined) return undefined
  try {
    return expectTag(readDer(new Uint8Array(value)), tags.octetString).content
  } catch (error) {
    if (error instanceof DerError) return value
    throw error
  }
}
