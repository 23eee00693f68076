/** How a responder's FHIR clients obtain tokens. */
import type { Authorize } from '../access-token.ts'
import type { TokenRequest } from '../auth/requested-token.ts'
import type { ResponderTokens } from '../auth/token-provider.ts'
import type { Decision } from '../discovery/decide.ts'
import { DiscoveryError, isCarequalityError } from '../errors.ts'
import { limitsOf } from '../http/call.ts'
import { parseUrl } from '../http/policies/egress.ts'
import { decisionOf, modeOf, udapMetadataOf, type Access } from './access.ts'
import type { Connection } from './connection.ts'

export type { ResponderTokens } from '../auth/token-provider.ts'

const TOKEN_PATH = 'token endpoint'

/** How tokens of one responder are obtained. Throws `TypeError` where the context is none for its mode. */
export function tokensOf(access: Access, decision: Decision): ResponderTokens {
  const { parts, connection, context } = access
  if (modeOf(access) === 'udap') {
    const { udap } = parts
    if (udap === undefined) throw new TypeError('"udap" is needed in mode udap')
    const { baseUrl, oid: organization } = connection
    const server = { baseUrl, metadata: udapMetadataOf(access), organization }
    return {
      authorize: udap.authorizer(server, context),
      isCached: () => udap.hasToken(server, context),
    }
  }
  const tokens = requestedTokens(access, decision)
  return { ...tokens, authorize: authorizerOf(access, decision, tokens.authorize) }
}

/**
 * A token endpoint that is gone means that the cached documents are outdated, and one that was not
 * found while a document failed may be published now: the documents are requested once more.
 */
function authorizerOf(access: Access, decision: Decision, first: Authorize): Authorize {
  const { http, resolver } = access.parts
  const { baseUrl, tokenEndpoint } = access.connection
  let current = decision.capabilities.tokenEndpoint
  let authorize = first
  return async (request) => {
    const asked = current
    try {
      return await authorize(request)
    } catch (error) {
      if (isGone(error)) resolver.forget(baseUrl)
      else if (!isRetryableDiscoveryGap(error)) throw error
      const documents = await http.call('capabilities.resolve', limitsOf(request), (call) =>
        resolver.documents(baseUrl, call, tokenEndpoint === undefined),
      )
      const moved = decisionOf(access, documents)
      current = moved.capabilities.tokenEndpoint
      if (current === asked) throw error
      authorize = requestedTokens(access, moved).authorize
      return authorize(request)
    }
  }
}

function requestedTokens(access: Access, decision: Decision): ResponderTokens {
  const { tokens } = access.parts
  const { tokenEndpoint } = decision.capabilities
  if (tokenEndpoint !== undefined) {
    return tokens.responderTokens(tokenRequest(access, decision, tokenEndpoint))
  }
  const authorize: Authorize = ({ challenged }) =>
    challenged === true
      ? Promise.reject(noTokenEndpoint(access.connection))
      : Promise.resolve(undefined)
  return { authorize, isCached: () => false }
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
