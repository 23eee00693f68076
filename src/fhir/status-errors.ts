import { FhirError, type ResponseError, type ServerOutcome } from '../errors.ts'
import { pageNote } from '../http/body/text.ts'
import type { HttpResponse } from '../http/messages.ts'
import { isTransientStatus } from '../http/policies/retry.ts'
import { unexpectedStatus, type StatusTable } from '../http/status-errors.ts'
import { outcomeOf, shownCodes, says } from './outcome.ts'
import type { FhirResponse } from './session.ts'

/** What a status means for a FHIR call. */
const MEANINGS: StatusTable<FhirError['code']> = {
  401: ['ERR_CQ_UNAUTHORIZED', 'the FHIR server rejects the token'],
  403: ['ERR_CQ_FORBIDDEN', 'the FHIR server forbids it'],
  404: ['ERR_CQ_NOT_FOUND', 'the FHIR server has no such resource'],
  410: ['ERR_CQ_GONE', 'the resource was deleted'],
  429: ['ERR_CQ_RATE_LIMITED', 'the FHIR server asks for fewer requests'],
}

/**
 * What it means for a search. A bare 422 means too many hits at Cerner; elsewhere it is a rule that
 * was not met.
 */
const SEARCH_MEANINGS: StatusTable<FhirError['code']> = {
  ...MEANINGS,
  404: ['ERR_CQ_NOT_FOUND', 'the FHIR server has no such search, or found nothing'],
  422: ['ERR_CQ_TOO_MANY_RESULTS', 'the FHIR server finds too much'],
}

/** Statuses by which a server says that it lacks an operation. */
const NOT_SUPPORTED: readonly number[] = [405, 501]

/** Issue types that blame the request, and not the number of hits. */
const REQUEST_FAULTS: readonly string[] = [
  ...['invalid', 'structure', 'required', 'value', 'invariant', 'code-invalid', 'extension'],
  'not-supported',
]

/** The error that a status other than 200 means. */
export function fhirErrorOf(
  answer: FhirResponse,
  accept: string,
  interaction: 'search' | 'other' = 'other',
): FhirError | ResponseError {
  const { status, context } = answer
  const outcome = outcomeOf(answer)
  const note = pageNote(answer)
  const meaning = meaningOf(status, outcome, interaction === 'search' ? SEARCH_MEANINGS : MEANINGS)
  if (meaning !== undefined) {
    const [code, message] = meaning
    const scopes =
      status === 403 && answer.missingScopeNote !== undefined ? `; ${answer.missingScopeNote}` : ''
    return new FhirError(code, `${message} (${status}${note}${scopes})`, context, outcome)
  }
  if (status !== 406 && (outcome !== undefined || (status >= 400 && status < 500))) {
    const what = `the FHIR server returned ${status}${note}${shownCodes(outcome)}`
    const where = { ...context, retryable: isTransientStatus(status) }
    return new FhirError('ERR_CQ_OPERATION_FAILED', what, where, outcome)
  }
  return unexpectedStatus(answer, 'the FHIR server', { accept, note })
}

/** 404 is about the resource; a server without histories says so by other statuses. */
export function versionsErrorOf(answer: HttpResponse, accept: string): Error {
  const outcome = outcomeOf(answer)
  if (!NOT_SUPPORTED.includes(answer.status) && !says(outcome, 'not-supported')) {
    return fhirErrorOf(answer, accept)
  }
  const what = `the FHIR server has no versions that can be read (${answer.status})`
  return new FhirError('ERR_CQ_OPERATION_NOT_SUPPORTED', what, answer.context, outcome)
}

/** The error for an operation that the server lacks; undefined where the response does not say so. */
export function operationNotSupported(answer: HttpResponse): FhirError | undefined {
  const { status, context } = answer
  const outcome = outcomeOf(answer)
  const lacks = status === 404 || NOT_SUPPORTED.includes(status) || says(outcome, 'not-supported')
  if (!lacks) return undefined
  const what = `the FHIR server does not have this operation (${status})`
  return new FhirError('ERR_CQ_OPERATION_NOT_SUPPORTED', what, context, outcome)
}

/**
 * Whether the server rejects the request itself. Being busy or failing says nothing about the
 * request.
 */
export function rejectsRequest({ status }: HttpResponse): boolean {
  return (
    status === 501 ||
    (status >= 400 && status < 500 && status !== 401 && !isTransientStatus(status))
  )
}

function meaningOf(
  status: number,
  outcome: ServerOutcome | undefined,
  meanings: StatusTable<FhirError['code']>,
): readonly [code: FhirError['code'], message: string] | undefined {
  const meaning = meanings[status]
  const isFault = status === 422 && REQUEST_FAULTS.some((code) => says(outcome, code))
  if (meaning !== undefined && !isFault) return meaning
  return status !== 406 && says(outcome, 'too-costly') ? SEARCH_MEANINGS[422] : undefined
}
