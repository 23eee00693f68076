/** Standard base64, as certificates and PEM blocks have it. */
import { decode, encode } from 'jose/base64url'

import type { Bytes } from '../types.ts'

const DIGITS = '0123456789abcdef'

/** Bytes of base64 text; white space is ignored. Undefined where it is no base64. */
export function fromBase64(text: string): Bytes | undefined {
  const compact = withLineBreaks(text).replace(/\s/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined
  try {
    return new Uint8Array(decode(compact.replaceAll('+', '-').replaceAll('/', '_')))
  } catch {
    return undefined
  }
}

/** Bytes of standard base64 with padding; undefined for any text but the one that encodes them. */
export function fromStrictBase64(text: string): Bytes | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  // Bits of the last digit beyond the last byte must be zero, or several texts would encode the same bytes.
  if (text.endsWith('=') && !/([AQgw]=|[AEIMQUYcgkosw048])=$/.test(text)) return undefined
  const characters = atob(text)
  const bytes = new Uint8Array(characters.length)
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = characters.charCodeAt(at)
  return bytes
}

/** Bytes of base64url as JWS has it: no padding, no white space, and only the one text that encodes the bytes. */
export function fromBase64url(text: string): Bytes | undefined {
  if (!/^[\w-]*$/.test(text)) return undefined
  try {
    const bytes = new Uint8Array(decode(text))
    return encode(bytes) === text ? bytes : undefined
  } catch {
    return undefined
  }
}

/** Base64url without padding. */
export function toBase64url(bytes: Uint8Array): string {
  return encode(bytes)
}

/**
 * Keys in environment variables and deployment tools often have `\n` as two or more characters.
 */
export function withLineBreaks(text: string): string {
  return text.replace(/\\{1,4}[rn]/g, '\n')
}

/** Base64 with padding and without line breaks. */
export function toBase64(bytes: Uint8Array): string {
  const text = encode(bytes).replaceAll('-', '+').replaceAll('_', '/')
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}

/** Lower-case hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  let hex = ''
  for (const byte of bytes) hex += DIGITS.charAt(byte >> 4) + DIGITS.charAt(byte & 15)
  return hex
}
