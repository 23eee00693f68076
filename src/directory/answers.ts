import { DirectoryError, ResponseError } from '../errors.ts'
import type { Answer } from '../http/exchange.ts'
import { isPassing } from '../http/retry.ts'
import { isRecord } from '../lib/arguments.ts'
import type { DirectoryRelease } from './releases.ts'
import { list, member, text } from './tree.ts'

/** FHIR JSON names its type in `resourceType`; XML and its naive JSON wrap the resource in its name. */
export function unwrap(document: unknown, type: string): unknown {
  if (text(member(document, 'resourceType')) === type) return document
  const inner = member(document, type)
  return isRecord(inner) ? inner : undefined
}

/** The API key stands in the directory's own next links; it is cut out before anyone sees them. */
export function nextLink(bundle: unknown, release: DirectoryRelease): string | undefined {
  const link = list(member(bundle, 'link')).find(
    (candidate) => text(member(candidate, 'relation')) === 'next',
  )
  const url = text(member(link, 'url'))
  const keyName = release.apiKey.in === 'query' ? release.apiKey.name : 'apikey'
  return url?.replace(/[^?&]+/g, (part) =>
    new RegExp(`^(_?api_?key|${escaped(keyName)})=`, 'i').test(part) ? '' : part,
  )
}

function escaped(name: string): string {
  return name.replace(/[^\w-]/g, '\\$&')
}

/** What a status other than 200 means here. */
export function errorFor(answer: Answer): DirectoryError | ResponseError {
  const { status, context } = answer
  if (status === 401 || status === 403) {
    return new DirectoryError(
      'ERR_CQ_DIRECTORY_KEY_REFUSED',
      `the directory refuses the API key (${status})`,
      context,
    )
  }
  if (status === 404 || status === 410) return notFound(context)
  if (status === 406)
    return new ResponseError(
      'ERR_CQ_NOT_ACCEPTABLE',
      'the directory does not give the format that was asked for',
      context,
    )
  return new ResponseError('ERR_CQ_UNEXPECTED_STATUS', `the directory answered ${status}`, {
    ...context,
    retryable: isPassing(status),
  })
}

/** There is no such entry. */
export function notFound(context: Answer['context']): DirectoryError {
  return new DirectoryError(
    'ERR_CQ_ENTRY_NOT_FOUND',
    'the directory has no such organization',
    context,
  )
}
