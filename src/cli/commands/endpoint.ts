/** `endpoint`. */
import { selectEndpoint } from '../../index.ts'
import { isGiven, textOf, type Context } from '../context.ts'
import { showSelection } from '../entry-text.ts'
import { readerOf } from '../reader-of.ts'
import { overNetwork } from '../session.ts'

/** Selects and explains. */
export function run(context: Context): Promise<number | undefined> {
  const { out, operands, settings } = context
  const [oid = ''] = operands
  return overNetwork(
    context,
    async (network) => {
      const parents = await readerOf(network)
      const entry = await parents.read(oid)
      const selection = await selectEndpoint(entry, {
        ...network.http,
        parents,
        fhirVersion: textOf(context, 'fhir-version'),
        purposeOfUse: settings.list('purposeOfUse'),
        test: isGiven(context, 'test'),
      })
      return { entry, selection }
    },
    ({ entry, selection }) => {
      const { endpoint, servedBy, guessed, alternatives } = selection
      if (out.isJson) {
        out.json({ ...selection, servedBy: servedBy?.oid ?? servedBy?.id })
      } else {
        out.title(endpoint?.address ?? `no endpoint for ${oid}`)
        out.facts([
          ['organization', entry.name],
          ['served by', servedBy === entry ? undefined : servedBy?.name],
          ['FHIR version', endpoint?.fhirVersion],
          ['guessed', guessed ? 'yes: the only https endpoint, of unknown kind' : undefined],
          ['alternatives', alternatives.length === 0 ? undefined : alternatives.length],
        ])
        out.gap()
        showSelection(selection, out)
        if (endpoint !== undefined) {
          out.next([[`carequality-fhir capabilities ${oid}`, 'see what its server publishes']])
        }
      }
      return endpoint === undefined ? 7 : undefined
    },
  )
}
