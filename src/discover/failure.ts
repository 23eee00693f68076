/** Which kind of outcome an error is. */
import {
  FhirError,
  isCarequalityError,
  TokenError,
  type AnyCarequalityError,
  type ErrorCode,
} from '../errors.ts'
import type { Failed, OutcomeError, Refused, Skipped } from './outcome.ts'

type Facts = 'kind' | 'error' | 'consent' | 'reason'

/** The part of an outcome that an error decides. */
export type Failure =
  | Pick<Refused, Facts & keyof Refused>
  | Pick<Failed, Facts & keyof Failed>
  | Pick<Skipped, Facts & keyof Skipped>

type Kind = Failure['kind'] | 'by-status'

/** What each code says of a target; `by-status`: the status tells. A new code does not compile until it has its row. */
const KINDS: Readonly<Record<ErrorCode, Kind>> = {
  ERR_CQ_CERTIFICATE_EXPIRED: 'unauthorized',
  ERR_CQ_KEY_CERTIFICATE_MISMATCH: 'unauthorized',
  ERR_CQ_NO_COMMON_ALGORITHM: 'unauthorized',
  ERR_CQ_CLOCK_SKEW: 'unauthorized',
  ERR_CQ_ORIGIN_REFUSED: 'untrusted',
  ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED: 'untrusted',
  ERR_CQ_REDIRECT_REFUSED: 'untrusted',
  ERR_CQ_NEXT_LINK_REFUSED: 'invalid',
  ERR_CQ_SEARCH_METHOD_REFUSED: 'unsupported',
  ERR_CQ_FILTER_IGNORED: 'invalid',
  ERR_CQ_AUDIT_FAILED: 'skipped',
  ERR_CQ_NETWORK: 'unreachable',
  ERR_CQ_TIMEOUT: 'timeout',
  ERR_CQ_BREAKER_OPEN: 'skipped',
  ERR_CQ_STORE_FAILED: 'unreachable',
  ERR_CQ_INCOMPLETE_BODY: 'unreachable',
  ERR_CQ_RESPONSE_TOO_LARGE: 'invalid',
  ERR_CQ_UNEXPECTED_STATUS: 'by-status',
  ERR_CQ_UNEXPECTED_CONTENT: 'invalid',
  ERR_CQ_INVALID_JSON: 'invalid',
  ERR_CQ_INVALID_RESPONSE: 'invalid',
  ERR_CQ_UNEXPECTED_RESOURCE: 'invalid',
  ERR_CQ_NOT_ACCEPTABLE: 'invalid',
  ERR_CQ_ENTRY_NOT_FOUND: 'skipped',
  ERR_CQ_ENTRY_AMBIGUOUS: 'skipped',
  ERR_CQ_ENTRY_INACTIVE: 'skipped',
  ERR_CQ_NO_USABLE_ENDPOINT: 'skipped',
  ERR_CQ_DIRECTORY_KEY_REFUSED: 'skipped',
  ERR_CQ_SNAPSHOT_INVALID: 'skipped',
  ERR_CQ_SNAPSHOT_TOO_OLD: 'skipped',
  ERR_CQ_NO_TOKEN_ENDPOINT: 'unauthorized',
  ERR_CQ_UNSUPPORTED_SERVER: 'unsupported',
  ERR_CQ_NO_UDAP: 'untrusted',
  ERR_CQ_UNTRUSTED: 'untrusted',
  ERR_CQ_REGISTRATION_REJECTED: 'unauthorized',
  ERR_CQ_INVALID_REGISTRATION_RESPONSE: 'unauthorized',
  ERR_CQ_REGISTRATION_STORE_FAILED: 'unauthorized',
  ERR_CQ_SIGNER_FAILED: 'unauthorized',
  ERR_CQ_SIGNER_TIMEOUT: 'unauthorized',
  ERR_CQ_INVALID_SIGNATURE: 'unauthorized',
  ERR_CQ_TOKEN_REJECTED: 'unauthorized',
  ERR_CQ_INVALID_TOKEN_RESPONSE: 'unauthorized',
  ERR_CQ_UNSUPPORTED_TOKEN_TYPE: 'unauthorized',
  ERR_CQ_TOKEN_PAUSED: 'overloaded',
  ERR_CQ_NOT_FOUND: 'unsupported',
  ERR_CQ_GONE: 'unsupported',
  ERR_CQ_UNAUTHORIZED: 'unauthorized',
  ERR_CQ_FORBIDDEN: 'refused',
  ERR_CQ_OTHER_PATIENT: 'invalid',
  ERR_CQ_TOO_MANY_RESULTS: 'unsupported',
  ERR_CQ_RATE_LIMITED: 'overloaded',
  ERR_CQ_OPERATION_FAILED: 'by-status',
  ERR_CQ_OPERATION_NOT_SUPPORTED: 'unsupported',
  ERR_CQ_INCOMPLETE_RESULT: 'unreachable',
  ERR_CQ_PAGE_EXPIRED: 'unreachable',
  ERR_CQ_PAGE_LIMIT: 'invalid',
}

