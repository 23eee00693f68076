/** Which kind of outcome an error is. */
import {
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

/** Of what was thrown while a target was asked. `isBlocked`: by `client.block`. */
export function failureOf(error: unknown, isBlocked: boolean): Failure {
  const shown = shownError(error)
  // What an application's own code threw.
  if (!isCarequalityError(error)) return policyFailure(shown)
  if (isBlocked && error.code === 'ERR_CQ_ORIGIN_REFUSED') {
    return { kind: 'skipped', reason: 'blocked', error: shown }
  }
  const kind = kindOf(error)
  if (error.code === 'ERR_CQ_BREAKER_OPEN') {
    return { kind: 'skipped', reason: 'breaker-open', error: shown }
  }
  if (kind === 'skipped') return policyFailure(shown)
  if (kind !== 'refused') return { kind, error: shown }
  const consent = error instanceof TokenError ? error.consent : undefined
  return { kind, error: shown, ...(consent === undefined ? {} : { consent }) }
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
  return kind === 'by-status' ? kindByStatus(error.status ?? 0) : kind
}

/** What a status says where its body says nothing. */
export function kindByStatus(status: number): Failed['kind'] | 'refused' {
  if (status === 401) return 'unauthorized'
  if (status === 403) return 'refused'
  if (status === 429 || status === 503) return 'overloaded'
  if (status === 408 || status === 425) return 'timeout'
  // 501 is about the question; the other 5xx are a server, or one behind it, that does not work now.
  if (status >= 500 && status !== 501) return 'unreachable'
  return 'unsupported'
}

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
