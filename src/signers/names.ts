/** Names in certificates ([RFC 5280, sections 4.1.2.4 and 4.2.1.6](https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.4)). */
import type { Bytes } from '../types.ts'
import { toHex } from './base64.ts'
import { childrenOf, DerError, expectTag, readDer, tags, type DerElement } from './der.ts'

/** One attribute of a Name, for example `CN` and its value. */
export interface NameAttribute {
  /** Short name ([RFC 4514, section 3](https://www.rfc-editor.org/rfc/rfc4514#section-3)), or the hexadecimal of an unknown one's identifier. */
  readonly type: string
  readonly value: string
}

const SHORT_NAMES: Readonly<Record<string, string>> = {
  '550403': 'CN',
  '550405': 'SERIALNUMBER',
  '550406': 'C',
  '550407': 'L',
  '550408': 'ST',
  '550409': 'STREET',
  '55040a': 'O',
  '55040b': 'OU',
  '0992268993f22c640119': 'DC',
  '2a864886f70d010901': 'emailAddress',
}

/** The attributes of a Name, in the order of the certificate. */
export function readName(name: Bytes): readonly NameAttribute[] {
  return childrenOf(expectTag(readDer(name), tags.sequence)).flatMap((set) =>
    childrenOf(expectTag(set, tags.set)).map((attribute) => {
      const [type, value] = childrenOf(expectTag(attribute, tags.sequence))
      const identifier = toHex(expectTag(type, tags.objectIdentifier).content)
      return { type: SHORT_NAMES[identifier] ?? identifier, value: readText(value) }
    }),
  )
}

/** One line, for people: `CN=fhir.example.org, O=Example`. */
export function nameText(attributes: readonly NameAttribute[]): string {
  return attributes
    .map(({ type, value }) => `${type}=${printable(value).replace(/[,+"\\<>;]/g, '\\$&')}`)
    .join(', ')
}

/** The last common name of a Name. */
export function commonNameOf(attributes: readonly NameAttribute[]): string | undefined {
  return attributes.filter(({ type }) => type === 'CN').at(-1)?.value
}

/** The subject alternative names, by kind. */
export interface AlternativeNames {
  readonly dnsNames: readonly string[]
  readonly uris: readonly string[]
  readonly emails: readonly string[]
  readonly ipAddresses: readonly string[]
}

/** Reads GeneralNames; kinds other than the four are omitted. */
export function readAlternativeNames(names: Bytes | undefined): AlternativeNames {
  const all = names === undefined ? [] : childrenOf(expectTag(readDer(names), tags.sequence))
  const ofKind = (tag: number): readonly DerElement[] => all.filter((name) => name.tag === tag)
  const texts = (tag: number): readonly string[] =>
    ofKind(tag).map(({ content }) => new TextDecoder('latin1').decode(content))
  return {
    emails: texts(0x81),
    dnsNames: texts(0x82),
    uris: texts(0x86),
    ipAddresses: ofKind(0x87).map(({ content }) => addressText(content)),
  }
}

const ENCODINGS: Readonly<Record<number, string>> = {
  0x0c: 'utf-8',
  0x12: 'latin1', // numeric
  0x13: 'latin1', // printable
  0x14: 'latin1', // teletex, as everybody writes it
  0x16: 'latin1', // IA5
  0x1e: 'utf-16be',
}

function readText(value: DerElement | undefined): string {
  const encoding = ENCODINGS[value?.tag ?? 0]
  if (value === undefined) throw new DerError('no value')
  try {
    if (encoding !== undefined) return new TextDecoder(encoding).decode(value.content)
  } catch {
    // a runtime without UTF-16 in big-endian order
  }
  return `#${toHex(value.raw)}`
}

function addressText(bytes: Bytes): string {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) return `#${toHex(bytes)}`
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((bytes[2 * index] ?? 0) * 256 + (bytes[2 * index + 1] ?? 0)).toString(16),
  )
  return groups.join(':')
}

/** A name goes into messages and letters; a line break in it would forge a line. */
function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
}
