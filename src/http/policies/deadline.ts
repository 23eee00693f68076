/** The time of calls and of attempts: how long each may take, and the errors when it is over. */
import { TransportError, type ErrorContext } from '../../errors.ts'
import type { Deadline } from '../../lib/deadline.ts'
import type { Transport } from '../../types.ts'

/** The error of a call that exceeded its time. */
export function callTimedOut(operation: string, timeoutMs: number): TransportError {
  const what = `${operation} took longer than ${timeoutMs} ms`
  return new TransportError('ERR_CQ_TIMEOUT', what, { operation })
}

/**
 * The deadline of one attempt, within that of its call. It counts from when the request is sent,
 * where the transport reports that.
 */
export function attemptDeadline(
  call: Deadline,
  timeoutMs: number,
  { reportsSent }: Pick<Transport, 'reportsSent'>,
  context: ErrorContext,
): Deadline {
  const timeUp = (): TransportError =>
    new TransportError('ERR_CQ_TIMEOUT', `no whole response within ${timeoutMs} ms`, context)
  return call.child(timeoutMs, timeUp, reportsSent === true ? 'on start' : 'now')
}
