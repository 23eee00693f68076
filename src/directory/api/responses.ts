import type { HttpResponse } from '../../http/messages.ts'
import { isRecord } from '../../lib/arguments.ts'
import { member, text } from '../../hl7/tree.ts'

/** A server may send back the key of the query as its request id, which errors show. */
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
