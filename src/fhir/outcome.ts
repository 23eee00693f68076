import { FhirError, ResponseError, type ServerOutcome } from '../errors.ts'
import { jsonOf, pageNote, smallJsonOf } from '../http/body/text.ts'
import type { HttpResponse } from '../http/messages.ts'
import type { FhirResponse } from './session.ts'
import { isTransientStatus } from '../http/policies/retry.ts'
import { isRecord } from '../lib/arguments.ts'
import { quoted } from '../lib/quoted.ts'
import { ISSUE_TYPES, SEVERITIES } from './issue-types.ts'

const ISSUES = 20

/** The OperationOutcome of an answer, cut to what is safe to keep; undefined where it holds none. */
export function outcomeOf(answer: HttpResponse): ServerOutcome | undefined {
  return readOutcome(smallJsonOf(answer, 'fhir'))
}

/** Reads an OperationOutcome ([FHIR R4](https://hl7.org/fhir/R4/operationoutcome.html)); servers put the text into `details.text` or `diagnostics`. */
export function readOutcome(resource: unknown): ServerOutcome | undefined {
  if (!isRecord(resource) || resource.resourceType !== 'OperationOutcome') return undefined
  const issues: readonly unknown[] = Array.isArray(resource.issue) ? resource.issue : []
  return {
    issue: issues
      .slice(0, ISSUES)
      .filter(isRecord)
      .map((issue) => ({
        severity: oneOf(SEVERITIES, issue.severity),
        code: oneOf(ISSUE_TYPES, issue.code),
        text:
          quoted(isRecord(issue.details) ? issue.details.text : undefined) ??
          quoted(issue.diagnostics),
      })),
  }
}

/** True where an issue of the outcome says so by its code. */
export function says(outcome: ServerOutcome | undefined, issueCode: string): boolean {
  return outcome?.issue.some(({ code }) => code === issueCode) === true
}

/** What was asked of a server: some statuses mean another thing for a search. */
export type Asked = 'search' | 'other'

/** What an answer other than 200 means for a FHIR call. */
export function fhirErrorOf(
  answer: FhirResponse,
  accept: string,
  asked: Asked = 'other',
): FhirError | ResponseError {
  const { status, context, missingScopeNote: note } = answer
  const outcome = outcomeOf(answer)
  const shown = `${status}${pageNote(answer)}`
  const failure = (code: FhirError['code'], what: string): FhirError =>
    new FhirError(code, what, context, outcome)
  if (status === 401) {
    return failure('ERR_CQ_UNAUTHORIZED', `the FHIR server refuses the token (${shown})`)
  }
  if (status === 403) {
    const scopes = note === undefined ? '' : `; ${note}`
    return failure('ERR_CQ_FORBIDDEN', `the FHIR server forbids it (${shown}${scopes})`)
  }
  if (status === 404) {
    const what =
      asked === 'search' ? 'has no such search, or found nothing' : 'has no such resource'
    return failure('ERR_CQ_NOT_FOUND', `the FHIR server ${what} (${shown})`)
  }
  if (status === 410) return failure('ERR_CQ_GONE', `the resource was deleted (${shown})`)
  if (status === 406) {
    const what = `the FHIR server does not give ${accept} (${shown})`
    return new ResponseError('ERR_CQ_NOT_ACCEPTABLE', what, context)
  }
  if (status === 429) {
    return failure('ERR_CQ_RATE_LIMITED', `the FHIR server asks for fewer requests (${shown})`)
  }
  if (findsTooMuch(status, outcome, asked)) {
    return failure('ERR_CQ_TOO_MANY_RESULTS', `the FHIR server finds too much (${shown})`)
  }
  const where = { ...context, retryable: isTransientStatus(status) }
  const what = `the FHIR server answered ${shown}${codesOf(outcome)}`
  return outcome !== undefined || (status >= 400 && status < 500)
    ? new FhirError('ERR_CQ_OPERATION_FAILED', what, where, outcome)
    : new ResponseError('ERR_CQ_UNEXPECTED_STATUS', what, where)
}

