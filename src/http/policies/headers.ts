/** The headers of every request. */
import type { HttpRequest } from '../messages.ts'

/** The base of every room's own headers. */
export function requestHeaders(
  { accept, json, headers, streamScope, requestId }: HttpRequest,
  userAgent: string,
  hasBody: boolean,
): Readonly<Record<string, string>> {
  const all: Record<string, string> = { accept, 'user-agent': userAgent }
  if (requestId !== undefined) all['x-request-id'] = requestId
  // The end of a stream cannot be verified: it must not be cut off unseen.
  if (streamScope !== undefined) all['accept-encoding'] = 'identity'
  if (hasBody) {
    all['content-type'] =
      json === undefined ? 'application/x-www-form-urlencoded' : 'application/fhir+json'
  }
  return headers === undefined ? all : { ...all, ...headers }
}
