/** How a responder's FHIR clients obtain tokens. */
import type { Authorize } from '../access-token.ts'
import type { TokenRequest } from '../auth/requested-token.ts'
import type { Decision } from '../discovery/decide.ts'
import { DiscoveryError, isCarequalityError } from '../errors.ts'
import { parseUrl } from '../http/policies/egress.ts'
import { decisionOf, modeOf, type Access } from './access.ts'
import type { Connection } from './connection.ts'

const TOKEN_PATH = 'token endpoint'

/**
 * A token endpoint that is gone means that the cached documents are outdated, and one that was not
 * found while a document failed may be published now: the documents are requested once more.
 */
export function authorizerOf(access: Access, decision: Decision): Authorize {
  const { http, resolver, udap } = access.parts
  const { baseUrl, tokenEndpoint, oid, udap: metadata, gate } = access.connection
  if (modeOf(access) === 'udap') {
    if (udap === undefined) throw new TypeError('"udap" is needed in mode udap')
    return udap.authorizer({ baseUrl, metadata, organization: oid, gate }, access.context)
  }
  let current = decision.capabilities.tokenEndpoint
  let authorize = authorizerFor(access, decision)
  return async (request) => {
    const asked = current
    try {
      return await authorize(request)
    } catch (error) {
      if (isGone(error)) resolver.forget(baseUrl)
      else if (!isRetryableDiscoveryGap(error)) throw error
      const documents = await http.call(
        'capabilities.resolve',
        { signal: request.signal, timeoutMs: request.timeoutMs },
        (call) => {
          call.gate = gate
          return resolver.documents(baseUrl, call, tokenEndpoint === undefined)
        },
      )
      const moved = decisionOf(access, documents)
      current = moved.capabilities.tokenEndpoint
      if (current === asked) throw error
      authorize = authorizerFor(access, moved)
      return authorize(request)
    }
  }
}

/** Whether a token for it is cached. */
export function hasToken(access: Access, decision: Decision): boolean {
  const { parts, connection, context } = access
  if (modeOf(access) === 'udap') {
    const { baseUrl, udap: metadata, oid: organization } = connection
    return parts.udap?.hasToken({ baseUrl, metadata, organization }, context) === true
  }
  const { tokenEndpoint } = decision.capabilities
  if (tokenEndpoint === undefined) return false
  return parts.tokens.has(tokenRequest(access, decision, tokenEndpoint))
}

function authorizerFor(access: Access, decision: Decision): Authorize {
  const { tokenEndpoint } = decision.capabilities
  if (tokenEndpoint !== undefined)
    return access.parts.tokens.authorizer(
      tokenRequest(access, decision, tokenEndpoint),
      access.connection.gate,
    )
  return ({ challenged }) =>
    challenged === true
      ? Promise.reject(noTokenEndpoint(access.connection))
      : Promise.resolve(undefined)
}

function tokenRequest(
  { parts, connection, context }: Access,
  { capabilities, effect, defaultScope }: Decision,
  tokenEndpoint: string,
): TokenRequest {
  return {
    ...context,
    tokenEndpoint,
    fhirBaseUrl: connection.baseUrl,
    scope: context.scope ?? defaultScope,
    audience: context.audience ?? effect.audience,
    mode: context.mode ?? parts.mode,
    algorithms: capabilities.signingAlgorithms,
    issuer: capabilities.issuer,
    form: effect.form,
    tokenRequestsPerMinute: effect.tokenRequestsPerMinute,
    organization: connection.oid,
  }
}

function noTokenEndpoint({ documents, oid, baseUrl }: Connection): DiscoveryError {
  const { metadata, smart } = documents
  return new DiscoveryError(
    'ERR_CQ_NO_TOKEN_ENDPOINT',
    `the server refuses the call without a token (${metadata.note}; ${smart.note})`,
    {
      operation: 'token.get',
      organization: oid,
      origin: parseUrl(baseUrl)?.origin,
      // A document that could not be read this time may name one the next time.
      retryable: metadata.error?.retryable === true || smart.error?.retryable === true,
    },
  )
}

function isGone(error: unknown): boolean {
  return (
    isCarequalityError(error) &&
    error.pathTemplate === TOKEN_PATH &&
    (error.status === 404 || error.status === 410)
  )
}

/** No token endpoint was found, and a document that may name one could not be read. */
function isRetryableDiscoveryGap(error: unknown): boolean {
  return isCarequalityError(error) && error.code === 'ERR_CQ_NO_TOKEN_ENDPOINT' && error.retryable
}
