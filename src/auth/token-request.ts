import { ResponseError, TokenError, type OAuthErrorDetails } from '../errors.ts'
import { smallJsonOf } from '../http/body.ts'
import type { Answer } from '../http/exchange.ts'
import { isPassing } from '../http/retry.ts'
import { isRecord } from '../lib/arguments.ts'
import { quoted } from '../lib/quoted.ts'

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const LONGEST_LIFE_S = 3600
const UNKNOWN_LIFE_S = 60

/** The form of a token request ([RFC 7523, section 2.2](https://www.rfc-editor.org/rfc/rfc7523#section-2.2)). Extra fields come after those of the protocol and cannot replace them. */
export function tokenForm(
  scope: string,
  assertion: string,
  extra: Readonly<Record<string, string>> = {},
): string {
  const fixed = {
    scope,
    grant_type: 'client_credentials',
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: assertion,
  }
  return new URLSearchParams({ ...fixed, ...extra, ...fixed }).toString()
}

/** What a token answer says, with each oddity that was put right. */
export interface GrantedToken {
  readonly value: string
  /** As granted; undefined where the server does not say. */
  readonly scope: string | undefined
  /** Seconds; zero serves the waiting call and is not kept. */
  readonly lifeS: number
  readonly oddities: readonly string[]
}

/** Reads a token answer ([RFC 6749, section 5](https://www.rfc-editor.org/rfc/rfc6749#section-5)). */
export function readTokenAnswer(answer: Answer): GrantedToken {
  if (answer.status !== 200) throw refusal(answer)
  const body = jsonBody(answer)
  if (body.error !== undefined && body.error !== null) throw rejected(answer, body)
  const { access_token: value, token_type: type, scope } = body
  if (!isAccessToken(value)) {
    throw new TokenError(
      'ERR_CQ_INVALID_TOKEN_RESPONSE',
      'the token answer has no usable "access_token"',
      answer.context,
    )
  }
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
    throw new TokenError(
      'ERR_CQ_UNSUPPORTED_TOKEN_TYPE',
      'the token answer\'s "token_type" is missing or not Bearer',
      answer.context,
    )
  }
  const life = readLife(body.expires_in)
  const granted = typeof scope === 'string' && /^[\x20-\x7e]+$/.test(scope) ? scope : undefined
  const oddScope = scope !== undefined && granted === undefined ? ['scope unreadable'] : []
  return { value, scope: granted, lifeS: life.seconds, oddities: [...life.oddities, ...oddScope] }
}

/** Visible ASCII, at most 64 kB; nothing else is known of a token. */
export function isAccessToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,65536}$/.test(value)
}

/** `expires_in` never fails a call: servers leave it out, write text, or mean years. */
function readLife(value: unknown): { seconds: number; oddities: readonly string[] } {
  const digits = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value.trim())
  const number = typeof value === 'number' || digits ? Math.trunc(Number(value)) : Number.NaN
  if (Number.isNaN(number)) {
    return {
      seconds: UNKNOWN_LIFE_S,
      oddities: [value === undefined ? 'expires_in missing' : 'expires_in unreadable'],
    }
  }
  const oddities = [
    ...(typeof value === 'string' ? ['expires_in is text'] : []),
    ...(number !== Number(value) ? ['expires_in has a fraction'] : []),
    ...(number <= 0 ? ['expires_in not above 0'] : []),
    ...(number > LONGEST_LIFE_S ? ['expires_in above 3600'] : []),
  ]
  return { seconds: Math.min(Math.max(number, 0), LONGEST_LIFE_S), oddities }
}

function jsonBody(answer: Answer): Readonly<Record<string, unknown>> {
  const body = tryJson(answer)
  if (body === undefined) {
    throw new TokenError(
      'ERR_CQ_INVALID_TOKEN_RESPONSE',
      'the token answer is not a JSON object',
      answer.context,
    )
  }
  return body
}

function tryJson(answer: Answer): Readonly<Record<string, unknown>> | undefined {
  const body = smallJsonOf(answer, 'token')
  return isRecord(body) ? body : undefined
}

function refusal(answer: Answer): TokenError | ResponseError {
  const body = tryJson(answer)
  if (typeof body?.error === 'string' || [400, 401, 403].includes(answer.status))
    return rejected(answer, body ?? {})
  const { status, context } = answer
  return new ResponseError('ERR_CQ_UNEXPECTED_STATUS', `the token endpoint answered ${status}`, {
    ...context,
    retryable: isPassing(status),
  })
}

function rejected(answer: Answer, body: Readonly<Record<string, unknown>>): TokenError {
  const details: OAuthErrorDetails = {
    error: oauthError(body.error),
    errorDescription: quoted(body.error_description),
    errorUri: quoted(body.error_uri),
  }
  const said =
    details.error === undefined
      ? `answered ${answer.status} without an OAuth error`
      : `answered "${details.error}" (${answer.status})`
  const context = { ...answer.context, retryable: isPassing(answer.status) }
  return new TokenError(
    'ERR_CQ_TOKEN_REJECTED',
    `the authorization server ${said}`,
    context,
    details,
  )
}

/** The characters of RFC 6749, section 5.2, and 64 of them. */
function oauthError(value: unknown): string | undefined {
  const text =
    typeof value === 'string'
      ? value.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '').slice(0, 64)
      : ''
  return text === '' ? undefined : text
}
