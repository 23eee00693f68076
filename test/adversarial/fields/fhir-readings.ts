/** How Patients, Bundles, outcomes and attachments are read. */
import { FhirPatientClient } from '../../../src/index.ts'
import { FhirClient } from '../../../src/fhir/index.ts'
import * as samples from './samples.ts'
import { ASKED, BASE } from './samples.ts'
import { fhirReply, optionsFor, type Reading, type Replies } from './servers.ts'

type Use = (patients: FhirPatientClient, fhir: FhirClient) => Promise<unknown>

const { id, version, family, birthDate, mrn, token } = ASKED
const demographics = [family, birthDate, token]

/** From a server that answers so. */
function reading(
  sent: readonly string[],
  use: Use,
  replies: (hostile: ReturnType<typeof fhirReply>) => Replies = (hostile) => () => hostile,
): Reading {
  return {
    sent,
    read: (served, options) => {
      const all = {
        baseUrl: BASE,
        authorize: () => Promise.resolve(token),
        validatorCache: { maxEntries: 4 },
        ...optionsFor(replies(served), options),
      }
      return use(new FhirPatientClient(all), new FhirClient(all))
    },
  }
}

const search: Use = (patients) =>
  patients.search({ family, birthdate: birthDate, identifier: mrn }).toArray({ max: 1e6 })

export const FHIR_READINGS: Readonly<
  Record<
    | 'read'
    | 'vread'
    | 'search'
    | 'pages'
    | 'secondPage'
    | 'match'
    | 'everything'
    | 'history'
    | 'operation'
    | 'binary',
    Reading
  >
> = {
  /** Twice, so that the ETag of the first goes out again. */
  read: reading([id, token], async (patients) => {
    await patients.read(id)
    await patients.read(id)
  }),
  vread: reading([id, version, token], (patients) => patients.vread(id, version)),
  search: reading([...demographics, mrn], search),
  pages: reading([...demographics, mrn], async (patients) => {
    const pages = patients.search({ family, birthdate: birthDate, identifier: mrn }).pages()
    for await (const { outcomes } of pages) if (outcomes.length > 1e6) return
  }),
  /** The second of three pages is the hostile one. */
  secondPage: reading([...demographics, mrn], search, (hostile) => {
    const first = fhirReply(samples.searchset(`${BASE}/Patient?page=2`))
    const last = fhirReply(samples.searchset())
    return ({ url }) => (url.includes('page=2') ? hostile : url.includes('page=3') ? last : first)
  }),
  match: reading(demographics, (patients) => patients.match({ name: [{ family }], birthDate })),
  everything: reading([id, token], async (patients) => {
    for await (const { resourceType } of patients.everything(id))
      if (resourceType.length > 1e7) return
  }),
  history: reading([id, token], async (patients) => {
    for await (const { versionId = '' } of patients.history(id)) if (versionId.length > 1e7) return
  }),
  operation: reading([token], (_patients, fhir) =>
    fhir.operation('$x', { type: 'Patient', body: { resourceType: 'Parameters' } }),
  ),
  binary: reading([token], async (_patients, fhir) => {
    const { body } = await fhir.binary('Binary/b1')
    for await (const piece of body) if (piece.length > 1e9) return
  }),
}
