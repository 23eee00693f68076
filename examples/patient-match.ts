/**
 * Whom do two organizations know by these demographics? `$match` where the server has it, else a
 * search whose hits are judged here. Offline on the sandbox; the variables of
 * docs/getting-started.md take a real network.
 */
import {
  CarequalityClient,
  isCarequalityError,
  type Patient,
  type Responder,
} from 'carequality-fhir'
import type { PatientDemographics, PatientMatch } from 'carequality-fhir/fhir'
import { network } from './_network.ts'

const [family, given, birthDate] = ['Peters', 'Timothy', '1946-04-05']
const asked: PatientDemographics = {
  name: [{ family, given: [given] }],
  birthDate,
  gender: 'male',
}

const { options, organization } = await network('2.999.10')
const client = new CarequalityClient({ ...options })

for (const oid of new Set([organization, '2.999.20'])) {
  const responder = await client.organization(oid)
  print(`${responder.entry?.name ?? oid}`)
  for (const candidate of await candidates(responder)) print(`  ${described(candidate)}`)
}

print('\nOnly if the server is certain')
const { patients } = await client.organization(organization)
const [only] = await patients.match(asked, { onlyCertainMatches: true })
print(`  ${only === undefined ? 'nobody' : described(only)}`)
const [none] = await patients.match({ name: [{ family: 'Peters' }] }, { onlyCertainMatches: true })
print(`  by the family name alone: ${none === undefined ? 'nobody' : described(none)}`)

await client.close()

/** The server's own judgement where it has one; hits of a search have none. */
async function candidates(responder: Responder): Promise<readonly PatientMatch[]> {
  try {
    return await responder.patients.match(asked, { count: 3 })
  } catch (error) {
    if (!isCarequalityError(error) || error.code !== 'ERR_CQ_OPERATION_NOT_SUPPORTED') throw error
    print('  no $match here, so a search')
  }
  const hits = await responder.patients
    .search({ family, birthdate: birthDate })
    .toArray({ max: 20 })
  return hits.resources.filter(agrees).map((resource) => ({ resource }))
}

/** A hit is not a match: servers compare by prefix, by sound, and some by any one of the criteria. */
function agrees(patient: Patient): boolean {
  const names = patient.name ?? []
  return (
    patient.birthDate === birthDate &&
    patient.gender === asked.gender &&
    names.some((name) => name.family === family && name.given?.[0] === given)
  )
}

function described({ resource, score, grade }: PatientMatch): string {
  const { id = '', name: names = [], birthDate: born } = resource
  const [name] = names
  const judgement = grade === undefined ? 'not graded' : `${grade}, ${score ?? 'no score'}`
  return `${id}  ${[...(name?.given ?? []), name?.family].join(' ')}, born ${born ?? 'on no known date'}: ${judgement}`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
