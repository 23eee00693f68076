/** What the rooms ask of this one and get from it. No code. */
import type { ErrorContext } from '../errors.ts'
import type { AbortSignalLike } from '../lib/abort.ts'
import type { BodyBuffer } from './body/buffer.ts'
import type { Call } from './call.ts'
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

/**
 * `safe`: another attempt changes nothing (reads, searches). `not-after-500`: as `safe`, but a 500
 * may mean that something was done. `never`: one attempt.
 */
export type RetryMode = 'safe' | 'not-after-500' | 'never'

/** One request as the rooms describe it. */
export interface HttpRequest {
  readonly url: string
  /**
   * The FHIR base or the directory's that the URL belongs to: redirects stay at or below it, and a
   * `Retry-After` counts for it alone. Without it both hold for the origin.
   */
  readonly base?: string | undefined
  /** What errors show instead of the path, for example `/Patient/:id`. */
  readonly pathTemplate: string
  readonly accept: string
  readonly kind: BodyKind
  readonly retry: RetryMode
  /** Milliseconds for one attempt, unless the user set their own. */
  readonly attemptTimeoutMs: number
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** `http:` is good enough: the response is signed, and not secret. */
  readonly plainHttp?: boolean | undefined
  /** With it the request is a form POST. A function is called for each attempt. */
  readonly form?: string | (() => Promise<string>) | undefined
  /** With it the request is a POST of FHIR JSON. */
  readonly json?: string | undefined
  /**
   * Leaves the body of a 200 to be read as a stream, under this call, which lives until then. The
   * other limits hold until the headers are there.
   */
  readonly streamScope?: Call | undefined
  /** The requester paces itself after a `Retry-After`: no shared pause is made nor waited for. */
  readonly pacesItself?: boolean | undefined
  /** Memory for the body, from one request to the next; the body before is then gone. */
  readonly buffer?: BodyBuffer | undefined
  /** Called with the response to each attempt, those that are retried included. */
  readonly onResponse?: ((response: HttpResponse) => void) | undefined
  /** OID of the organization, for errors. */
  readonly organization?: string | undefined
  /** OID of the organization whose endpoint serves it. */
  readonly servedBy?: string | undefined
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
