/** The only place that calls a transport and checks what it returns. */
import type { ErrorContext } from '../../errors.ts'
import { WithLazySignal, type LazyAbortController } from '../../lib/abort.ts'
import { isRecord } from '../../lib/arguments.ts'
import type { Transport, TransportRequest, TransportResponse } from '../../types.ts'
import { LazyHeaders } from './lazy-headers.ts'
import { networkFailure } from './network-failure.ts'

/** Sends a request once. Whatever a transport throws or returns instead of a response is a network failure. */
export async function dispatch(
  transport: Transport,
  request: Omit<TransportRequest, 'signal' | 'onAbort'>,
  aborter: LazyAbortController,
  context: ErrorContext,
): Promise<TransportResponse> {
  let response: TransportResponse
  try {
    response = await transport.send(new AbortableRequest(request, aborter))
  } catch (error) {
    throw networkFailure(error, context)
  }
  if (!isResponse(response)) throw networkFailure(undefined, context)
  const headers = platformHeaders(response.headers)
  if (headers === undefined) throw networkFailure(undefined, context)
  return headers === response.headers
    ? response
    : { status: response.status, headers, body: response.body }
}

/** The platform's signal is only made for transports that read it. */
class AbortableRequest extends WithLazySignal implements TransportRequest {
  readonly url: string
  readonly method: TransportRequest['method']
  readonly headers: TransportRequest['headers']
  readonly body: string | undefined
  readonly onSent: TransportRequest['onSent']
  readonly addresses: TransportRequest['addresses']
  readonly onAbort: (listener: (reason: unknown) => void) => () => void

  constructor(request: Omit<TransportRequest, 'signal' | 'onAbort'>, aborter: LazyAbortController) {
    super(aborter)
    this.url = request.url
    this.method = request.method
    this.headers = request.headers
    this.body = request.body
    this.onSent = request.onSent
    this.addresses = request.addresses
    this.onAbort = (listener) => onAbort(aborter, listener)
  }
}

function onAbort(aborter: LazyAbortController, listener: (reason: unknown) => void): () => void {
  const leave = (): void => listener(aborter.reason)
  if (aborter.aborted) leave()
  else aborter.addEventListener('abort', leave)
  return () => aborter.removeEventListener('abort', leave)
}

/** A transport is user code: it may return anything. */
function isResponse(value: unknown): value is TransportResponse {
  return isRecord(value) && Number.isInteger(value.status) && hasGet(value.headers)
}

function hasGet(headers: unknown): boolean {
  return isRecord(headers) && typeof headers.get === 'function'
}

/**
 * As the platform's own Headers, whatever the transport's library uses; undefined where they cannot
 * be read.
 */
function platformHeaders(headers: Headers): Headers | undefined {
  try {
    return isPlatforms(headers) ? headers : new Headers(headers)
  } catch {
    return undefined
  }
}

function isPlatforms(headers: unknown): boolean {
  // Node loads its whole `fetch` when it is asked for `Headers` first.
  return headers instanceof LazyHeaders || headers instanceof Headers
}
