import { encode } from 'jose/base64url'
import type { Bytes, JsonValue } from '../types.ts'

type Members = Readonly<Record<string, JsonValue>>

/**
 * The signing input of a JWS ([RFC 7515, section
 * 5.1](https://www.rfc-editor.org/rfc/rfc7515#section-5.1)), as text and as bytes.
 */
export function signingInput(
  header: Members,
  claims: Members,
): { readonly text: string; readonly bytes: Bytes } {
  const text = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(claims))}`
  return { text, bytes: new TextEncoder().encode(text) }
}
