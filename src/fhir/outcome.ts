import { FhirError, ResponseError, type ServerOutcome } from '../errors.ts'
import { isFailure, readOutcome, reportsIncompleteResults } from '../hl7/operation-outcome.ts'
import { jsonOf, smallJsonOf } from '../http/body/text.ts'
import type { HttpResponse } from '../http/messages.ts'
import { isRecord } from '../lib/arguments.ts'

/** The OperationOutcome of a response; undefined where it contains none. */
export function outcomeOf(answer: HttpResponse): ServerOutcome | undefined {
  const resource = smallJsonOf(answer, 'fhir')
  return isOutcome(resource) ? readOutcome(resource) : undefined
}

/** Whether an issue of the outcome has the code. */
export function says(outcome: ServerOutcome | undefined, issueCode: string): boolean {
  return outcome?.issue.some(({ code }) => code === issueCode) === true
}

/**
 * The response's resource, if it is the requested one; `name` is for messages. `text`: the
 * response's, if already decoded.
 */
export async function resourceOf<R>(
  answer: HttpResponse,
  isWanted: (resource: unknown) => resource is R,
  name: string,
  text?: string,
): Promise<R> {
  const resource = await jsonOf(answer, 'fhir', text)
  if (isWanted(resource)) return resource
  if (isFailedOutcome(resource)) throw failureWith200(resource, answer)
  throw new ResponseError(
    'ERR_CQ_UNEXPECTED_RESOURCE',
    `the response is not a ${name}`,
    answer.context,
  )
}

/** Whether a resource is an OperationOutcome that reports an error. */
export function isFailedOutcome(resource: unknown): boolean {
  return isOutcome(resource) && isFailure(resource)
}

/**
 * The error for results that an OperationOutcome beside them reports as incomplete; undefined for
 * any other. Thrown once all results were returned.
 */
export function incompleteResults(
  resource: unknown,
  { context }: HttpResponse,
): FhirError | undefined {
  if (!isOutcome(resource) || !reportsIncompleteResults(resource)) return undefined
  const outcome = readOutcome(resource)
  const what = `the FHIR server says that its results are not complete${shownCodes(outcome)}`
  return new FhirError('ERR_CQ_INCOMPLETE_RESULT', what, context, outcome)
}

/** Issue codes as messages show them; empty where there are none. */
export function shownCodes(outcome: ServerOutcome | undefined): string {
  const codes = (outcome?.issue ?? [])
    .map(({ code }) => code)
    .filter((found) => found !== undefined)
  return codes.length === 0 ? '' : ` (${codes.slice(0, 5).join(', ')})`
}

/** Some servers return 200 for an error. */
function failureWith200(resource: unknown, { context }: HttpResponse): FhirError {
  const outcome = readOutcome(resource)
  const what = `the FHIR server returned 200 with an error${shownCodes(outcome)}`
  return new FhirError('ERR_CQ_OPERATION_FAILED', what, context, outcome)
}

function isOutcome(resource: unknown): boolean {
  return isRecord(resource) && resource.resourceType === 'OperationOutcome'
}
