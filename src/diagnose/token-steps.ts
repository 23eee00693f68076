/** One real token request: what was sent, what came back, and whether the token is usable. */
import { AccessToken } from '../access-token.ts'
import { ConnectedResponder, type Responder } from '../client/responder.ts'
import { isCarequalityError } from '../errors.ts'
import { screenFor } from '../http/echo.ts'
import { covers, convertScopeVersion, sameScopes, shownScopes } from '../lib/scopes.ts'
import type { CallOptions } from '../types.ts'
import { evidenceOf, serverFault } from './classify.ts'
import type { ClockFinding } from './clock-step.ts'
import { failed, notReached, passed, type Outcome } from './diagnosis.ts'
import { dissect, type AssertionRules, type RuleCheck } from './dissect.ts'
import type { FindingId } from './findings.ts'
import type { Observed, Observer } from './observer.ts'

/** The token, or what went wrong on the way to it. */
export interface TokenAttempt {
  readonly token: AccessToken | undefined
  readonly error: unknown
  /** The exchange with the token endpoint, where one took place. */
  readonly observed: Observed | undefined
}

/** Requests a token as a FHIR call would. */
export async function requestToken(
  responder: Responder,
  observer: Observer,
  { signal, timeoutMs }: CallOptions,
): Promise<TokenAttempt> {
  if (!(responder instanceof ConnectedResponder)) throw new TypeError('"responder" is not ours')
  const mark = observer.seen.length
  const sent = (): Observed | undefined =>
    observer.seen
      .slice(mark)
      .filter(({ body }) => body?.includes('client_assertion='))
      .at(-1)
  try {
    const token = await responder.authorizer()({
      url: responder.endpoint.address,
      challenged: true,
      signal: signal ?? new AbortController().signal,
      timeoutMs,
    })
    const own = token instanceof AccessToken ? token : undefined
    return { token: own, error: undefined, observed: sent() }
  } catch (error) {
    signal?.throwIfAborted()
    return { token: undefined, error, observed: sent() ?? observer.lastFrom(mark) }
  }
}

/** The sent assertion, claim by claim. `repeats`: whether the source of `jti` repeats values. */
export async function assertionStep(
  { observed, error }: TokenAttempt,
  rules: Omit<AssertionRules, 'sentAt'>,
  { repeats, clock }: { repeats: boolean; clock: ClockFinding | undefined },
): Promise<Outcome<true>> {
  if (isCarequalityError(error) && error.code === 'ERR_CQ_NO_COMMON_ALGORITHM') {
    return failed('algorithm-not-listed', error.message)
  }
  const assertion = new URLSearchParams(observed?.body).get('client_assertion')
  if (observed === undefined || assertion === null) return notReached('no assertion was sent')
  const checks = await checksOf(assertion, rules, clocksOf(observed, clock))
  const lines = checks.map(({ line }) => line)
  if (repeats) return failed('jti-repeated', 'randomUUID gave the same value twice', ...lines)
  return checks.every(({ ok }) => ok)
    ? passed(true, ...lines)
    : failed('assertion-not-by-the-rules', ...lines)
}

/** The server's clock counts alone where ours is wrong, else as one that the client may have followed. */
function clocksOf(
  { headers, sentAt }: Observed,
  clock: ClockFinding | undefined,
): readonly number[] {
  const theirs = Date.parse(headers?.get('date') ?? '')
  if (Number.isNaN(theirs)) return [sentAt]
  return clock === 'clock-off' ? [theirs] : [sentAt, theirs]
}

/** By the first clock by which the assertion keeps all rules, else by the first. */
async function checksOf(
  assertion: string,
  rules: Omit<AssertionRules, 'sentAt'>,
  clocks: readonly number[],
): Promise<readonly RuleCheck[]> {
  const all = await Promise.all(clocks.map((sentAt) => dissect(assertion, { ...rules, sentAt })))
  return all.find((checks) => checks?.every(({ ok }) => ok) === true) ?? all[0] ?? []
}

/** The token endpoint's response. */
export function tokenStep(
  attempt: TokenAttempt,
  { registered, clock }: { registered: boolean; clock: ClockFinding | undefined },
): Outcome<AccessToken> {
  const { token, error, observed } = attempt
  if (token !== undefined) {
    return passed(token, `Bearer token, scope ${shownScopes(token.scope)}`)
  }
  if (error === undefined) return notReached('the server is open: it needs no token')
  const evidence = [...evidenceOf(observed, error), ...saysOf(error, observed)]
  const isSkewed = isCarequalityError(error) && error.code === 'ERR_CQ_CLOCK_SKEW'
  const finding = isSkewed ? (clock ?? 'clock-off') : rejection(error, observed, registered)
  if (finding !== undefined) return failed(finding, ...evidence)
  const fault = serverFault(observed, error)
  if (fault !== undefined) return fault
  if (!isCarequalityError(error)) return notReached('the token request could not be made')
  return observed?.body?.includes('client_assertion=') === true
    ? failed('token-rejected', ...evidence)
    : notReached(`nothing was sent: ${error.code}`)
}

