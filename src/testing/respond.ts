import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.js'

/** A request as the sandbox's servers see it: the body is read already. */
export interface Received {
  readonly method: string
  readonly url: URL
  readonly headers: Headers
  readonly body: string
}

/** Origin under which a host is reached: its real name, or a loopback port. Documents name no other. */
export type OriginOf = (host: string) => string

/** Where something is on the network; the host becomes an origin when a document is written. */
export interface Location {
  readonly host: string
  readonly path: string
}

/** The address of something on the network, as documents spell it. */
export function urlOf({ host, path }: Location, originOf: OriginOf): string {
  return originOf(host) + path
}

/** One server, or a part of one, behind the sandbox's `fetch`. */
export interface Service {
  /** Host name under which the network knows it. */
  readonly host: string
  /** Undefined where the request is not for this service but for another one on the same host. */
  answer(request: Received, originOf: OriginOf): Promise<Response | undefined>
}

/** A JSON answer. */
export function json(
  status: number,
  body: object,
  contentType = 'application/json',
  headers: Readonly<Record<string, string>> = {},
): Response {
  return text(status, JSON.stringify(body), contentType, headers)
}

/** An answer with any text; an empty one has no `Content-Type` either. */
export function text(
  status: number,
  body = '',
  contentType = 'text/plain',
  headers: Readonly<Record<string, string>> = {},
): Response {
  if (body === '') return new Response(null, { status, headers })
  return new Response(body, { status, headers: { ...headers, 'content-type': contentType } })
}

/** A FHIR OperationOutcome with one issue. */
export function outcome(
  code: OperationOutcomeIssue['code'],
  diagnostics: string,
): OperationOutcome {
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, diagnostics }] }
}

/** Text for an XML attribute or element. */
export function escapeXml(value: string): string {
  return value.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
