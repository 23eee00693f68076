/** What is signed of a JWS: its header and its claims ([RFC 7515, section 5.1](https://www.rfc-editor.org/rfc/rfc7515#section-5.1)). */
import type { Bytes, JsonValue } from '../types.ts'

type Members = Readonly<Record<string, JsonValue>>

/** The same characters twice: as the text that is sent, and as the bytes that are signed. */
export interface Encoded {
  readonly text: string
  readonly bytes: Bytes
}

const encoder = new TextEncoder()

/** With a chain of certificates it has some kilobytes: worth keeping. */
export function encodedHeader(members: Members): Encoded {
  const text = `${base64urlJson(members)}.`
  return { text, bytes: encoder.encode(text) }
}

export function signingInput(header: Encoded, claims: Members): Encoded {
  const payload = base64urlJson(claims)
  const bytes = new Uint8Array(header.bytes.length + payload.length)
  bytes.set(header.bytes)
  encoder.encodeInto(payload, bytes.subarray(header.bytes.length))
  return { text: header.text + payload, bytes }
}

/** JSON in ASCII alone needs no bytes in between: other letters go as JSON's own escapes. */
function base64urlJson(members: Members): string {
  const ascii = JSON.stringify(members).replace(
    /[\u0080-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return btoa(ascii).replace(/=/g, '').replace(/\+/g, '-').replace(/\//g, '_')
}
