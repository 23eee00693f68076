/** `capabilities`. */
import type { Responder } from '../../client/responder.ts'
import type { Context } from '../context.ts'
import type { Output } from '../output.ts'
import { overClient, responderOf } from '../session.ts'

/** Shows what a server publishes. */
export function run(context: Context): Promise<number | undefined> {
  const { out } = context
  return overClient(
    context,
    (client, network) => responderOf(context, client, network),
    (responder) => {
      if (out.isJson) {
        const { capabilities, endpoint } = responder
        out.json({ baseUrl: endpoint.address, ...capabilities, steps: responder.explain().steps })
      } else show(responder, out)
      return undefined
    },
    'unsigned',
  )
}

function show(responder: Responder, out: Output): void {
  const { capabilities, endpoint, entry } = responder
  out.title(entry?.name ?? endpoint.address)
  out.facts([
    ['FHIR base', endpoint.address],
    ['FHIR version', capabilities.fhirVersion ?? 'not published'],
    ['token endpoint', capabilities.tokenEndpoint ?? 'none is published: an open server'],
    ['registration', capabilities.registrationEndpoint],
    ['issuer', capabilities.issuer],
    ['algorithms', capabilities.signingAlgorithms?.join(', ')],
    ['scopes', capabilities.scopesSupported?.slice(0, 12).join(' ')],
    ['quirks', capabilities.quirks.join(', ')],
  ])
  out.gap()
  out.title('How it was found')
  out.list(
    responder
      .explain()
      .steps.map(({ what, why }) => (why === undefined ? what : `${what}, because ${why}`)),
  )
  const oid = entry?.oid
  const where = oid ?? `--base-url ${endpoint.address}`
  out.next([
    [`carequality-fhir token ${where}`, 'ask for an access token'],
    [`carequality-fhir doctor ${where}`, 'check every step'],
  ])
}
