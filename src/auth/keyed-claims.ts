/** How cache keys show what a token is requested with. */
import { jsonTextIfAny } from '../lib/arguments.ts'
import { sha256 } from '../lib/sha256.ts'
import type { JsonValue } from '../types.ts'

/** Where TEFCA's individual access carries the token of the person who asks. */
const ID_TOKEN = 'id_token'

/** A request and what else decides on its token, as text; undefined where JSON cannot carry it. */
export function requestKey(
  request: { readonly claims?: unknown },
  certificates: readonly unknown[],
): string | undefined {
  // Without claims there is no id token, and JSON is written faster.
  const replacer = request.claims === undefined ? undefined : withoutIdToken
  return jsonTextIfAny([request, certificates], replacer)
}

/** For `JSON.stringify`: an id token names a person and opens doors, so that keys hold its digest. */
function withoutIdToken(name: string, value: unknown): unknown {
  return name === ID_TOKEN && typeof value === 'string' ? { sha256: sha256(value) } : value
}

/** Claims as keys show them. */
export function keyedClaims(
  claims: Readonly<Record<string, JsonValue>> | undefined,
): Readonly<Record<string, JsonValue>> {
  if (claims === undefined) return {}
  return JSON.parse(JSON.stringify(claims, withoutIdToken)) as Readonly<Record<string, JsonValue>>
}
