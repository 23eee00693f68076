/** From an exchange and an error to what is wrong, at any kind of server. */
import { isCarequalityError, type AnyCarequalityError } from '../errors.ts'
import { ADDRESS_REFUSED, PROXY_REFUSED } from '../http/transport/refusal-codes.ts'
import type { FindingId } from './findings.ts'
import { failed, type Outcome } from './diagnosis.ts'
import { pageKind } from './html.ts'
import type { Observed } from './observer.ts'

/** Why a server did not respond; undefined where the exchange itself went well. */
export function serverFault(
  observed: Observed | undefined,
  error: unknown,
): Outcome<never> | undefined {
  const finding =
    networkFault(observed?.failure) ?? policyFault(error) ?? (observed && responseFault(observed))
  if (finding !== undefined) return failed(finding, ...evidenceOf(observed, error))
  if (!isCarequalityError(error)) return undefined
  const late = error.code === 'ERR_CQ_TIMEOUT' ? 'no-response' : undefined
  const cut = error.code === 'ERR_CQ_NETWORK' ? 'no-connection' : undefined
  const found = late ?? cut ?? (MALFORMED.has(error.code) ? 'malformed-response' : undefined)
  return found && failed(found, ...evidenceOf(observed, error))
}

/** Where it was, what arrived, and the library's own error: nothing that a server wrote. */
export function evidenceOf(observed: Observed | undefined, error?: unknown): readonly string[] {
  const origin = observed?.origin
  const status = observed?.status
  const retryAfter = observed?.headers?.get('retry-after') ?? ''
  const came = status === undefined ? [] : [`${origin ?? ''} answered ${status}${typeOf(observed)}`]
  const failure = observed?.failure
  return [
    ...came,
    ...(failure === undefined ? [] : [`${origin ?? ''}: ${failure}`]),
    ...(/^\d{1,8}$/.test(retryAfter) ? [`Retry-After: ${retryAfter} s`] : []),
    ...(isCarequalityError(error) ? [`${error.code}${requestIdOf(error)}`] : []),
  ]
}

const MALFORMED: ReadonlySet<string> = new Set([
  ...['ERR_CQ_INVALID_JSON', 'ERR_CQ_INVALID_RESPONSE', 'ERR_CQ_UNEXPECTED_RESOURCE'],
  ...['ERR_CQ_UNEXPECTED_CONTENT', 'ERR_CQ_RESPONSE_TOO_LARGE', 'ERR_CQ_INCOMPLETE_BODY'],
  'ERR_CQ_UNEXPECTED_STATUS',
])

function requestIdOf({ requestId }: AnyCarequalityError): string {
  return requestId === undefined ? '' : `, request id ${requestId}`
}

/** Only media types of the protocol; a server may write anything there. */
function typeOf(observed: Observed | undefined): string {
  const type = observed?.headers?.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return /^(application\/((fhir\+|json\+)?(json|xml|fhir))|text\/(html|plain|xml))$/.test(type)
    ? ` (${type})`
    : ''
}

const UNKNOWN_CA: ReadonlySet<string> = new Set([
  ...['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_GET_ISSUER_CERT'],
  ...['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_UNTRUSTED'],
])
const NO_HOST: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA'])
const LATE: ReadonlySet<string> = new Set([...['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']])

function networkFault(code: string | undefined): FindingId | undefined {
  if (code === undefined) return undefined
  if (code === ADDRESS_REFUSED) return 'address-not-allowed'
  if (code === `${PROXY_REFUSED}407`) return 'proxy-login'
  if (code.startsWith(PROXY_REFUSED)) return 'proxy-refuses'
  if (NO_HOST.has(code)) return 'host-not-found'
  if (LATE.has(code)) return 'no-response'
  if (UNKNOWN_CA.has(code)) return 'server-certificate-unknown-ca'
  if (code === 'CERT_HAS_EXPIRED') return 'server-certificate-expired'
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH')
    return 'server-certificate-other-name'
  if (/^ERR_SSL_\w*(CERT|UNKNOWN_CA)/.test(code)) return 'client-certificate-refused'
  if (/CERT|CRL/.test(code)) return 'server-certificate-rejected'
  return 'no-connection'
}

function policyFault(error: unknown): FindingId | undefined {
  if (!isCarequalityError(error)) return undefined
  if (error.code === 'ERR_CQ_ORIGIN_REFUSED') return 'address-not-allowed'
  return undefined
}

function responseFault(observed: Observed): FindingId | undefined {
  const { status = 0 } = observed
  if (status === 407) return 'proxy-login'
  const page = pageKind(observed)
  if (page === 'proxy') return 'proxy-page'
  if (page === 'login') return 'login-page'
  if (status === 429) return 'rate-limited'
  if (status === 406) return 'not-acceptable'
  if (status >= 500) return 'server-error'
  if (status === 0 || (status >= 300 && status < 400 && status !== 304)) return 'redirected'
  // A 404 page is the server's own; a 403 page is a gateway's, whatever product wrote it.
  return page === 'other' && (status < 400 || status === 403) ? 'html-page' : undefined
}
