import type { ErrorContext } from '../errors.ts'
import type { BodyBuffer } from './body/read.ts'
import type { Call } from './call.ts'
import type { Screen } from './echo.ts'
import type { Repeat } from './policies/retry.ts'

/** Which limit on an answer's size applies. */
export type BodyKind = 'token' | 'metadata' | 'page' | 'binary' | 'certificate'

/** One request as the parts describe it. */
export interface Exchange {
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
  readonly repeat: Repeat
  /** Milliseconds for one attempt, unless the user set their own. */
  readonly attemptTimeoutMs: number
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** `http:` is good enough: what comes is signed, and not secret. */
  readonly plainHttp?: boolean | undefined
  /** With it the request is a form POST. A function is asked anew for each attempt. */
  readonly form?: string | (() => Promise<string>) | undefined
  /** With it the request is a POST of FHIR JSON. */
  readonly json?: string | undefined
  /**
   * Leaves the body of a 200 to be read later, under this call, which lives until then. The other
   * limits of the exchange hold until the headers are there.
   */
  readonly hold?: Call | undefined
  /** Memory for the body, from one exchange to the next; the answer before is then gone. */
  readonly buffer?: BodyBuffer | undefined
  /** Told of each attempt that was answered, those that are repeated included. */
  readonly onAnswer?: ((answer: Answer) => void) | undefined
  /** OID of the organization, for errors. */
  readonly organization?: string | undefined
  /** OID of the organization whose endpoint serves it. */
  readonly servedBy?: string | undefined
}

/** A whole answer: status, headers, all bytes, and what an error about it may show. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
  /** In place of the bytes, where the exchange leaves the body to be read later. */
  readonly body?: AsyncIterable<Uint8Array> | undefined
  /** When the request was sent, by the client's clock. */
  readonly sentAt: number
  /** Why the token may not have permitted the call, in words. */
  readonly lack?: string | undefined
  readonly context: ErrorContext
  /** For each of the server's words before it goes into a message or an event. */
  readonly screen: Screen
}