/** Issue types by which the request is at fault, and not the number of hits. */
const REQUEST_FAULTS: readonly string[] = [
  ...['invalid', 'structure', 'required', 'value', 'invariant', 'code-invalid', 'extension'],
  'not-supported',
]

/** Of a search 422 says so by itself, as Cerner means it; elsewhere it is a rule that was not met. */
function findsTooMuch(status: number, outcome: ServerOutcome | undefined, asked: Asked): boolean {
  if (says(outcome, 'too-costly')) return true
  if (status !== 422 || asked !== 'search') return false
  return !REQUEST_FAULTS.some((code) => says(outcome, code))
}

/** 404 speaks of the resource; a server without histories says so in other ways. */
export function versionsErrorOf(answer: HttpResponse, accept: string): Error {
  const { status, context } = answer
  const outcome = outcomeOf(answer)
  if (![405, 501].includes(status) && !says(outcome, 'not-supported')) {
    return fhirErrorOf(answer, accept)
  }
  const what = `the FHIR server keeps no versions that can be read (${status})`
  return new FhirError('ERR_CQ_OPERATION_NOT_SUPPORTED', what, context, outcome)
}

/**
 * The answer's resource, if it is one that was asked for; `name` is what messages call it. `text`:
 * the answer's, where it is decoded already.
 */
export async function resourceOf<R>(
  answer: HttpResponse,
  isWanted: (resource: unknown) => resource is R,
  name: string,
  text?: string,
): Promise<R> {
  const resource = await jsonOf(answer, 'fhir', text)
  if (isWanted(resource)) return resource
  refuseFailure(resource, answer)
  throw new ResponseError(
    'ERR_CQ_UNEXPECTED_RESOURCE',
    `the response is not a ${name}`,
    answer.context,
  )
}

/** Whether a resource is an OperationOutcome that tells of an error. */
export function isFailure(resource: unknown): boolean {
  return someIssue(resource, ({ severity }) => severity === 'error' || severity === 'fatal')
}

/**
 * Whether a resource is an OperationOutcome by which the results beside it are not all: something
 * failed, or a source could not be reached ([FHIR R4, issue types](https://hl7.org/fhir/R4/valueset-issue-type.html)).
 */
export function tellsOfGaps(resource: unknown): boolean {
  return isFailure(resource) || someIssue(resource, ({ code }) => code === 'incomplete')
}

/** Of all issues, and not only those that are shown. */
function someIssue(
  resource: unknown,
  isMeant: (issue: Readonly<Record<string, unknown>>) => boolean,
): boolean {
  if (!isRecord(resource) || resource.resourceType !== 'OperationOutcome') return false
  return Array.isArray(resource.issue) && resource.issue.filter(isRecord).some(isMeant)
}

/** What {@link tellsOfGaps} means for results: thrown once all that came was given. */
export function gapsError(resource: unknown, { context }: HttpResponse): FhirError {
  const outcome = readOutcome(resource)
  const what = `the FHIR server says that its results are not complete${codesOf(outcome)}`
  return new FhirError('ERR_CQ_INCOMPLETE_RESULT', what, context, outcome)
}

/** Whether the server refuses the request itself. That it has no time just now, or fails, says nothing of it. */
export function refusesRequest({ status }: HttpResponse): boolean {
  return (
    status === 501 ||
    (status >= 400 && status < 500 && status !== 401 && !isTransientStatus(status))
  )
}

/** A server may say 200 and mean an error. */
function refuseFailure(resource: unknown, { context }: HttpResponse): void {
  if (!isFailure(resource)) return
  const outcome = readOutcome(resource)
  const what = `the FHIR server answered 200 with an error${codesOf(outcome)}`
  throw new FhirError('ERR_CQ_OPERATION_FAILED', what, context, outcome)
}

function codesOf(outcome: ServerOutcome | undefined): string {
  const codes = (outcome?.issue ?? [])
    .map(({ code }) => code)
    .filter((found) => found !== undefined)
  return codes.length === 0 ? '' : ` (${codes.slice(0, 5).join(', ')})`
}

/** Others are the server's own words, and may be anything that was sent to it. */
function oneOf(known: ReadonlySet<string>, value: unknown): string | undefined {
  return typeof value === 'string' && known.has(value) ? value : undefined
}
