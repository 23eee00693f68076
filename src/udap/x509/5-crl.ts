/** Certificate revocation lists ([RFC 5280, section 5](https://www.rfc-editor.org/rfc/rfc5280#section-5)). */
import { Yielder } from '../../lib/turn.ts'
import { toHex } from '../../signers/base64.ts'
import { DerError, elementAt, readDer, tags, type DerElement } from '../../signers/der.ts'
import type { Bytes } from '../../types.ts'
import { signedOf, type Signed } from './4.1-certificate.ts'
import { authorityKeyIdOf, extensionListOf } from './4.2-extensions.ts'
import { issuingDistributionPointOf, type IssuingDistributionPoint } from './5.2.5-crl-scope.ts'
import { nameOf, type DistinguishedName } from './7.1-names.ts'
import {
  algorithmOf,
  constructed,
  countOf,
  DerFields,
  ENUMERATED,
  integerOf,
  onlyField,
  timeOf,
} from './der-values.ts'

/** A revocation list, read in full; nothing about it is verified yet. Its entries stay bytes: a list may have hundreds of thousands. */
export interface Crl extends Signed {
  readonly size: number
  readonly issuer: DistinguishedName
  /** Milliseconds since the epoch. */
  readonly thisUpdate: number
  readonly nextUpdate: number
  readonly number: bigint
  /** In a delta: the number of the complete list that it goes with. */
  readonly deltaBase: bigint | undefined
  readonly scope: IssuingDistributionPoint | undefined
  readonly keyId: string | undefined
  readonly entries: Bytes
}

const CRL_NUMBER = '551d14'
const REASON_CODE = '551d15'
const DELTA_CRL_INDICATOR = '551d1b'
const ISSUING_DISTRIBUTION_POINT = '551d1c'
const AUTHORITY_KEY_ID = '551d23'
const LONGEST_NUMBER = 20
/** Octets of all extensions of a list. Only its entries may be long: they are read in turns. */
const LONGEST_EXTENSIONS = 64_000
/** RFC 5280 knows three for an entry. */
const MAX_ENTRY_EXTENSIONS = 10

/** Reads a list; a {@link DerError} where it is none, has a critical extension that is not processed, or lacks `nextUpdate` or its number. */
export async function parseCrl(der: Bytes): Promise<Crl> {
  const { tbs: element, ...signed } = signedOf(der)
  const tbs = new DerFields(element, tags.sequence)
  // Version 2; without the field it is version 1, which has no extensions and so no number.
  if (countOf(tbs.next(tags.integer)) !== 1) throw new DerError('CRL version')
  if (algorithmOf(tbs.next(tags.sequence)) !== signed.algorithm)
    throw new DerError('two algorithms')
  const issuer = nameOf(tbs.any())
  const thisUpdate = timeOf(tbs.any())
  const nextUpdate = timeOf(tbs.any())
  const entries = tbs.optional(tags.sequence)
  const extensions = tbs.next(constructed(0))
  tbs.end()
  if (extensions.length > LONGEST_EXTENSIONS) throw new DerError('extensions too long')
  if (entries !== undefined) await checkEntries(entries)
  return {
    ...signed,
    size: der.length,
    tbs: element.raw,
    issuer,
    thisUpdate,
    nextUpdate,
    ...extensionsOf(onlyField(extensions)),
    entries: entries?.content ?? new Uint8Array(),
  }
}

/** What an entry says about its certificate. */
export type RevocationReason = 'revoked' | 'removed'

/** The entry of a serial number, given as the octets of its INTEGER. Allocates nothing until it is found. */
export function findEntry({ entries }: Crl, serial: Bytes): RevocationReason | undefined {
  for (let at = 0; at < entries.length;) {
    const start = contentStart(entries, at)
    const serialStart = contentStart(entries, start)
    const serialLength = lengthAt(entries, start)
    if (serialLength === serial.length && isAt(entries, serialStart, serial)) {
      return reasonOf(elementAt(entries, at))
    }
    at = start + lengthAt(entries, at)
  }
  return undefined
}

const REMOVE_FROM_CRL = 8

function reasonOf(entry: DerElement): RevocationReason {
  const { reason } = entryOf(entry)
  return reason === REMOVE_FROM_CRL ? 'removed' : 'revoked'
}

/** Every entry is read once, in turns: one that cannot be processed spoils the whole list. */
async function checkEntries(list: DerElement): Promise<void> {
  const work = new Yielder()
  const { content } = list
  if (content.length === 0) throw new DerError('an empty list of entries')
  for (let at = 0, count = 0; at < content.length; count += 1) {
    const entry = elementAt(content, at)
    entryOf(entry)
    at += entry.length
    if (count % 256 === 255 && work.shouldYield) await work.turn()
  }
}

function entryOf(entry: DerElement): { reason: number } {
  const fields = new DerFields(entry, tags.sequence)
  integerOf(fields.next(tags.integer))
  timeOf(fields.any())
  const extensions = fields.optional(tags.sequence)
  fields.end()
  let reason = 0
  for (const { id, critical, value } of extensions === undefined
    ? []
    : extensionListOf(extensions, MAX_ENTRY_EXTENSIONS)) {
    if (id === REASON_CODE) {
      const code = readDer(value)
      if (code.tag !== ENUMERATED) throw new DerError('reason code')
      reason = countOf(code)
    } else if (critical) throw new DerError('critical entry extension') // such as another certificate issuer
  }
  return { reason }
}

function extensionsOf(list: DerElement): Pick<Crl, 'number' | 'deltaBase' | 'scope' | 'keyId'> {
  let number: bigint | undefined
  let deltaBase: bigint | undefined
  let scope: IssuingDistributionPoint | undefined
  let keyId: string | undefined
  const seen = new Set<string>()
  for (const { id, critical, value } of extensionListOf(list)) {
    if (seen.has(id)) throw new DerError('an extension twice')
    seen.add(id)
    const element = readDer(value)
    if (id === CRL_NUMBER && !critical) number = numberOf(element)
    else if (id === DELTA_CRL_INDICATOR) deltaBase = numberOf(element)
    else if (id === ISSUING_DISTRIBUTION_POINT) scope = issuingDistributionPointOf(element)
    else if (id === AUTHORITY_KEY_ID) ({ keyId } = authorityKeyIdOf(element))
    else if (critical) throw new DerError('critical CRL extension')
  }
  if (number === undefined) throw new DerError('no CRL number')
  return { number, deltaBase, scope, keyId }
}

function numberOf(element: DerElement): bigint {
  const octets = integerOf(element)
  if (
    element.tag !== tags.integer ||
    (octets[0] ?? 0) >= 0x80 ||
    octets.length > LONGEST_NUMBER + 1
  ) {
    throw new DerError('CRL number')
  }
  return BigInt(`0x${toHex(octets)}`)
}

/** Where the content of the element at an offset begins; its header was checked before. */
function contentStart(bytes: Bytes, at: number): number {
  const first = bytes[at + 1] ?? 0
  return at + 2 + (first < 0x80 ? 0 : first & 0x7f)
}

function lengthAt(bytes: Bytes, at: number): number {
  const first = bytes[at + 1] ?? 0
  if (first < 0x80) return first
  let length = 0
  for (let index = 0; index < (first & 0x7f); index += 1) {
    length = length * 256 + (bytes[at + 2 + index] ?? 0)
  }
  return length
}

function isAt(bytes: Bytes, at: number, wanted: Bytes): boolean {
  for (let index = 0; index < wanted.length; index += 1) {
    if (bytes[at + index] !== wanted[index]) return false
  }
  return true
}
