/** `directory get`. */
import { selectEndpoint } from '../../index.ts'
import type { Context } from '../context.ts'
import { entryJson, showEntry, showSelection } from '../entry-text.ts'
import { readerOf } from '../reader-of.ts'
import { overNetwork } from '../session.ts'

/** Shows one organization. */
export function run(context: Context): Promise<number | undefined> {
  const { out, operands } = context
  const [oid = ''] = operands
  return overNetwork(
    context,
    async (network) => {
      const reader = await readerOf(network)
      const entry = await reader.read(oid)
      return { entry, selection: await selectEndpoint(entry, network.http) }
    },
    ({ entry, selection }) => {
      if (out.isJson) {
        out.json(entryJson(entry))
        return undefined
      }
      showEntry(entry, out)
      out.gap()
      showSelection(selection, out)
      const id = entry.oid ?? entry.id
      out.next(
        selection.endpoint === undefined
          ? [[`carequality-fhir endpoint ${id}`, 'look for an ancestor that serves it']]
          : [[`carequality-fhir capabilities ${id}`, 'see what its server publishes']],
      )
      return undefined
    },
  )
}
