/** `patient read`. */
import type { Context } from '../context.ts'
import { showPatient } from '../patient-text.ts'
import { overClient } from '../session.ts'

/** Reads one. */
export function run(context: Context): Promise<number | undefined> {
  const { out, io, operands } = context
  const [id = ''] = operands
  return overClient(
    context,
    async (client, network) => {
      const responder = await network.responder(client)
      return responder.patients.read(id, { signal: io.signal })
    },
    (patient) => {
      if (out.isJson) out.json(patient)
      else {
        showPatient(patient, out)
        out.next([[`carequality-fhir patient read ${id} --curl`, 'the same as curl commands']])
      }
      return undefined
    },
  )
}
