import { FhirError, PolicyError, type ErrorContext } from '../errors.ts'
import type { HttpResponse } from '../http/messages.ts'

/** The error for a next link that is not followed. */
export function nextLinkRefused(reason: string, context: ErrorContext): PolicyError {
  return new PolicyError('ERR_CQ_NEXT_LINK_REFUSED', `a next link was refused: ${reason}`, context)
}

/** The error for a next link that has expired; undefined where the response does not say so. */
export function expiredPage({ status, context }: HttpResponse): FhirError | undefined {
  if (status !== 404 && status !== 410) return undefined
  const what = `the next page is no longer there (${status})`
  return new FhirError('ERR_CQ_PAGE_EXPIRED', what, context)
}
