/** Comparing distinguished names ([RFC 5280, section 7.1](https://www.rfc-editor.org/rfc/rfc5280#section-7.1)). */
import { toHex } from '../../signers/base64.ts'
import { DerError, tags, type DerElement } from '../../signers/der.ts'
import { LONGEST_NORMALIZED, normalized } from '../../lib/normalize.ts'
import { nameText, readName } from '../../signers/names.ts'
import type { Bytes } from '../../types.ts'
import { DerFields, latin1, oidOf } from './der-values.ts'

/** A distinguished name in the form it is compared in. */
export interface DistinguishedName {
  readonly raw: Bytes
  /** One text for each relative name; equal texts are equal names. */
  readonly parts: readonly string[]
  /** The whole name as one text. */
  readonly key: string
  /** Values of the attribute `emailAddress`, which name constraints bind too. */
  readonly emails: readonly string[]
}

const EMAIL_ADDRESS = '2a864886f70d010901'
/** More than any real name has; compared names are bounded. */
const MAX_ATTRIBUTES = 64
const LONGEST_NAME = 8_192
/** X.520 has no attribute with more than some hundreds. */
const LONGEST_VALUE = LONGEST_NORMALIZED

/** Reads a Name. */
export function nameOf(element: DerElement): DistinguishedName {
  const emails: string[] = []
  if (element.length > LONGEST_NAME) throw new DerError('name too long')
  const sets = new DerFields(element, tags.sequence).rest(tags.set, MAX_ATTRIBUTES)
  const parts = sets.map((set) => partOf(set, tags.set, emails))
  return { raw: element.raw, parts, key: keyOf(parts), emails }
}

/** The part that a relative name adds, with whatever tag it is written. */
export function relativeNameOf(element: DerElement): string {
  if (element.length > LONGEST_NAME) throw new DerError('name too long')
  return partOf(element, element.tag, [])
}

/** The key of the name that is one part below another one. */
export function keyBelow({ parts }: DistinguishedName, part: string): string {
  return keyOf([...parts, part])
}

/** For people, in one line. */
export function textOfName({ raw }: DistinguishedName): string {
  return nameText(readName(raw)).slice(0, 200)
}

/** Whether a name lies in the subtree that another one is the root of. */
export function isInSubtree(name: DistinguishedName, root: DistinguishedName): boolean {
  return root.parts.every((part, at) => part === name.parts[at])
}

function keyOf(parts: readonly string[]): string {
  return parts.map((part) => `${part.length}:${part}`).join('')
}

function partOf(set: DerElement, tag: number, emails: string[]): string {
  const attributes = new DerFields(set, tag).some(tags.sequence, MAX_ATTRIBUTES)
  const texts = attributes.map((attribute) => {
    const fields = new DerFields(attribute, tags.sequence)
    const type = oidOf(fields.any())
    const value = fields.any()
    fields.end()
    if (value.length > LONGEST_VALUE) throw new DerError('name too long')
    if (type === EMAIL_ADDRESS) emails.push(latin1(value.content))
    const compared = comparedForm(value)
    // With its length, so that no value can look like the end of one and the beginning of another.
    return `${type}:${compared.length}:${compared}`
  })
  return texts.sort().join('+')
}

/** Without case and with single spaces, whatever the string type ([RFC 4518](https://www.rfc-editor.org/rfc/rfc4518)). */
function comparedForm(value: DerElement): string {
  const text = textOf(value)
  if (text === undefined) return `#${toHex(value.raw)}`
  const normal = normalized(text, 'NFKC')
  if (normal === undefined) throw new DerError('name too long')
  return normal.toLowerCase().trim().replace(/\s+/gu, ' ')
}

function textOf({ tag, content }: DerElement): string | undefined {
  switch (tag) {
    case 0x0c:
      return utf8(content)
    case 0x12: // numeric
    case 0x13: // printable
    case 0x16: // IA5
    case 0x14: // teletex, as everybody writes it
      return latin1(content)
    case 0x1e:
      return utf16(content)
    default:
      return undefined
  }
}

function utf8(content: Bytes): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
  } catch {
    throw new DerError('UTF8String')
  }
}

function utf16(content: Bytes): string {
  if (content.length % 2 !== 0) throw new DerError('BMPString')
  let text = ''
  for (let at = 0; at < content.length; at += 2) {
    text += String.fromCharCode((content[at] ?? 0) * 256 + (content[at + 1] ?? 0))
  }
  return text
}