function rejection(
  error: unknown,
  observed: Observed | undefined,
  registered: boolean,
): FindingId | undefined {
  if (!isCarequalityError(error)) return undefined
  const { code } = error
  if (code === 'ERR_CQ_REGISTRATION_REJECTED') return 'registration-refused'
  if (code === 'ERR_CQ_UNSUPPORTED_TOKEN_TYPE') return 'token-not-usable'
  const isHtml = /^\s*</.test(observed?.text ?? '')
  if (code === 'ERR_CQ_INVALID_TOKEN_RESPONSE') return isHtml ? undefined : 'token-not-usable'
  const isGone = [404, 405, 410].includes(observed?.status ?? 0)
  if (isGone && !isHtml) return 'token-endpoint-wrong'
  if (code !== 'ERR_CQ_TOKEN_REJECTED' || isHtml) return undefined
  const { error: oauth } = error
  if (oauth === 'invalid_scope') return 'scope-refused'
  if (oauth === 'unsupported_grant_type') return 'grant-refused'
  if (oauth === undefined || oauth === 'other' || !AUTHENTICATION.has(oauth))
    return 'token-rejected'
  const hint = HINTS.find(([, pattern]) => pattern.test(error.errorDescription ?? ''))?.[0]
  if (hint !== undefined) return hint
  if (oauth === 'unauthorized_client' && registered) return 'grant-refused'
  return NOT_ABOUT_CLIENT.has(oauth) ? 'token-rejected' : 'client-not-registered'
}

const AUTHENTICATION: ReadonlySet<string> = new Set([
  ...['invalid_client', 'unauthorized_client', 'invalid_grant', 'invalid_request'],
])

const NOT_ABOUT_CLIENT: ReadonlySet<string> = new Set(['invalid_grant', 'invalid_request'])

/**
 * What servers write about an assertion; a hint for people, on which nothing depends. Who the client
 * is comes before audience and time, which such texts name in passing; "signature has expired" is time.
 */
const HINTS: readonly (readonly [FindingId, RegExp])[] = [
  ['jti-repeated', /\bjti\b|replay|already (been )?used|used before/i],
  ['jwks-lacks-key', /\bkid\b|jwks|key set|no matching key/i],
  ['client-not-registered', /not registered|unknown client|client .{0,40}not found|unregistered/i],
  ['certificate-not-registered', /x5c|certificate|registered key/i],
  ['audience-refused', /\baud(ience)?\b/i],
  ['assertion-time-refused', /\b(exp|iat|nbf)\b|expired|in the future|not yet valid/i],
  ['certificate-not-registered', /signature/i],
]

/** The server's own text, unless it repeats what was sent. */
function saysOf(error: unknown, observed: Observed | undefined): readonly string[] {
  if (!isCarequalityError(error) || error.code !== 'ERR_CQ_TOKEN_REJECTED') return []
  const { error: oauth, errorDescription } = error
  const form = new URLSearchParams(observed?.body)
  const sent = (form.get('client_assertion') ?? '').split('.')
  const words = errorDescription && screenFor(() => sent)(errorDescription.slice(0, 300))
  return [
    ...(oauth === undefined ? [] : [`OAuth error ${oauth}`]),
    ...(words === undefined || words === '' ? [] : [`the server says: ${words}`]),
  ]
}

/** What was granted, compared with what was requested. */
export function scopeStep({ scope, requestedScope }: AccessToken): Outcome<true> {
  const lines = [`asked ${requestedScope}`, `granted ${shownScopes(scope)}`]
  const lost = requestedScope.split(' ').filter((one) => !isGranted(one, scope))
  return lost.length === 0 || sameScopes(scope, requestedScope)
    ? passed(true, ...lines)
    : failed('scope-narrowed', ...lines, `missing ${lost.join(' ')}`)
}

/** By meaning: `read` is `rs`. */
function isGranted(wanted: string, granted: string): boolean {
  if (granted.split(/[ ,]+/).includes(wanted)) return true
  const letterForm = /\.(read|write|\*)$/.test(wanted) ? convertScopeVersion(wanted) : wanted
  const parts = /^system\/([A-Za-z]+|\*)\.(c?r?u?d?s?)$/.exec(letterForm ?? '')
  const [, type = '', permission = ''] = parts ?? []
  const letters = INTERACTIONS.filter((letter) => permission.includes(letter))
  return letters.length > 0 && letters.every((letter) => covers(granted, type, letter))
}

const INTERACTIONS = ['c', 'r', 'u', 'd', 's'] as const
