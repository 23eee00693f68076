import { PolicyError, TransportError, type ErrorContext } from '../../errors.ts'
import { ADDRESS_REFUSED, PROXY_REFUSED } from './refusal-codes.ts'

/** A connection that the server had closed before this request; worth one retry at once. */
export class StaleConnection extends TransportError {}

const CLOSED_BEFORE_US: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

/** Codes of OpenSSL's verification, by the names of Node, Bun and Deno. */
const CERTIFICATE_CODES: ReadonlySet<string> = new Set([
  ...['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'CERT_REVOKED', 'CERT_REJECTED', 'CERT_UNTRUSTED'],
  ...['CERT_SIGNATURE_FAILURE', 'CERT_CHAIN_TOO_LONG', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ...[
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  ],
  ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_DECRYPT_CERT_SIGNATURE'],
  ...['UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY', 'ERROR_IN_CERT_NOT_BEFORE_FIELD'],
  ...['ERROR_IN_CERT_NOT_AFTER_FIELD', 'INVALID_CA', 'INVALID_PURPOSE', 'PATH_LENGTH_EXCEEDED'],
  ...['HOSTNAME_MISMATCH', 'UNABLE_TO_GET_CRL', 'UNABLE_TO_DECRYPT_CRL_SIGNATURE'],
  ...['CRL_SIGNATURE_FAILURE', 'CRL_NOT_YET_VALID', 'CRL_HAS_EXPIRED', 'UNSPECIFIED'],
  ...['ERROR_IN_CRL_LAST_UPDATE_FIELD', 'ERROR_IN_CRL_NEXT_UPDATE_FIELD'],
])
/** How deep causes are examined; fetch wraps once, pools of addresses twice. */
const CAUSES = 4

/**
 * The error for a request that got no response. Only a well-formed code of the platform's error is
 * shown: its message contains URLs, its fields may contain bytes.
 */
export function networkFailure(
  error: unknown,
  context: ErrorContext,
): TransportError | PolicyError {
  const code = failureCodeOf(error)
  if (code === ADDRESS_REFUSED) {
    const what = 'a request was refused: its host resolves to an address that is not public'
    return new PolicyError('ERR_CQ_ORIGIN_REFUSED', what, context)
  }
  const lasting = lastingCause(code)
  if (lasting !== undefined) {
    return new TransportError('ERR_CQ_NETWORK', lasting.what, {
      ...context,
      retryable: false,
      advice: lasting.advice,
    })
  }
  const what = code?.startsWith(PROXY_REFUSED)
    ? `the proxy does not connect to the server (${code.slice(PROXY_REFUSED.length)})`
    : `the request failed${code === undefined ? '' : ` (${code})`}`
  return code !== undefined && CLOSED_BEFORE_US.has(code)
    ? new StaleConnection('ERR_CQ_NETWORK', what, context)
    : new TransportError('ERR_CQ_NETWORK', what, context)
}

/** A cause that a retry would meet again. */
function lastingCause(code = ''): { readonly what: string; readonly advice: string } | undefined {
  if (code.startsWith(PROXY_REFUSED)) {
    const status = code.slice(PROXY_REFUSED.length)
    if (status !== '407' && status !== '403') return undefined
    return {
      what: `the proxy refuses the connection (${status}${status === '407' ? ', it requires a login' : ''})`,
      advice: 'Check the proxy and the login in its URL.',
    }
  }
  if (CERTIFICATE_CODES.has(code) || code.startsWith('ERR_TLS_CERT_')) {
    return {
      what: `the server's certificate is rejected (${code})`,
      advice:
        'Ask the responder to fix its certificate, or give its authority to the transport\'s "ca".',
    }
  }
  if (/^ERR_SSL_\w*(?:CERT|UNKNOWN_CA)/.test(code)) {
    return {
      what: `the server does not accept the client certificate (${code})`,
      advice: 'Check which client certificate the server expects, and that it is valid.',
    }
  }
  return undefined
}

/** The most specific code: a certificate's at any depth, else the first. */
export function failureCodeOf(error: unknown): string | undefined {
  const codes = codesOf(error, CAUSES)
  return codes.find((code) => lastingCause(code) !== undefined) ?? codes[0]
}

/** An error may be anything, with getters and traps. */
function codesOf(error: unknown, depth: number): string[] {
  if (typeof error !== 'object' || error === null || depth === 0) return []
  try {
    const { code, cause, message } = error as { code?: unknown; cause?: unknown; message?: unknown }
    const own = typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? [code] : []
    // Deno has no code.
    const isDenos = typeof message === 'string' && message.includes('invalid peer certificate')
    return [...own, ...(isDenos ? ['CERT_REJECTED'] : []), ...codesOf(cause, depth - 1)]
  } catch {
    return []
  }
}
