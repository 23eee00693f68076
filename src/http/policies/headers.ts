/** The headers of every request. */
import type { HttpRequest } from '../messages.ts'

/** What a room's own headers are added to. */
export function requestHeaders(
  { accept, json, headers, streamScope, requestId }: HttpRequest,
  userAgent: string,
  hasBody: boolean,
): Readonly<Record<string, string>> {
  const all: Record<string, string> = { accept, 'user-agent': userAgent }
  if (requestId !== undefined) all['x-request-id'] = requestId
  // What is read as a stream cannot be judged by its end: it must not break off unseen.
  if (streamScope !== undefined) all['accept-encoding'] = 'identity'
  if (hasBody) {
    all['content-type'] =
      json === undefined ? 'application/x-www-form-urlencoded' : 'application/fhir+json'
  }
  return headers === undefined ? all : { ...all, ...headers }
}
