/** `token`. */
import { AccessToken } from '../../index.ts'
import type { ConnectedResponder, Responder } from '../../client/responder.ts'
import { hasMember } from '../../lib/own.ts'
import { isGiven, type Context } from '../context.ts'
import { overClient, responderOf } from '../session.ts'

/** Asks for one, and shows what it is good for; itself only with --raw. */
export function run(context: Context): Promise<number | undefined> {
  const { out, io } = context
  return overClient(
    context,
    async (client, network) => {
      const responder = await responderOf(context, client, network)
      if (!givesTokens(responder)) throw new TypeError('not a responder')
      const { address: url } = responder.endpoint
      const token = await responder.authorizer()({ url, challenged: true, signal: io.signal })
      return { token, responder }
    },
    ({ token, responder }) => {
      if (!(token instanceof AccessToken))
        throw new TypeError('the server is open: it needs no token')
      const seconds = Math.round((token.expiresAt - io.now()) / 1000)
      const facts = {
        tokenEndpoint: responder.capabilities.tokenEndpoint,
        tokenType: token.tokenType,
        scope: token.scope,
        requestedScope: token.requestedScope,
        expiresInSeconds: seconds,
      }
      if (isGiven(context, 'raw')) out.raw(token.accessToken)
      else if (out.isJson) out.json(facts)
      else {
        out.title('Access token')
        out.facts([
          ['token endpoint', facts.tokenEndpoint],
          ['scope', token.scope],
          ['asked for', token.scope === token.requestedScope ? undefined : token.requestedScope],
          ['good for', `${seconds} s`],
        ])
        out.next([
          ['carequality-fhir token --raw', 'print the token itself'],
          ['carequality-fhir patient read ID', 'use one'],
        ])
      }
      return undefined
    },
  )
}

/** Every responder of a client does; its public type says less. */
function givesTokens(
  responder: Responder,
): responder is Responder & Pick<ConnectedResponder<'R4'>, 'authorizer'> {
  return hasMember(responder, 'authorizer')
}
