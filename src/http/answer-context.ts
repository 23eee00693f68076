import type { ErrorContext } from '../errors.ts'
import type { TransportResponse } from '../types.ts'
import { retryAfterMs } from './retry.ts'

/** What an error about an answer may show; `sent` is what the request held, and is not to come back. */
export function contextOf(
  response: TransportResponse,
  context: ErrorContext,
  now: number,
  sent: () => readonly string[],
): ErrorContext {
  const requestId = ['x-request-id', 'request-id', 'x-correlation-id']
    .map((name) => response.headers.get(name))
    .find((value): value is string => value !== null && /^[\w.:-]{1,64}$/.test(value))
  return {
    operation: context.operation,
    organization: context.organization,
    origin: context.origin,
    pathTemplate: context.pathTemplate,
    status: response.status,
    requestId: requestId === undefined || repeats(requestId, sent()) ? undefined : requestId,
    retryAfterMs: retryAfterMs(response.headers.get('retry-after'), now),
  }
}

/** A server may repeat what we sent in any header; a secret or a name must not come back as a request id. */
function repeats(requestId: string, sent: readonly string[]): boolean {
  const shown = requestId.toLowerCase()
  const parts = new Set(shown.split(/[^\p{L}\p{N}]+/u))
  return sent.some((text) => {
    const plain = decoded(text).toLowerCase()
    const words = plain.split(/[^\p{L}\p{N}_.~-]+/u)
    // A long word may hide inside the id; a short one, such as a family name, counts as a whole.
    const long = words.filter((word) => word.length > 3)
    const short = words
      .flatMap((word) => word.split(/[^\p{L}\p{N}]+/u))
      .filter((word) => word !== '')
    return (
      plain.includes(shown) ||
      long.some((word) => shown.includes(word)) ||
      short.some((word) => parts.has(word))
    )
  })
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
