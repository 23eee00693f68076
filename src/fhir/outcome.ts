import { FhirError, ResponseError, type ServerOutcome } from '../errors.ts'
import { jsonOf, pageNote, smallJsonOf } from '../http/body.ts'
import type { Answer } from '../http/exchange.ts'
import { isPassing } from '../http/retry.ts'
import { isRecord } from '../lib/arguments.ts'
import { quoted } from '../lib/quoted.ts'

const ISSUES = 20

/** The OperationOutcome of an answer, cut to what is safe to keep; undefined where it holds none. */
export function outcomeOf(answer: Answer): ServerOutcome | undefined {
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
        severity: code(issue.severity),
        code: code(issue.code),
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

/** What an answer other than 200 means for a FHIR call. */
export function fhirErrorOf(answer: Answer, accept: string): FhirError | ResponseError {
  const { status, context } = answer
  const outcome = outcomeOf(answer)
  if (status === 401)
    return new FhirError(
      'ERR_CQ_UNAUTHORIZED',
      `the FHIR server refuses the token (401)${pageNote(answer)}`,
      context,
      outcome,
    )
  if (status === 403)
    return new FhirError(
      'ERR_CQ_FORBIDDEN',
      `the FHIR server forbids it (403${answer.lack === undefined ? '' : `; ${answer.lack}`})${pageNote(answer)}`,
      context,
      outcome,
    )
  if (status === 404)
    return new FhirError(
      'ERR_CQ_NOT_FOUND',
      `the FHIR server has no such resource (404)${pageNote(answer)}`,
      context,
      outcome,
    )
  if (status === 410)
    return new FhirError('ERR_CQ_GONE', 'the resource was deleted (410)', context, outcome)
  if (status === 406)
    return new ResponseError(
      'ERR_CQ_NOT_ACCEPTABLE',
      `the FHIR server does not give ${accept} (406)`,
      context,
    )
  if (status === 429)
    return new FhirError(
      'ERR_CQ_RATE_LIMITED',
      'the FHIR server asks for fewer requests (429)',
      context,
      outcome,
    )
  if (says(outcome, 'too-costly') || status === 422) {
    return new FhirError(
      'ERR_CQ_TOO_MANY_RESULTS',
      `the FHIR server finds too much (${status})`,
      context,
      outcome,
    )
  }
  const retryable = isPassing(status)
  if (outcome !== undefined || (status >= 400 && status < 500)) {
    return new FhirError(
      'ERR_CQ_OPERATION_FAILED',
      `the FHIR server answered ${status}${codesOf(outcome)}${pageNote(answer)}`,
      { ...context, retryable },
      outcome,
    )
  }
  const what = `the FHIR server answered ${status}${pageNote(answer)}`
  return new ResponseError('ERR_CQ_UNEXPECTED_STATUS', what, { ...context, retryable })
}

/** 404 speaks of the resource; a server without histories says so in other ways. */
export function versionsErrorOf(answer: Answer, accept: string): Error {
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
  answer: Answer,
  isWanted: (resource: unknown) => resource is R,
  name: string,
  text?: string,
): Promise<R> {
  const resource = await jsonOf(answer, 'fhir', text)
  if (isWanted(resource)) return resource
  refuseFailure(resource, answer)
  throw new ResponseError('ERR_CQ_UNEXPECTED_RESOURCE', `the answer is no ${name}`, answer.context)
}

/** Whether a resource is an OperationOutcome that tells of an error. */
export function isFailure(resource: unknown): boolean {
  const outcome = readOutcome(resource)
  return (
    outcome?.issue.some(({ severity }) => severity === 'error' || severity === 'fatal') === true
  )
}

/** A server may say 200 and mean an error. */
function refuseFailure(resource: unknown, { context }: Answer): void {
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

function code(value: unknown): string | undefined {
  return typeof value === 'string' && /^[a-z][a-z-]{0,39}$/.test(value) ? value : undefined
}
