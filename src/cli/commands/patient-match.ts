/** `patient match`. */
import { countOf, isGiven, type Context } from '../context.ts'
import { demographicsOf, patientOf } from '../demographics.ts'
import { idForShell, patientColumns, patientRow } from '../patient-text.ts'
import { overClient } from '../session.ts'

/** Lists the candidates. */
export async function run(context: Context): Promise<number | undefined> {
  const { out, io } = context
  const count = countOf(context, 'limit', 20)
  const patient = patientOf(await demographicsOf(context))
  const onlyCertainMatches = isGiven(context, 'only-certain') ? true : undefined
  return overClient(
    context,
    async (client, network) => {
      const responder = await network.responder(client)
      return responder.patients.match(patient, { count, onlyCertainMatches, signal: io.signal })
    },
    (matches) => {
      if (out.isJson) {
        out.json({
          matches: matches.map(({ resource: one, grade, score }) => ({
            grade,
            score,
            patient: one,
          })),
        })
        return undefined
      }
      if (matches.length === 0) out.text('the server knows no such patient')
      else {
        out.table(
          [{ title: 'GRADE' }, { title: 'SCORE', right: true }, ...patientColumns],
          matches.map(({ resource: one, grade, score }) => [
            grade ?? 'none given',
            score === undefined ? '' : score.toFixed(2),
            ...patientRow(one),
          ]),
        )
        const id = idForShell(matches[0]?.resource)
        out.next([[`carequality-fhir patient read ${id}`, 'see a patient in full']])
      }
      return undefined
    },
  )
}
