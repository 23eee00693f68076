/** Claims that every UDAP JWT has, and the values in them (SSRAA section 7.1). */
import { UdapRefusal, type Members } from './jws.ts'

const LONGEST_SECONDS = 300

/** What a JWT is held against. */
export interface ClaimRules {
  /** The error that a violation becomes. */
  readonly error: string
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The URL as it was published. */
  readonly audience: string
}

/** Checks `aud`, `iat`, `exp` and `jti`; gives the `jti` and when the JWT expires, in seconds. */
export function checkTimes(
  { aud, iat, exp, jti }: Members,
  { error, now, audience }: ClaimRules,
): { readonly jti: string; readonly exp: number } {
  const seconds = now / 1000
  const refuse = refuseAs(error)
  if (aud !== audience) return refuse(`"aud" must be ${audience}`)
  if (!isNumber(iat) || !isNumber(exp)) return refuse('"iat" and "exp" must be numbers')
  if (iat > seconds) return refuse('"iat" is in the future')
  if (exp <= seconds) return refuse('it has expired')
  if (exp <= iat || exp - iat > LONGEST_SECONDS) {
    return refuse(`"exp" must be after "iat" and at most ${LONGEST_SECONDS} seconds later`)
  }
  if (!isText(jti)) return refuse('"jti" must be a text')
  return { jti, exp }
}

/** Remembers which JWTs were used, until they expire: a second use is a replay. */
export class UsedIds {
  readonly #expiry = new Map<string, number>()

  /** Throws for a `jti` that its issuer used before. */
  use(issuer: string, { jti, exp }: { jti: string; exp: number }, rules: ClaimRules): void {
    for (const [key, end] of this.#expiry) if (end <= rules.now / 1000) this.#expiry.delete(key)
    const key = JSON.stringify([issuer, jti])
    if (this.#expiry.has(key)) throw new UdapRefusal(rules.error, '"jti" was used before')
    this.#expiry.set(key, exp)
  }
}

/** Throws with the error and a description. */
export function refuseAs(error: string): (description: string) => never {
  return (description) => {
    throw new UdapRefusal(error, description)
  }
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText)
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/** An absolute URI. */
export function isUri(value: unknown): value is string {
  return isText(value) && /^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i.test(value)
}
