/** `assertion`. */
import { isRecord } from '../../lib/arguments.ts'
import { isGiven, type Context } from '../context.ts'
import { overNetwork, responderOf } from '../session.ts'
import type { Network } from '../network.ts'

/** Signs one, and shows it without its signature unless --raw is given. */
export function run(context: Context): Promise<number | undefined> {
  const { out } = context
  return overNetwork(
    context,
    (network) => signed(context, network),
    ({ assertion, audience }) => {
      const [header = '', claims = ''] = assertion.split('.').map(decoded)
      if (isGiven(context, 'raw')) out.raw(assertion)
      else if (out.isJson) out.json({ audience, header: parsed(header), claims: parsed(claims) })
      else {
        out.title('Client assertion, without its signature')
        out.text('Header')
        out.facts(members(header))
        out.text('Claims')
        out.facts(members(claims))
        out.next([
          ['carequality-fhir assertion --raw', 'print the assertion itself, for one request'],
          ['carequality-fhir token', 'ask for a token with one'],
        ])
      }
      return undefined
    },
  )
}

async function signed(
  context: Context,
  network: Network,
): Promise<{ assertion: string; audience: string }> {
  const { settings, operands } = context
  if (network.mode === 'udap') {
    throw new TypeError('in mode udap assertions are signed for a registration; use "token"')
  }
  const { AssertionSigner } = await import('../../index.ts')
  const text = settings.text('audience')
  const isText = text !== undefined && text !== 'issuer' && text !== 'token-endpoint'
  if (isText && operands.length === 0) {
    const signer = new AssertionSigner({
      ...network.http,
      mode: network.mode,
      ...(await network.identity()),
    })
    return { audience: text, assertion: await signer.sign({ audience: text }) }
  }
  const client = await network.client()
  try {
    const { capabilities } = await responderOf(context, client, network)
    const endpoint = capabilities.tokenEndpoint
    const audience = isText ? text : ((text === 'issuer' ? capabilities.issuer : endpoint) ?? '')
    if (audience === '')
      throw new TypeError('the server publishes no token endpoint; give --audience')
    const request = { audience, algorithms: capabilities.signingAlgorithms }
    return { audience, assertion: await client.assertionSigner.sign(request) }
  } finally {
    await client.close()
  }
}

/** A part of the assertion as JSON, certificates counted and not shown. */
function decoded(part: string): string {
  const bytes = Uint8Array.from(atob(part.replace(/-/g, '+').replace(/_/g, '/')), (one) =>
    one.charCodeAt(0),
  )
  const text = new TextDecoder().decode(bytes)
  try {
    const value: unknown = JSON.parse(text)
    if (!isRecord(value)) return ''
    const chain: readonly unknown[] = Array.isArray(value.x5c) ? value.x5c : []
    const x5c = chain.length === 0 ? {} : { x5c: `${chain.length} certificate(s), leaf first` }
    return JSON.stringify({ ...value, ...x5c })
  } catch {
    return '' // the signature
  }
}

/** Each member on a line, instants in words as well. */
function members(part: string): readonly (readonly [name: string, value: string])[] {
  const value = parsed(part)
  if (!isRecord(value)) return []
  return Object.entries(value).map(([name, one]) => {
    const text = typeof one === 'string' ? one : JSON.stringify(one)
    const isInstant = ['iat', 'exp', 'nbf'].includes(name) && typeof one === 'number'
    return [name, isInstant ? `${text}, ${new Date(one * 1000).toISOString()}` : text] as const
  })
}

function parsed(text: string): unknown {
  return JSON.parse(text)
}
