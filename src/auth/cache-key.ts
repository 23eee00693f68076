import { encode } from 'jose/base64url'
import { canonicalJson } from '../lib/canonical-json.ts'
import type { JsonValue } from '../types.ts'

/** A digest of a token's name, the key, and what the assertion signer adds to every assertion. */
export async function sharedKey(name: string, signer: JsonValue): Promise<string> {
  const bytes = new TextEncoder().encode(canonicalJson([name, signer]))
  return encode(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}
