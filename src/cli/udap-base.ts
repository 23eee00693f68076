/** The server that a `udap` command is about. */
import type { UdapClient } from '../udap/udap-client.ts'
import type { VerifiedMetadata } from '../udap-facts.ts'
import { isGiven, type Context } from './context.ts'
import type { Network } from './network.ts'
import { overNetwork } from './session.ts'

/** Verifies the server's metadata and does something with it. */
export function overUdap<T>(
  context: Context,
  work: (udap: UdapClient, metadata: VerifiedMetadata) => Promise<T>,
  show: (result: T, metadata: VerifiedMetadata) => undefined,
): Promise<number | undefined> {
  return overNetwork(
    context,
    async (network) => {
      const udap = await network.udap()
      try {
        const metadata = await udap.discover(baseOf(context, network))
        return { metadata, result: await work(udap, metadata) }
      } finally {
        await udap.close()
      }
    },
    ({ metadata, result }) => show(result, metadata),
  )
}

function baseOf(context: Context, { sandbox }: Network): string {
  const { operands, settings } = context
  const usual = isGiven(context, 'sandbox') ? sandbox?.udap?.servers.ssraa.baseUrl : undefined
  return operands[0] ?? settings.text('baseUrl') ?? usual ?? settings.needed('baseUrl')
}