/** What else is known where something was thrown. */
export interface Circumstances {
  /** By `client.block`. */
  readonly isBlocked?: boolean
  /** The question had gone out. */
  readonly wasAsked?: boolean
}

/** Of what was thrown while a target was asked. */
export function failureOf(
  thrown: unknown,
  { isBlocked = false, wasAsked = false }: Circumstances = {},
): Failure {
  const error = shownError(thrown)
  const isOurs = isCarequalityError(thrown)
  if (isOurs && thrown.code === 'ERR_CQ_BREAKER_OPEN') {
    // Its neighbours opened the breaker between two questions.
    return wasAsked
      ? { kind: 'unreachable', error }
      : { kind: 'skipped', reason: 'breaker-open', error }
  }
  const blocked = isOurs && isBlocked && thrown.code === 'ERR_CQ_ORIGIN_REFUSED'
  // What is not ours an application's own code threw.
  const kind = blocked || !isOurs ? 'skipped' : kindOf(thrown)
  // Only who was sent nothing was skipped.
  if (kind === 'skipped' && wasAsked) return { kind: 'withheld', error }
  if (kind === 'skipped') return { kind, reason: blocked ? 'blocked' : 'policy', error }
  if (kind !== 'refused') return { kind, error }
  const consent = thrown instanceof TokenError ? thrown.consent : undefined
  return { kind, error, ...(consent === undefined ? {} : { consent }) }
}

/** As plain data: what the error shows, and nothing else. */
export function shownError(error: unknown): OutcomeError {
  if (!isCarequalityError(error)) return { message: 'something outside of the library failed' }
  const { code, message, operation, origin, pathTemplate, status, requestId, retryAfterMs } = error
  return { code, message, operation, origin, pathTemplate, status, requestId, retryAfterMs }
}

function kindOf(error: AnyCarequalityError): Failure['kind'] {
  const { code } = error
  if (error.code === 'ERR_CQ_TOKEN_REJECTED') {
    const says = error.error
    if (says === 'invalid_grant' || says === 'consent_required' || says === 'access_denied') {
      return 'refused'
    }
    if (says === 'temporarily_unavailable') return 'overloaded'
  }
  // After refusals of the client it is not the load that pauses it.
  if (error.code === 'ERR_CQ_TOKEN_PAUSED' && error.error !== undefined) return 'unauthorized'
  const kind = KINDS[code]
  if (kind !== 'by-status') return kind
  if (error instanceof FhirError && error.issueCodes?.includes('not-supported') === true) {
    return 'unsupported'
  }
  return kindByStatus(error.status ?? 0, error.pathTemplate)
}

/** What a status says where its body says nothing. Without a path, of one that another attempt might change. */
export function kindByStatus(status: number, pathTemplate = ''): Failed['kind'] | 'refused' {
  if (status === 429 || status === 503) return 'overloaded'
  if (status === 408 || status === 425) return 'timeout'
  // 501 is about the request; the other 5xx are a server, or one behind it, that does not work now.
  if (status >= 500 && status !== 501) return 'unreachable'
  // Whoever gives no token says nothing of the patient, and whoever withholds what it publishes neither.
  if (NO_TOKEN.includes(pathTemplate)) return 'unauthorized'
  if (status === 401) return 'unauthorized'
  if (status === 403) return PUBLISHED.test(pathTemplate) ? 'unauthorized' : 'refused'
  return [404, 405, 410, 501].includes(status) ? 'unsupported' : 'invalid'
}

/** Requests on the way to a token. */
const NO_TOKEN: readonly string[] = ['token endpoint', 'registration endpoint']
/** Requests for what a server says of itself. */
const PUBLISHED = /^\/(metadata$|\.well-known\/)/

/** The directory, or what stands in its place, did not lead to a responder; nothing is said of one. */
export function directoryFailure(error: unknown): Failure {
  const code = isCarequalityError(error) ? error.code : undefined
  const reason = (code && ENTRY_REASONS[code]) ?? 'directory'
  return { kind: 'skipped', reason, error: shownError(error) }
}

/** What a directory says of an entry; all else is about the directory. */
const ENTRY_REASONS: Readonly<Partial<Record<ErrorCode, Skipped['reason']>>> = {
  ERR_CQ_ENTRY_INACTIVE: 'inactive',
  ERR_CQ_ENTRY_NOT_FOUND: 'no-endpoint',
  ERR_CQ_ENTRY_AMBIGUOUS: 'no-endpoint',
  ERR_CQ_NO_USABLE_ENDPOINT: 'no-endpoint',
}

/** Something of your own did not permit it, or failed: nothing is sent. */
export function policyFailure(error: OutcomeError): Failure {
  return { kind: 'skipped', reason: 'policy', error }
}
