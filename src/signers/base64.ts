/** Standard base64, as certificates and PEM blocks have it. */
import { decode, encode } from 'jose/base64url'

import type { Bytes } from '../types.ts'

/** Bytes of base64 text; white space is ignored. Undefined for anything else. */
export function fromBase64(text: string): Bytes | undefined {
  const compact = withLineBreaks(text).replace(/\s/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined
  try {
    return new Uint8Array(decode(compact.replaceAll('+', '-').replaceAll('/', '_')))
  } catch {
    return undefined
  }
}

/** Bytes of base64url as in JWS: no padding, no white space, and only the canonical text. */
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
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
