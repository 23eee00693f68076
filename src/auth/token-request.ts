import {
  type ResponseError,
  TokenError,
  type ConsentDemand,
  type OAuthErrorDetails,
} from '../errors.ts'
import { smallJsonOf } from '../http/body/text.ts'
import type { HttpResponse } from '../http/messages.ts'
import { mediaTypeOf, shownMediaType } from '../http/body/media-type.ts'
import { isTransientStatus } from '../http/policies/retry.ts'
import { unexpectedStatus } from '../http/status-errors.ts'
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

/** The content of a token response, with each departure that was corrected. */
export interface GrantedToken {
  readonly value: string
  /** As granted; undefined where the server does not say. */
  readonly scope: string | undefined
  /** Seconds; with zero the token is used for the waiting call and not cached. */
  readonly lifeS: number
  readonly oddities: readonly string[]
}

/**
 * Parses a token response ([RFC 6749, section
 * 5](https://www.rfc-editor.org/rfc/rfc6749#section-5)).
 */
export function readTokenAnswer(answer: HttpResponse): GrantedToken {
  if (answer.status !== 200) throw refusal(answer)
  const body = jsonBody(answer)
  if (body.error !== undefined && body.error !== null) throw rejected(answer, body)
  const { access_token: value, token_type: type, scope } = body
  if (!isAccessToken(value)) {
    throw new TokenError(
      'ERR_CQ_INVALID_TOKEN_RESPONSE',
      'the token response has no usable "access_token"',
      answer.context,
    )
  }
  if (!isBearer(type)) {
    throw new TokenError(
      'ERR_CQ_UNSUPPORTED_TOKEN_TYPE',
      'the token response\'s "token_type" is missing or not Bearer',
      answer.context,
    )
  }
  const life = readLife(body.expires_in)
  const granted = typeof scope === 'string' && /^[\x20-\x7e]+$/.test(scope) ? scope : undefined
  const oddScope = scope !== undefined && granted === undefined ? ['scope unreadable'] : []
  const oddType = type.toLowerCase() === 'bearer' ? [] : ['token_type is BearerToken']
  const oddities = [...life.oddities, ...oddScope, ...oddType]
  return { value, scope: granted, lifeS: life.seconds, oddities }
}

/** Visible ASCII, at most 64 kB; tokens are opaque. */
export function isAccessToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,65536}$/.test(value)
}

/** Apigee's gateways write `BearerToken`: docs/decisions/0020-bearer-token.md. */
function isBearer(type: unknown): type is string {
  return typeof type === 'string' && /^bearer(token)?$/i.test(type)
}

/** `expires_in` never fails a call: servers omit it, write text, or mean years. */
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

function jsonBody(answer: HttpResponse): Readonly<Record<string, unknown>> {
  const body = tryJson(answer)
  if (body === undefined) {
    throw new TokenError('ERR_CQ_INVALID_TOKEN_RESPONSE', describe(answer), answer.context)
  }
  return body
}

function describe({ headers }: HttpResponse): string {
  const type = mediaTypeOf(headers)
  if (/^application\/([\w.-]{1,100}\+)?json$/.test(type))
    return 'the token response is not a JSON object'
  const shown =
    type === '' ? 'without a media type' : (shownMediaType(type) ?? 'another media type')
  return `the token response is labelled ${shown} and not application/json`
}

function tryJson(answer: HttpResponse): Readonly<Record<string, unknown>> | undefined {
  const body = smallJsonOf(answer, 'labelled')
  return isRecord(body) ? body : undefined
}

/** Statuses by which a server rejects a request, even without an OAuth error. */
const REJECTIONS: readonly number[] = [400, 401, 403]

function refusal(answer: HttpResponse): TokenError | ResponseError {
  const body = tryJson(answer)
  if (typeof body?.error === 'string' || REJECTIONS.includes(answer.status))
    return rejected(answer, body ?? {})
  return unexpectedStatus(answer, 'the token endpoint')
}

function rejected(answer: HttpResponse, body: Readonly<Record<string, unknown>>): TokenError {
  const details: OAuthErrorDetails = {
    error: oauthError(body.error),
    errorDescription: quoted(body.error_description),
    errorUri: quoted(body.error_uri),
    consent: consentOf(body.extensions),
  }
  const said =
    details.error === undefined
      ? `returned ${answer.status} without an OAuth error`
      : details.error === OTHER
        ? `returned an unregistered OAuth error (${answer.status})`
        : `answered "${details.error}" (${answer.status})`
  const context = { ...answer.context, retryable: isTransientStatus(answer.status) }
  return new TokenError(
    'ERR_CQ_TOKEN_REJECTED',
    `the authorization server ${said}`,
    context,
    details,
  )
}

const MOST_POLICIES = 20

/** With `invalid_grant` a server may say which consent it requires. */
function consentOf(extensions: unknown): ConsentDemand | undefined {
  const b2b = isRecord(extensions) ? extensions['hl7-b2b'] : undefined
  const { consent_required: policies, consent_form: form } = isRecord(b2b) ? b2b : {}
  if (!Array.isArray(policies) || policies.length === 0) return undefined
  const list: readonly unknown[] = policies.slice(0, MOST_POLICIES)
  const required = list.map(quoted).filter((policy) => policy !== undefined)
  return Object.freeze({ required, form: quoted(form) })
}

/** Replaces an unregistered error code: the server wrote it, and it may repeat anything. */
const OTHER = 'other'

/** RFC 6749, 6750, 7591, 8628, 8707, 9396, 9449, 9470 and OpenID Connect ([OAuth Parameters, extensions errors](https://www.iana.org/assignments/oauth-parameters/oauth-parameters.xhtml#extensions-error)). */
const REGISTERED: ReadonlySet<string> = new Set([
  ...['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client'],
  ...['unsupported_grant_type', 'invalid_scope', 'access_denied', 'server_error'],
  ...['temporarily_unavailable', 'unsupported_response_type', 'invalid_token'],
  ...['insufficient_scope', 'invalid_redirect_uri', 'invalid_client_metadata'],
  ...['invalid_software_statement', 'unapproved_software_statement', 'unsupported_token_type'],
  ...['authorization_pending', 'slow_down', 'expired_token', 'invalid_target'],
  ...['invalid_authorization_details', 'invalid_dpop_proof', 'use_dpop_nonce'],
  ...['insufficient_user_authentication', 'unmet_authentication_requirements'],
  ...['invalid_request_uri', 'invalid_request_object', 'request_not_supported'],
  ...['consent_required', 'login_required', 'interaction_required', 'registration_not_supported'],
])

function oauthError(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined
  return REGISTERED.has(value) ? value : OTHER
}
