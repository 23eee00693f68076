import type { Bytes } from '../types.ts'

/** SHA-256 over a certificate's DER form, by which certificates are told apart ([RFC 8705, section 3.1](https://www.rfc-editor.org/rfc/rfc8705#section-3.1)). */
export async function thumbprintOf(der: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', der))
}
