/**
 * Every error that the library throws, except `TypeError` for wrong arguments and the caller's own abort.
 *
 * @module carequality-fhir/errors
 */
import {
  BRAND,
  CarequalityError,
  define,
  type Codes,
  type ErrorCode,
  type ErrorContext,
} from './error-base.ts'
import type { errorCatalogue } from './error-catalogue.ts'
import type {
  ConsentDemand,
  OAuthErrorDetails,
  ServerOutcome,
  SkippedEndpoint,
  TrustErrorDetails,
} from './error-details.ts'

export { CarequalityError } from './error-base.ts'
export type { ErrorCode, ErrorContext } from './error-base.ts'
export type {
  ConsentDemand,
  OAuthErrorDetails,
  ServerOutcome,
  SkippedEndpoint,
  TrustErrorDetails,
} from './error-details.ts'

/** True for any error of this library, also across two copies of it. After it, `switch (error.code)` narrows to the error's own members, and is exhaustive. */
export function isCarequalityError(value: unknown): value is AnyCarequalityError {
  return typeof value === 'object' && value !== null && BRAND in value
}

/** The configuration turned out to be wrong at run time. */
export class ConfigurationError extends CarequalityError<Codes<'ConfigurationError'>> {
  override readonly name: string = 'ConfigurationError'
}

/** The library refused to do something unsafe. */
export class PolicyError extends CarequalityError<Codes<'PolicyError'>> {
  override readonly name: string = 'PolicyError'
}

/** No usable HTTP response. */
export class TransportError extends CarequalityError<Codes<'TransportError'>> {
  override readonly name: string = 'TransportError'
}

/** A response that does not follow the specification. */
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

/** The directory has no usable information about the organization. */
export class DirectoryError extends CarequalityError<Codes<'DirectoryError'>> {
  override readonly name: string = 'DirectoryError'
  /**
   * With `ERR_CQ_NO_USABLE_ENDPOINT`: every endpoint that was considered, and why it was skipped. Not
   * enumerable: an address may say more than a log should hold.
   */
  declare readonly candidates?: readonly SkippedEndpoint[]
  /** @internal */
  constructor(
    code: Codes<'DirectoryError'>,
    what: string,
    context?: ErrorContext,
    candidates?: readonly SkippedEndpoint[],
  ) {
    super(code, what, context)
    if (candidates !== undefined) define(this, 'candidates', candidates, false)
  }
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
  /**
   * Not enumerable, because servers write anything here. At most 2 kB, control characters removed.
   */
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

/** The holder of the private key (HSM, KMS, own code) did not return a good signature. */
export class SignerError extends CarequalityError<Codes<'SignerError'>> {
  override readonly name: string = 'SignerError'
}

/** The authorization server issued no usable token. */
export class TokenError extends CarequalityError<Codes<'TokenError'>> {
  override readonly name: string = 'TokenError'
  /** The OAuth `error` as sent, limited to RFC 6749's characters and 64 of them. */
  declare readonly error?: string
  /**
   * Not enumerable, because servers write anything here. At most 2 kB, control characters removed.
   */
  declare readonly errorDescription?: string
  /** Not enumerable, as `errorDescription`. */
  declare readonly errorUri?: string
  /**
   * The server requires a consent first (`consent_required`). Not enumerable, as
   * `errorDescription`.
   */
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

/** The FHIR server rejected the call. */
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
