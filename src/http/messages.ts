/** Types of what the rooms pass to this one and get from it. No code. */
import type { BodyBuffer } from './body/buffer.ts'
import type { Deadline } from '../lib/deadline.ts'
import type { BodyKind, HttpResponse } from './response.ts'

export type { AttemptTarget, BodyKind, HttpResponse, RequestGate } from './response.ts'

/**
 * `safe`: another attempt changes nothing (reads, searches). `not-after-500`: as `safe`, but a 500
 * may mean that something was done. `never`: one attempt.
 */
export type RetryMode = 'safe' | 'not-after-500' | 'never'

/** One request as the rooms describe it. */
export interface HttpRequest {
  readonly url: string
  /**
   * The base that the URL belongs to, of a FHIR server or directory: redirects stay at or below it,
   * and a `Retry-After` counts for it alone. Without it both apply to the origin.
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
  /** Sent as `X-Request-Id`. Not secret: the server may repeat it, and errors may show it. */
  readonly requestId?: string | undefined
  /** Bytes of the body, where they are fewer than those of its kind. */
  readonly maxBytes?: number | undefined
  /** How often the same request was sent before, as another one. */
  readonly sentBefore?: number | undefined
  /** `http:` is permitted: the response is signed, and not secret. */
  readonly plainHttp?: boolean | undefined
  /** The form of a POST. A function is called for each attempt. */
  readonly form?: string | (() => Promise<string>) | undefined
  /** The FHIR JSON of a POST. */
  readonly json?: string | undefined
  /**
   * Leaves the body of a 200 to be read as a stream, under this call, which lives until then. The
   * other limits apply until the headers have arrived.
   */
  readonly streamScope?: { readonly deadline: Deadline } | undefined
  /** The caller handles `Retry-After` itself: no shared pause is started or awaited. */
  readonly pacesItself?: boolean | undefined
  /** Memory for the body, reused from one request to the next; the previous body is then gone. */
  readonly buffer?: BodyBuffer | undefined
  /** Called with the response to each attempt, those that are retried included. */
  readonly onResponse?: ((response: HttpResponse) => void) | undefined
  /** OID of the organization, for errors. */
  readonly organization?: string | undefined
  /** OID of the organization whose endpoint serves it. */
  readonly servedBy?: string | undefined
}
