/** What a request comes to, and who may hold it back. No code. */
import type { ErrorContext } from '../errors.ts'
import type { AbortSignalLike } from '../lib/abort.ts'
import type { Screen } from './echo.ts'

/** Which limit on a response's size applies. */
export type BodyKind = 'token' | 'metadata' | 'page' | 'binary' | 'certificate'

/** What an attempt is about to ask. */
export interface AttemptTarget {
  /** Scheme, host and port. */
  readonly origin: string
  /** The FHIR base in one spelling; of a token request its URL. */
  readonly base: string
  readonly kind: BodyKind
}

/** Holds the attempts of a call back until their turn has come. */
export interface RequestGate {
  /** Runs the attempt, or rejects where it is not to be made. */
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
  /** In place of the bytes, where the body is left to be read as a stream. */
  readonly body?: AsyncIterable<Uint8Array> | undefined
  /** When the request was sent, by the client's clock. */
  readonly sentAt: number
  readonly context: ErrorContext
  /** For each of the server's words before it goes into a message or an event. */
  readonly screen: Screen
}
