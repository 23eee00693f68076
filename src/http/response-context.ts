import type { ErrorContext } from '../errors.ts'
import type { TransportResponse } from '../types.ts'
import type { Screen } from './echo.ts'
import type { HttpRequest } from './messages.ts'
import { parseUrl } from './policies/parse-url.ts'
import { retryAfterMs } from './policies/retry.ts'

/** What an error about a response may show. */
export function contextOf(
  response: TransportResponse,
  context: ErrorContext,
  now: number,
  screen: Screen,
): ErrorContext {
  const requestId = requestIdOf(response.headers)
  return {
    operation: context.operation,
    organization: context.organization,
    origin: context.origin,
    pathTemplate: context.pathTemplate,
    status: response.status,
    requestId: requestId === undefined ? undefined : screen(requestId),
    retryAfterMs: retryAfterMs(response.headers.get('retry-after'), now),
  }
}

function requestIdOf(headers: Headers): string | undefined {
  for (const name of ['x-request-id', 'request-id', 'x-correlation-id']) {
    const value = headers.get(name)
    if (value !== null && /^[\w.:-]{1,64}$/.test(value)) return value
  }
  return undefined
}

/** The parts of a request that no message may repeat: all but the base and the fixed headers. */
export function sentBy(
  { base, headers = {} }: HttpRequest,
  url: string,
  body: string | undefined,
): readonly string[] {
  const below =
    base !== undefined && url.startsWith(base)
      ? url.slice(base.length)
      : (parseUrl(url)?.search ?? '')
  const values = Object.values(headers).map((value) => value.replace(/^(bearer|api-key) /i, ''))
  return [below, ...values, body ?? '']
}
