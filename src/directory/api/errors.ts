import { DirectoryError, type ErrorContext, type ResponseError } from '../../errors.ts'
import type { HttpResponse } from '../../http/messages.ts'
import { unexpectedStatus, type StatusTable } from '../../http/status-errors.ts'

const KEY_REFUSED = ['ERR_CQ_DIRECTORY_KEY_REFUSED', 'the directory rejects the API key'] as const

/** What a status means for any request to a directory. 404 and 410 depend on the request. */
const MEANINGS: StatusTable<DirectoryError['code']> = { 401: KEY_REFUSED, 403: KEY_REFUSED }

/** The error that a status other than 200 means. */
export function directoryErrorOf(
  answer: HttpResponse,
  accept: string,
): DirectoryError | ResponseError {
  const { status, context } = answer
  const meaning = MEANINGS[status]
  if (meaning === undefined) return unexpectedStatus(answer, 'the directory', { accept })
  const [code, message] = meaning
  return new DirectoryError(code, `${message} (${status})`, context)
}

/** The directory has no such entry. */
export function notFound(context: ErrorContext): DirectoryError {
  return new DirectoryError(
    'ERR_CQ_ENTRY_NOT_FOUND',
    'the directory has no such organization',
    context,
  )
}

/** Two organizations have the OID: it is ambiguous. */
export function ambiguous(context: ErrorContext): DirectoryError {
  return new DirectoryError(
    'ERR_CQ_ENTRY_AMBIGUOUS',
    'more than one organization of the directory has this OID',
    context,
  )
}
