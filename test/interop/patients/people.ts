/** Whom both servers know. What is here is good R4 and good STU3. */

/** Enough of a Patient of either version. */
interface Demographics {
  name: { family: string; given?: string[] }[]
  birthDate: string
}

/** Whose numbers the identifiers are. */
export const MRN = 'urn:oid:2.999.7'

export const practitioners: readonly object[] = [
  { resourceType: 'Practitioner', id: 'house', name: [{ family: 'House', given: ['Gregory'] }] },
  { resourceType: 'Practitioner', id: 'wilson', name: [{ family: 'Wilson', given: ['James'] }] },
]

/** `patient-1` to `patient-6`, born 1941 to 1946; the odd ones are male and House's. */
const patients = Array.from({ length: 6 }, (_, index) => ({
  resourceType: 'Patient',
  id: `patient-${index + 1}`,
  active: true,
  identifier: [{ system: MRN, value: `mrn-${index + 1}` }],
  name: [{ family: index < 4 ? 'Peters' : 'Petersen', given: [`Given${index + 1}`] }],
  gender: index % 2 === 0 ? 'male' : 'female',
  birthDate: `194${index + 1}-04-05`,
  generalPractitioner: [{ reference: `Practitioner/${index % 2 === 0 ? 'house' : 'wilson'}` }],
}))

const comma = {
  ...{ resourceType: 'Patient', id: 'comma', birthDate: '1950-01-01' },
  name: [{ family: 'Smith, Jones', given: ['Comma'] }],
}

const removed = { ...{ resourceType: 'Patient', id: 'deleted' }, name: [{ family: 'Gone' }] }

/** Written twice, so that there are two versions. */
const renamed = ['Before', 'After'].map((family) => ({
  ...{ resourceType: 'Patient', id: 'renamed', birthDate: '1960-01-01' },
  name: [{ family, given: ['Twice'] }],
}))

const observations = Array.from({ length: 3 }, (_, index) => ({
  resourceType: 'Observation',
  id: `observation-${index + 1}`,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  subject: { reference: 'Patient/patient-1' },
  valueQuantity: { value: 70 + index, unit: 'kg' },
}))

export const resources: readonly object[] = [
  ...practitioners,
  ...patients,
  ...observations,
  ...[comma, removed, ...renamed],
]
/** What is known of `patient-2`, for `$match`. */
export const known: Demographics = {
  name: [{ family: 'Peters', given: ['Given2'] }],
  birthDate: '1942-04-05',
}
export const unknown: Demographics = { name: [{ family: 'Nobody' }], birthDate: '1942-04-05' }

export const deleted: readonly string[] = ['Patient/deleted']
