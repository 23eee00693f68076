/** Values in strict DER ([X.690, sections 8, 10 and 11](https://www.itu.int/rec/T-REC-X.690)): one encoding for each value, every other is refused. */
import { toHex } from '../../signers/base64.ts'
import { DerError, elementAt, readDer, tags, type DerElement } from '../../signers/der.ts'
import type { Bytes } from '../../types.ts'

/** Context tags, primitive and constructed. */
export const context = (number: number): number => 0x80 + number
export const constructed = (number: number): number => 0xa0 + number
export const ENUMERATED = 0x0a
export const NULL = 0x05

/** Reads the elements inside another one in their order; nothing may be left over at the end. */
export class DerFields {
  readonly #content: Bytes
  #offset = 0

  constructor(parent: DerElement | undefined, tag: number) {
    if (parent?.tag !== tag) throw new DerError('unexpected structure')
    this.#content = parent.content
  }

  /** Reads a whole document. */
  static of(bytes: Bytes, tag: number = tags.sequence): DerFields {
    return new DerFields(readDer(bytes), tag)
  }

  get ended(): boolean {
    return this.#offset === this.#content.length
  }

  any(): DerElement {
    const element = elementAt(this.#content, this.#offset)
    this.#offset += element.length
    return element
  }

  next(tag: number): DerElement {
    const element = this.any()
    if (element.tag !== tag) throw new DerError('unexpected structure')
    return element
  }

  optional(tag: number): DerElement | undefined {
    return this.#content[this.#offset] === tag ? this.any() : undefined
  }

  sequence(): DerFields {
    return new DerFields(this.any(), tags.sequence)
  }

  optionalFields(tag: number): DerFields | undefined {
    const element = this.optional(tag)
    return element && new DerFields(element, tag)
  }

  /** All that is left, of one tag; more than `most` are refused before the next one is read. */
  rest(tag: number, most: number): DerElement[] {
    const all: DerElement[] = []
    while (!this.ended) {
      if (all.length === most) throw new DerError('too many fields')
      all.push(this.next(tag))
    }
    return all
  }

  /** At least one. */
  some(tag: number, most: number): DerElement[] {
    if (this.ended) throw new DerError('no fields')
    return this.rest(tag, most)
  }

  end(): void {
    if (!this.ended) throw new DerError('more fields than expected')
  }
}

/** The only element inside a document or an explicit tag. */
export function onlyField(parent: DerElement): DerElement {
  const fields = new DerFields(parent, parent.tag)
  const element = fields.any()
  fields.end()
  return element
}

/** TRUE; DER leaves out a value that is the default, so that FALSE is refused where it is one. */
export function isTrue(element: DerElement | undefined): boolean {
  if (element === undefined) return false
  const [octet] = element.content
  if (element.content.length !== 1 || octet !== 0xff) throw new DerError('boolean')
  return true
}

/** The octets of an INTEGER in their shortest form. */
export function integerOf(element: DerElement): Bytes {
  const { content } = element
  const [first, second = 0] = content
  if (first === undefined) throw new DerError('integer')
  const padded = (first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)
  if (content.length > 1 && padded) throw new DerError('integer')
  return content
}

/** A small INTEGER that is not negative. */
export function countOf(element: DerElement): number {
  const octets = integerOf(element)
  if ((octets[0] ?? 0) >= 0x80 || octets.length > 4) throw new DerError('integer')
  return octets.reduce((value, octet) => value * 256 + octet, 0)
}

/** Octets of the longest identifier that is read; those of policies, the longest in use, have some 30. */
const LONGEST_OID = 128
/** Octets of the longest AlgorithmIdentifier that is read; RSASSA-PSS with all its parameters has 67. */
const LONGEST_ALGORITHM = 256
/** Octets of the longest signature that is read: RSA of 16,384 bits, more than any key that is accepted makes. */
const LONGEST_SIGNATURE = 2_048

/** An OBJECT IDENTIFIER as hexadecimal, which is how identifiers are compared. */
export function oidOf(element: DerElement): string {
  const { content } = element
  if (element.tag !== tags.objectIdentifier || content.length === 0)
    throw new DerError('identifier')
  if (content.length > LONGEST_OID) throw new DerError('identifier too long')
  if ((content.at(-1) ?? 0) >= 0x80) throw new DerError('identifier')
  const padded = content.some(
    (octet, at) => octet === 0x80 && (at === 0 || (content[at - 1] ?? 0) < 0x80),
  )
  if (padded) throw new DerError('identifier')
  return toHex(content)
}

/** An AlgorithmIdentifier as hexadecimal: it is compared as a whole. */
export function algorithmOf(element: DerElement): string {
  if (element.length > LONGEST_ALGORITHM) throw new DerError('algorithm too long')
  return toHex(element.raw)
}

/** The octets of a signature. */
export function signatureOf(element: DerElement): Bytes {
  const signature = octetsOf(element)
  if (signature.length > LONGEST_SIGNATURE) throw new DerError('signature too long')
  return signature
}

/** A BIT STRING of whole octets: a key or a signature. */
export function octetsOf(element: DerElement): Bytes {
  if (element.content[0] !== 0) throw new DerError('bit string')
  return element.content.subarray(1)
}

/** A BIT STRING of named bits, as a number whose bit n is named bit n; no zero bit at its end. */
export function namedBitsOf(element: DerElement): number {
  const { content } = element
  if (content.length > 3) throw new DerError('bits')
  const [unused = 8, ...octets] = content
  const last = octets.at(-1)
  if (unused > 7 || (last === undefined && unused > 0)) throw new DerError('bits')
  if (last !== undefined && ((last >> unused) & 1) !== 1) throw new DerError('bits')
  if (last !== undefined && (last & ((1 << unused) - 1)) !== 0) throw new DerError('bits')
  let bits = 0
  octets.forEach((octet, at) => {
    for (let bit = 0; bit < 8; bit += 1) if (octet & (0x80 >> bit)) bits |= 1 << (8 * at + bit)
  })
  return bits
}

/** How many digits the year of each type of time has. */
const YEAR_DIGITS: Readonly<Record<number, number>> = {
  [tags.utcTime]: 2,
  [tags.generalizedTime]: 4,
}
const Z = 0x5a

/** Milliseconds since the epoch ([RFC 5280, section 4.1.2.5](https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5)): seconds are written, fractions and offsets are not. */
export function timeOf({ tag, content }: DerElement): number {
  const yearDigits = YEAR_DIGITS[tag]
  if (yearDigits === undefined || content.length !== yearDigits + 11 || content.at(-1) !== Z)
    throw new DerError('time')
  const pairs: number[] = []
  for (let at = 0; at < content.length - 1; at += 2) pairs.push(pairOf(content, at))
  const [first = 0, ...rest] = pairs
  const century = yearDigits === 4 ? first : first < 50 ? 20 : 19
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] =
    yearDigits === 4 ? rest : pairs
  const date = new Date(0)
  date.setUTCFullYear(100 * century + year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  // The setters move the 31st of February into March, and take 24:00 for the next day.
  const isReal =
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60
  if (!isReal) throw new DerError('time')
  return date.getTime()
}

/** The number that two digits write. */
function pairOf(content: Bytes, at: number): number {
  const tens = (content[at] ?? 0) - 0x30
  const ones = (content[at + 1] ?? 0) - 0x30
  if (tens < 0 || tens > 9 || ones < 0 || ones > 9) throw new DerError('time')
  return 10 * tens + ones
}

/** Each octet as one character. */
export function latin1(octets: Uint8Array): string {
  let text = ''
  for (const octet of octets) text += String.fromCharCode(octet)
  return text
}

/** An IA5String's text; octets beyond ASCII are refused. */
export function ia5(octets: Uint8Array): string {
  if (octets.some((octet) => octet >= 0x80)) throw new DerError('IA5String')
  return latin1(octets)
}

/** Whether two byte strings are the same. Not for secrets. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((octet, at) => octet === other[at])
}

/** Octets of hexadecimal text that was made here. */
export function bytesOfHex(hex: string): Bytes {
  const octets = new Uint8Array(hex.length / 2)
  for (let at = 0; at < octets.length; at += 1) {
    octets[at] = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16)
  }
  return octets
}
