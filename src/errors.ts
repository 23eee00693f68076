/**
 * Every error that the library throws, except `TypeError` for wrong arguments and the caller's own abort.
 *
 * @module carequality-fhir/errors
 */
import { errorCatalogue } from './error-catalogue.ts'
import type {
  ConsentDemand,
  OAuthErrorDetails,
  ServerOutcome,
  TrustErrorDetails,
} from './error-details.ts'

export type {
  ConsentDemand,
  OAuthErrorDetails,
  ServerOutcome,
  TrustErrorDetails,
} from './error-details.ts'

/** All stable error codes; `docs/errors.md` says what each means and what to do. */
export type ErrorCode = keyof typeof errorCatalogue

type Codes<Class extends string> = {
  [Code in ErrorCode]: (typeof errorCatalogue)[Code][0] extends Class ? Code : never
}[ErrorCode]

/** Where an error happened. Holds no secret and no patient value by construction. */
export interface ErrorContext {
  /** What was being done, for example `patients.read`. */
  readonly operation?: string | undefined
  /** OID of the organization that was asked. */
  readonly organization?: string | undefined
  /** Scheme, host and port of the server. */
  readonly origin?: string | undefined
  /** For example `/Patient/:id`; never the path itself. */
  readonly pathTemplate?: string | undefined
  /** HTTP status, where there was an answer. */
  readonly status?: number | undefined
  /** The server's own request id, for its operator's logs. */
  readonly requestId?: string | undefined
  readonly retryable?: boolean | undefined
  readonly retryAfterMs?: number | undefined
  /** @internal In place of the code's own advice, where more is known. */
  readonly advice?: string | undefined
}

const BRAND: unique symbol = Symbol.for('carequality-fhir.error') as never

const SHOWN = [
  'operation',
  'organization',
  'origin',
  'pathTemplate',
  'status',
  'requestId',
  'retryAfterMs',
] as const

/** Base of all errors of this library. Recognise one with {@link isCarequalityError}, then switch on `code`. */
export class CarequalityError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name: string = 'CarequalityError'
  /** Stable; the texts are not. */
  readonly code: Code
  /** Whether the very same call may succeed later. */
  readonly retryable: boolean
  /** What was being done, for example `patients.read`. */
  declare readonly operation?: string
  /** OID of the organization that was asked. */
  declare readonly organization?: string
  /** Scheme, host and port of the server. */
  declare readonly origin?: string
  /** For example `/Patient/:id`; never the path itself. */
  declare readonly pathTemplate?: string
  /** HTTP status, where there was an answer. */
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
    // Own enumerable members are those that may be shown; the others were made not enumerable for a reason.
    return { ...Object.fromEntries(Object.entries(this)), name, message }
  }
}

/** True for any error of this library, also across two copies of it. After it, `switch (error.code)` narrows to the error's own members, and is exhaustive. */
export function isCarequalityError(value: unknown): value is AnyCarequalityError {
  return typeof value === 'object' && value !== null && BRAND in value
}

/** The configuration turns out wrong only at run time. */
export class ConfigurationError extends CarequalityError<Codes<'ConfigurationError'>> {
  override readonly name: string = 'ConfigurationError'
}

/** The library refused to do something unsafe. */
export class PolicyError extends CarequalityError<Codes<'PolicyError'>> {
  override readonly name: string = 'PolicyError'
}

/** No usable HTTP answer. */
export class TransportError extends CarequalityError<Codes<'TransportError'>> {
  override readonly name: string = 'TransportError'
}

/** An answer that is not what the specification says. */
export class ResponseError extends CarequalityError<Codes<'ResponseError'>> {
  override readonly name: string = 'ResponseError'
  /** Members that were wrong, as paths (`entry.0.resource`); never their values. */
  declare readonly issues?: readonly string[]
  /** @internal */
  constructor(
    code: Codes<'ResponseError'>,
    what: string,
    context?: ErrorContext,
    issues?: readonly string[],
  ) {
    super(code, what, context)
    if (issues !== undefined) define(this, 'issues', issues, true)
  }
}

/** The directory has no usable answer about the organization. */
export class DirectoryError extends CarequalityError<Codes<'DirectoryError'>> {
  override readonly name: string = 'DirectoryError'
}

/** The responder publishes too little about itself. */
export class DiscoveryError extends CarequalityError<Codes<'DiscoveryError'>> {
  override readonly name: string = 'DiscoveryError'
}

