/** A sandbox of many responders, and the patient who is looked for there. */
import type { CarequalityClientOptions } from 'carequality-fhir'
import type { PatientDemographics } from 'carequality-fhir/fhir'
import { createSandbox } from 'carequality-fhir/testing'

/** A fixed clock, counted identifiers and a seed, so that every run finds the same. */
let count = 0
const sandbox = await createSandbox({
  now: () => Date.UTC(2026, 0, 15, 12),
  randomUUID: () => `00000000-0000-4000-8000-${String((count += 1)).padStart(12, '0')}`,
  responders: 200,
  // Not the slow ones: an example is not waited for.
  faults: {
    dead: 0.04,
    failing: 0.04,
    'consent-required': 0.04,
    'login-page': 0.04,
    forbidden: 0.04,
  },
  seed: 4,
})

/** Who is looked for. */
export const patient: PatientDemographics = {
  name: [{ family: 'Peters', given: ['Timothy'] }],
  birthDate: '1946-04-05',
  gender: 'male',
}

/** OIDs, as an application has them from its users, or from a snapshot of the directory. */
export const targets: readonly string[] = sandbox.responders.map(({ oid }) => oid)

/** Options of a client that is at home there, and reads that sandbox's R4 directory. */
export function network(): Promise<CarequalityClientOptions> {
  const { apiKey } = sandbox.options.directory
  return Promise.resolve({
    ...sandbox.options,
    directory: { release: 'carequality-r4', environment: 'production', apiKey },
    scope: 'system/Patient.read system/DocumentReference.read',
  })
}
