/** What all errors of the library have. Applications import from `./errors`. */
import { errorCatalogue } from './error-catalogue.ts'

/** All stable error codes; `docs/errors.md` says what each means and what to do. */
export type ErrorCode = keyof typeof errorCatalogue

/** The codes of one class. */
export type Codes<Class extends string> = {
  [Code in ErrorCode]: (typeof errorCatalogue)[Code][0] extends Class ? Code : never
}[ErrorCode]

/** Where an error happened. Holds no secret and no patient value by construction. */
export interface ErrorContext {
  /** What was being done, for example `patients.read`. */
  readonly operation?: string | undefined
  /** OID of the organization. */
  readonly organization?: string | undefined
  /** Scheme, host and port of the server. */
  readonly origin?: string | undefined
  /** For example `/Patient/:id`; never the path itself. */
  readonly pathTemplate?: string | undefined
  /** HTTP status, where there was a response. */
  readonly status?: number | undefined
  /** The server's own request id, for its operator's logs. */
  readonly requestId?: string | undefined
  readonly retryable?: boolean | undefined
  readonly retryAfterMs?: number | undefined
  /** @internal Instead of the code's own advice, where more is known. */
  readonly advice?: string | undefined
}

/** Marks errors of every copy of the library. */
export const BRAND: unique symbol = Symbol.for('carequality-fhir.error') as never

const SHOWN = [
  'operation',
  'organization',
  'origin',
  'pathTemplate',
  'status',
  'requestId',
  'retryAfterMs',
] as const

/**
 * Base of all errors of this library. Recognize one with {@link isCarequalityError}, then switch on
 * `code`.
 */
export class CarequalityError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name: string = 'CarequalityError'
  /** Stable; the texts are not. */
  readonly code: Code
  /** Whether the very same call may succeed later. */
  readonly retryable: boolean
  /** What was being done, for example `patients.read`. */
  declare readonly operation?: string
  /** OID of the organization. */
  declare readonly organization?: string
  /** Scheme, host and port of the server. */
  declare readonly origin?: string
  /** For example `/Patient/:id`; never the path itself. */
  declare readonly pathTemplate?: string
  /** HTTP status, where there was a response. */
  declare readonly status?: number
  /** The server's own request id. */
  declare readonly requestId?: string
  /** How long the server asked to wait, in milliseconds. */
  declare readonly retryAfterMs?: number
  /** In a search: how many resources had been given before this error. */
  declare readonly received?: number
  /** In a search: how many pages had been read before this error. */
  declare readonly pages?: number

  /** @internal */
  constructor(code: Code, what: string, context: ErrorContext = {}) {
    const [, , advice, retry] = errorCatalogue[code]
    super(`${what}. ${context.advice ?? advice}`)
    this.code = code
    this.retryable = context.retryable ?? retry
    for (const member of SHOWN) {
      if (context[member] !== undefined) define(this, member, context[member], true)
    }
    define(this, BRAND, true, false)
  }

  /** Plain data for logs: what an error shows, and nothing else. */
  toJSON(): Readonly<Record<string, unknown>> {
    const { name, message } = this
    // Own enumerable members may be shown; the others are non-enumerable for a reason.
    return { ...Object.fromEntries(Object.entries(this)), name, message }
  }
}

/** Adds a read-only member; logs do not show it if it is not enumerable. */
export function define(
  target: object,
  name: PropertyKey,
  value: unknown,
  enumerable: boolean,
): void {
  Object.defineProperty(target, name, { value, enumerable, configurable: true, writable: false })
}
