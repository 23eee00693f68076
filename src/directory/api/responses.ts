import { DirectoryError, ResponseError } from '../../errors.ts'
import type { HttpResponse } from '../../http/messages.ts'
import { isTransientStatus } from '../../http/policies/retry.ts'
import { isRecord } from '../../lib/arguments.ts'
import { member, text } from '../model/tree.ts'

/** A server may send the key of the query back as its request id, which errors show. */
export function withoutKey(answer: HttpResponse, key: string): HttpResponse {
  const { requestId, ...context } = answer.context
  return requestId?.includes(key) === true ? { ...answer, context } : answer
}

/** FHIR JSON names its type in `resourceType`; XML and its naive JSON wrap the resource in its name. */
export function unwrap(document: unknown, type: string): unknown {
  const named = text(member(document, 'resourceType'))
  if (named !== undefined) return named === type ? document : undefined
  const inner = member(document, type)
  return isRecord(inner) ? inner : undefined
}

/** What a status other than 200 means here. */
export function errorFor(answer: HttpResponse, accept: string): DirectoryError | ResponseError {
  const { status, context } = answer
  if (status === 401 || status === 403) {
    return new DirectoryError(
      'ERR_CQ_DIRECTORY_KEY_REFUSED',
      `the directory refuses the API key (${status})`,
      context,
    )
  }
  if (status === 406)
    return new ResponseError(
      'ERR_CQ_NOT_ACCEPTABLE',
      `the directory does not give ${accept} (406)`,
      context,
    )
  return new ResponseError('ERR_CQ_UNEXPECTED_STATUS', `the directory answered ${status}`, {
    ...context,
    retryable: isTransientStatus(status),
  })
}

/** There is no such entry. */
export function notFound(context: HttpResponse['context']): DirectoryError {
  return new DirectoryError(
    'ERR_CQ_ENTRY_NOT_FOUND',
    'the directory has no such organization',
    context,
  )
}

/** Two organizations say that they have the OID: which of them is meant cannot be told. */
export function ambiguous(context: HttpResponse['context']): DirectoryError {
  return new DirectoryError(
    'ERR_CQ_ENTRY_AMBIGUOUS',
    'more than one organization of the directory has this OID',
    context,
  )
}
