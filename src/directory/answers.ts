import { DirectoryError, ResponseError } from '../errors.ts'
import type { Answer } from '../http/exchange.ts'
import { isPassing } from '../http/retry.ts'
import { isRecord } from '../lib/arguments.ts'
import type { DirectoryRelease } from './releases.ts'
import { list, member, text } from './tree.ts'

/** A server may send the key of the query back as its request id, which errors show. */
export function withoutKey(answer: Answer, key: string): Answer {
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

/** The API key stands in the directory's own next links; it is cut out before anyone sees them. */
export function nextLink(
  bundle: unknown,
  release: DirectoryRelease,
  key: string,
): string | undefined {
  const link = list(member(bundle, 'link')).find(
    (candidate) => text(member(candidate, 'relation')) === 'next',
  )
  const given = text(member(link, 'url'))
  // A fragment makes the link refused, unless it is taken off because it holds the key.
  const [front = '', fragment = ''] = given?.split('#', 2) ?? []
  const url = fragment.includes(key) || decoded(fragment).includes(key) ? front : given
  const at = url?.indexOf('?') ?? -1
  if (url === undefined || at < 0) return url
  const keyName = release.apiKey.in === 'query' ? release.apiKey.name.toLowerCase() : 'apikey'
  const clean = (pair: string): boolean => !holdsKey(pair, keyName, key)
  const query = url
    .slice(at + 1)
    .split('&')
    .map((part) => part.split(';').filter(clean).join(';'))
    .filter((part) => part !== '')
    .join('&')
  return `${url.slice(0, at)}${query === '' ? '' : `?${query}`}`
}

/** A shorter key is part of many a value by chance. */
const TELLING = 6

function holdsKey(pair: string, keyName: string, key: string): boolean {
  const [name = '', ...rest] = pair.split('=')
  const shownName = decoded(name).toLowerCase()
  const value = rest.join('=')
  return (
    /^_?api[-_]?key$/.test(shownName) ||
    shownName === keyName ||
    value === key ||
    decoded(value) === key ||
    (key.length >= TELLING && (value.includes(key) || decoded(value).includes(key))) ||
    /api[-_]?key=/i.test(decoded(value))
  )
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The codes of an OperationOutcome's issues, JSON or XML; undefined where it is none. */
export function issueCodesOf(outcome: unknown): readonly string[] | undefined {
  if (outcome === undefined) return undefined
  return list(member(outcome, 'issue'))
    .map((issue) => text(member(issue, 'code')) ?? '')
    .filter((code) => /^[a-z][a-z-]{0,39}$/.test(code))
    .slice(0, 20)
}

/** What a status other than 200 means here. */
export function errorFor(answer: Answer, accept: string): DirectoryError | ResponseError {
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
