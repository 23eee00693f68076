import type { ErrorContext } from '../errors.ts'
import type { BodyBuffer } from './body.ts'
import type { Repeat } from './retry.ts'

/** Which limit on an answer's size applies. */
export type BodyKind = 'token' | 'metadata' | 'page'

/** One request as the parts describe it. */
export interface Exchange {
  readonly url: string
  /** What errors show instead of the path, for example `/Patient/:id`. */
  readonly pathTemplate: string
  readonly accept: string
  readonly kind: BodyKind
  readonly repeat: Repeat
  /** Milliseconds for one attempt, unless the user set their own. */
  readonly attemptTimeoutMs: number
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** With it the request is a form POST. A function is asked anew for each attempt. */
  readonly form?: string | (() => Promise<string>) | undefined
  /** Memory for the body, from one exchange to the next; the answer before is then gone. */
  readonly buffer?: BodyBuffer | undefined
  /** Told of each attempt that was answered, those that are repeated included. */
  readonly onAnswer?: ((answer: Answer) => void) | undefined
  /** OID of the organization, for errors. */
  readonly organization?: string | undefined
}

/** A whole answer: status, headers, all bytes, and what an error about it may show. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
  /** When the request was sent, by the client's clock. */
  readonly sentAt: number
  /** Why the token may not have permitted the call, in words. */
  readonly lack?: string | undefined
  readonly context: ErrorContext
}
