/** `patient search`. */
import { countOf, type Context } from '../context.ts'
import { demographicsOf } from '../demographics.ts'
import { idForShell, patientColumns, patientRow } from '../patient-text.ts'
import { overClient } from '../session.ts'

/** Lists the hits. */
export async function run(context: Context): Promise<number | undefined> {
  const { out, io } = context
  const limit = countOf(context, 'limit', 20)
  const { postalCode, ...criteria } = await demographicsOf(context)
  return overClient(
    context,
    async (client, network) => {
      const responder = await network.responder(client)
      const parameters = { ...criteria, 'address-postalcode': postalCode }
      return responder.patients.search(parameters, { signal: io.signal }).toArray({ max: limit })
    },
    ({ resources, complete }) => {
      if (out.isJson) {
        out.json({ complete, patients: resources })
        return undefined
      }
      if (resources.length === 0) out.text('no patient fits')
      else out.table(patientColumns, resources.map(patientRow))
      if (!complete) out.note(`cut by --limit ${limit}`)
      out.next(
        resources.length === 0
          ? [
              [
                'carequality-fhir patient match --family NAME --birthdate DATE',
                'let the server look',
              ],
            ]
          : [
              [
                `carequality-fhir patient read ${idForShell(resources[0])}`,
                'see a patient in full',
              ],
            ],
      )
      return undefined
    },
  )
}
