/** What the rooms ask of this one and get from it. No code. */
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
  /** Sent as `X-Request-Id`. No secret: the server may repeat it, and errors may show it. */
  readonly requestId?: string | undefined
  /** Bytes of the body, where they are fewer than those of its kind. */
  readonly maxBytes?: number | undefined
  /** How often the same request was sent before, as another one. */
  readonly sentBefore?: number | undefined
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
  readonly streamScope?: { readonly deadline: Deadline } | undefined
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
