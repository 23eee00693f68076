/** What a registration endpoint says ([SSRAA, section 3.2](https://hl7.org/fhir/us/udap-security/STU2/registration.html#request-body)). */
import { RegistrationError } from '../errors.ts'
import { smallJsonOf } from '../http/body/text.ts'
import type { HttpResponse } from '../http/messages.ts'
import { isTransientStatus } from '../http/policies/retry.ts'
import { unexpectedStatus } from '../http/status-errors.ts'
import { isRecord } from '../lib/arguments.ts'
import { quoted } from '../lib/quoted.ts'
import { isClientId } from './guarded-store.ts'

/** What was registered; what the response omits is as requested. */
export interface Granted {
  readonly clientId: string
  readonly scope: string
  readonly grantTypes: readonly string[]
}

/**
 * RFC 6749, RFC 7591, and UDAP's certification errors; any other text is a server's own and may
 * repeat anything.
 */
const REGISTERED: ReadonlySet<string> = new Set([
  ...['unapproved_software_statement', 'invalid_software_statement', 'invalid_client_metadata'],
  ...['invalid_redirect_uri', 'invalid_certification', 'unapproved_certification'],
  ...['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client'],
  ...['invalid_scope', 'access_denied', 'server_error', 'temporarily_unavailable'],
])

/** Parses a response to a registration or a change. Throws if it is invalid. */
export function readRegistration(answer: HttpResponse, asked: Omit<Granted, 'clientId'>): Granted {
  const body = successOf(answer)
  const { client_id: clientId, scope, grant_types: grantTypes } = body
  if (!isClientId(clientId)) {
    throw invalid('the registration response has no usable "client_id"', answer)
  }
  return {
    clientId,
    scope: typeof scope === 'string' && scope !== '' ? scope.slice(0, 10_000) : asked.scope,
    grantTypes: Array.isArray(grantTypes) ? textsOf(grantTypes) : asked.grantTypes,
  }
}

/** A cancellation is confirmed by an empty list of grants. */
export function readCancellation(answer: HttpResponse): void {
  const { grant_types: grantTypes } = successOf(answer)
  if (Array.isArray(grantTypes) && grantTypes.length === 0) return
  throw invalid('the registration response does not confirm the cancellation', answer)
}

function textsOf(list: readonly unknown[]): readonly string[] {
  return list.slice(0, 100).filter((item) => typeof item === 'string')
}

function successOf(answer: HttpResponse): Readonly<Record<string, unknown>> {
  const body = smallJsonOf(answer, 'plain')
  if (answer.status === 200 || answer.status === 201) {
    if (isRecord(body)) return body
    throw invalid('the registration response is not a JSON object', answer)
  }
  throw refusal(answer, isRecord(body) ? body : {})
}

/** Statuses by which an endpoint rejects a request, even without an error code. */
const REJECTIONS: readonly number[] = [400, 401, 403, 422]

function refusal(
  answer: HttpResponse,
  { error, error_description: description }: Readonly<Record<string, unknown>>,
): Error {
  const { status, context } = answer
  if (typeof error !== 'string' && !REJECTIONS.includes(status))
    return unexpectedStatus(answer, 'the registration endpoint')
  const shown = typeof error === 'string' && REGISTERED.has(error) ? error : 'other'
  const said = shown === 'other' ? 'without a registered OAuth error' : `"${shown}"`
  return new RegistrationError(
    'ERR_CQ_REGISTRATION_REJECTED',
    `the registration endpoint returned ${said} (${status})`,
    { ...context, retryable: isTransientStatus(status) },
    { error: shown, errorDescription: quoted(description) },
  )
}

function invalid(what: string, { context }: HttpResponse): RegistrationError {
  return new RegistrationError('ERR_CQ_INVALID_REGISTRATION_RESPONSE', what, context)
}
