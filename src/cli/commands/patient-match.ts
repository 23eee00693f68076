/** `patient match`. */
import type { PatientDemographics } from '../../fhir/index.ts'
import { countOf, isGiven, type Context } from '../context.ts'
import { demographicsOf, type Demographics } from '../demographics.ts'
import { patientColumns, patientRow } from '../patient-text.ts'
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
      }
      return undefined
    },
  )
}

function patientOf(known: Demographics): PatientDemographics {
  const { name, family, given, birthdate, gender, identifier, postalCode } = known
  const [system, value] = identifier?.includes('|') === true ? identifier.split('|') : []
  const names = {
    ...(name === undefined ? {} : { text: name }),
    ...(family === undefined ? {} : { family }),
    ...(given === undefined ? {} : { given: [given] }),
  }
  return {
    ...(Object.keys(names).length === 0 ? {} : { name: [names] }),
    ...(birthdate === undefined ? {} : { birthDate: birthdate }),
    ...(gender === undefined ? {} : { gender }),
    ...(identifier === undefined
      ? {}
      : {
          identifier: [
            system === undefined ? { value: identifier } : { system, value: value ?? '' },
          ],
        }),
    ...(postalCode === undefined ? {} : { address: [{ postalCode }] }),
  }
}
