/** A sent assertion, claim by claim against the rules of its mode. */
import { isRecord } from '../lib/arguments.ts'
import { fromBase64url } from '../signers/base64.ts'
import { isSigningAlgorithm } from '../signers/algorithms.ts'
import type { SignerFacts } from '../signers/signer-facts.ts'
import type { Mode } from '../types.ts'

/** What the assertion is compared with. */
export interface AssertionRules {
  readonly mode: Mode
  readonly tokenEndpoint: string
  readonly algorithms: readonly string[] | undefined
  /** When it was sent, by the token endpoint's clock where that is known; milliseconds since the epoch. */
  readonly sentAt: number
  readonly facts: SignerFacts | undefined
}

/** One rule, and whether the assertion follows it. */
export interface RuleCheck {
  readonly ok: boolean
  /** In words; shows names and times, never the assertion. */
  readonly line: string
}

const LONGEST_LIFE_S = 300

/** Undefined where the text is not a JWS. */
export async function dissect(
  assertion: string,
  rules: AssertionRules,
): Promise<readonly RuleCheck[] | undefined> {
  const [head = '', body = '', signature = ''] = assertion.split('.')
  const header = part(head)
  const claims = part(body)
  if (header === undefined || claims === undefined) return undefined
  const { mode, tokenEndpoint, algorithms, sentAt, facts } = rules
  const { alg, typ, kid, x5c } = header
  const { iss, sub, aud, iat, exp, jti } = claims
  const now = sentAt / 1000
  const isListed = algorithms === undefined || algorithms.includes(String(alg))
  const life = typeof exp === 'number' && typeof iat === 'number' ? exp - iat : Number.NaN
  const certificates: readonly unknown[] = Array.isArray(x5c) ? x5c : []
  return [
    rule(
      isSigningAlgorithm(alg) && isListed,
      `alg ${word(alg)}`,
      'an algorithm that the server lists',
    ),
    rule(typ === 'JWT', `typ ${word(typ)}`, 'JWT'),
    mode === 'smart-backend'
      ? rule(typeof kid === 'string', `kid ${word(kid)}`, "the key's id in the JWK set")
      : rule(
          certificates.length > 0 && certificates[0] === facts?.x5c[0],
          `x5c ${certificates.length} certificates`,
          "the signer's certificate first",
        ),
    rule(typeof iss === 'string' && iss === sub, `iss = sub ${word(iss)}`, 'the client id in both'),
    rule(
      aud === tokenEndpoint,
      `aud ${aud === tokenEndpoint ? 'is the token endpoint' : 'is another text'}`,
      'the token endpoint, byte for byte',
    ),
    rule(typeof iat === 'number' && iat <= now, `iat ${ago(iat, now)}`, 'not in the future'),
    rule(typeof exp === 'number' && exp > now, `exp ${ago(exp, now)}`, 'in the future'),
    rule(life > 0 && life <= LONGEST_LIFE_S, `life ${life} s`, `at most ${LONGEST_LIFE_S} s`),
    rule(typeof jti === 'string' && jti !== '', 'jti present', 'a new one each time'),
    rule(
      await verifies(`${head}.${body}`, signature, alg, facts),
      'signature',
      'verifies with the key',
    ),
  ]
}

function rule(ok: boolean, is: string, should: string): RuleCheck {
  return { ok, line: ok ? `ok     ${is}` : `wrong  ${is}; the rule: ${should}` }
}

async function verifies(
  input: string,
  signature: string,
  alg: unknown,
  facts: SignerFacts | undefined,
): Promise<boolean> {
  const bytes = fromBase64url(signature)
  if (bytes === undefined || facts === undefined || !isSigningAlgorithm(alg)) return false
  return facts.verifies(alg, new TextEncoder().encode(input), bytes)
}

function part(text: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = fromBase64url(text)
  if (bytes === undefined) return undefined
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The client's own values: its id, its key's id. */
function word(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 200) : 'missing'
}

function ago(seconds: unknown, now: number): string {
  if (typeof seconds !== 'number') return 'missing'
  const apart = Math.round(seconds - now)
  return apart > 0 ? `in ${apart} s` : `${-apart} s ago`
}
