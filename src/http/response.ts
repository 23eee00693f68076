/** Types of responses, and of what may hold requests back. No code. */
import type { ErrorContext } from '../errors.ts'
import type { AbortSignalLike } from '../lib/abort.ts'
import type { Screen } from './echo.ts'

/** Which limit on a response's size applies. */
export type BodyKind = 'token' | 'metadata' | 'page' | 'binary' | 'certificate'

/** The next attempt. */
export interface AttemptTarget {
  /** Scheme, host and port. */
  readonly origin: string
  /** The FHIR base in one spelling; of a token request its URL. */
  readonly base: string
  readonly kind: BodyKind
}

/** Holds back the attempts of a call until they may be made. */
export interface RequestGate {
  /** Runs the attempt, or rejects if it must not be made. */
  pass(
    target: AttemptTarget,
    signal: AbortSignalLike,
    attempt: () => Promise<HttpResponse>,
  ): Promise<HttpResponse>
}

/** A whole response: status, headers, all bytes, and what an error about it may show. */
export interface HttpResponse {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
  /** Replaces the bytes if the body is to be read as a stream. */
  readonly body?: AsyncIterable<Uint8Array> | undefined
  /** When the request was sent, by the client's clock. */
  readonly sentAt: number
  readonly context: ErrorContext
  /** Checks each of the server's texts before it is used in a message or an event. */
  readonly screen: Screen
}