/** A certificate chain, or what is signed with it, did not pass verification. */
export class TrustError extends CarequalityError<Codes<'TrustError'>> {
  override readonly name: string = 'TrustError'
  /** The step of verification that failed, for example `path` or `revocation`. */
  declare readonly step: string
  /** Stable, for programs: for example `certificate-expired`. */
  declare readonly reason: string
  /** Which certificate of the path, 0 for the leaf; absent where the failure is no certificate's. */
  declare readonly position?: number
  /** @internal */
  constructor(
    code: Codes<'TrustError'>,
    what: string,
    context?: ErrorContext,
    { step, reason, position }: TrustErrorDetails = { step: 'path', reason: 'untrusted' },
  ) {
    super(code, what, context)
    define(this, 'step', step, true)
    define(this, 'reason', reason, true)
    if (position !== undefined) define(this, 'position', position, true)
  }
}

/** The client could not be registered at a server by UDAP. */
export class RegistrationError extends CarequalityError<Codes<'RegistrationError'>> {
  override readonly name: string = 'RegistrationError'
  /** The OAuth `error`, where it is a registered one; else `other`. */
  declare readonly error?: string
  /** Not enumerable: servers write what they like here. At most 2 kB, control characters cut. */
  declare readonly errorDescription?: string
  /** @internal */
  constructor(
    code: Codes<'RegistrationError'>,
    what: string,
    context?: ErrorContext,
    { error, errorDescription }: Pick<OAuthErrorDetails, 'error' | 'errorDescription'> = {},
  ) {
    super(code, what, context)
    if (error !== undefined) define(this, 'error', error, true)
    if (errorDescription !== undefined) define(this, 'errorDescription', errorDescription, false)
  }
}

/** The private key's holder (HSM, KMS, own code) did not give a good signature. */
export class SignerError extends CarequalityError<Codes<'SignerError'>> {
  override readonly name: string = 'SignerError'
}

/** The authorization server gave no usable token. */
export class TokenError extends CarequalityError<Codes<'TokenError'>> {
  override readonly name: string = 'TokenError'
  /** The OAuth `error` as sent, limited to RFC 6749's characters and 64 of them. */
  declare readonly error?: string
  /** Not enumerable: servers write what they like here. At most 2 kB, control characters cut. */
  declare readonly errorDescription?: string
  /** Not enumerable, as `errorDescription`. */
  declare readonly errorUri?: string
  /** The server wants a consent first (`consent_required`). Not enumerable, as `errorDescription`. */
  declare readonly consent?: ConsentDemand
  /** With `ERR_CQ_TOKEN_PAUSED`: when the next request is made, in milliseconds since the epoch. */
  declare readonly retryAt?: number
  /** @internal */
  constructor(
    code: Codes<'TokenError'>,
    what: string,
    context?: ErrorContext,
    details: OAuthErrorDetails = {},
  ) {
    super(code, what, context)
    if (details.error !== undefined) define(this, 'error', details.error, true)
    if (details.retryAt !== undefined) define(this, 'retryAt', details.retryAt, true)
    if (details.errorDescription !== undefined)
      define(this, 'errorDescription', details.errorDescription, false)
    if (details.errorUri !== undefined) define(this, 'errorUri', details.errorUri, false)
    if (details.consent !== undefined) define(this, 'consent', details.consent, false)
  }
}

/** The FHIR server said no. */
export class FhirError extends CarequalityError<Codes<'FhirError'>> {
  override readonly name: string = 'FhirError'
  /** The `issue.code` values of the server's OperationOutcome. */
  declare readonly issueCodes?: readonly string[]
  /** The server's OperationOutcome; not enumerable, because it may hold patient data. */
  declare readonly outcome?: ServerOutcome
  /** @internal */
  constructor(
    code: Codes<'FhirError'>,
    what: string,
    context?: ErrorContext,
    outcome?: ServerOutcome,
  ) {
    super(code, what, context)
    if (outcome !== undefined) {
      define(
        this,
        'issueCodes',
        outcome.issue.flatMap(({ code }) => code ?? []),
        true,
      )
      define(this, 'outcome', outcome, false)
    }
  }
}

/** The class of each name in the catalogue. */
interface ErrorClasses {
  ConfigurationError: ConfigurationError
  PolicyError: PolicyError
  TransportError: TransportError
  ResponseError: ResponseError
  DirectoryError: DirectoryError
  DiscoveryError: DiscoveryError
  SignerError: SignerError
  TokenError: TokenError
  FhirError: FhirError
  TrustError: TrustError
  RegistrationError: RegistrationError
}

/** Every error of this library, told apart by `code`. */
export type AnyCarequalityError = {
  [Code in ErrorCode]: ErrorClasses[(typeof errorCatalogue)[Code][0]] & { readonly code: Code }
}[ErrorCode]

function define(target: object, name: PropertyKey, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, name, { value, enumerable, configurable: true, writable: false })
}
