import { ResponseError } from '../errors.ts'
import type { HttpResponse } from './messages.ts'
import { isTransientStatus } from './policies/retry.ts'

/** Error code and message by HTTP status. Each room has a table of the statuses that mean something there. */
export type StatusTable<Code extends string> = Readonly<
  Partial<Record<number, readonly [code: Code, message: string]>>
>

/**
 * The error for a status without a special meaning, the same for every server. `note` follows the
 * status.
 */
export function unexpectedStatus(
  { status, context }: HttpResponse,
  server: string,
  { accept, note = '' }: { accept?: string; note?: string } = {},
): ResponseError {
  if (status === 406 && accept !== undefined) {
    const what = `${server} does not offer ${accept} (406${note})`
    return new ResponseError('ERR_CQ_NOT_ACCEPTABLE', what, context)
  }
  return new ResponseError('ERR_CQ_UNEXPECTED_STATUS', `${server} returned ${status}${note}`, {
    ...context,
    retryable: isTransientStatus(status),
  })
}
