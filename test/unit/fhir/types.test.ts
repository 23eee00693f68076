import { expect, test } from 'vitest'
import type { FhirPatientClient, Responder } from '../../../src/index.ts'
import type { FhirClient, PatientOf, ResourceOf } from '../../../src/fhir/index.ts'

const keep = (value: unknown): unknown => value

/** Compiled, never run: each line fails to compile as soon as its mistake is no longer one. */
export async function mistakes(client: FhirPatientClient): Promise<void> {
  // @ts-expect-error a misspelt parameter
  client.search({ familly: 'a' })
  // @ts-expect-error a number for a name
  client.search({ name: 5 })
  // @ts-expect-error a text for a count
  client.search({ name: 'a', _count: '5' })
  // @ts-expect-error half an identifier
  client.search({ identifier: { system: 'a' } })
  // @ts-expect-error an id that is a number
  await client.read(5)
  const patient = await client.read('1')
  // @ts-expect-error a property that Patient does not have
  keep(patient.familyName)
  // @ts-expect-error find may find nobody
  keep((await client.find('1')).id)
  // @ts-expect-error toArray needs a limit
  await client.search({ name: 'a' }).toArray()
  for await (const hit of client.search({ 'name:exact': 'a' })) {
    // @ts-expect-error a property that Patient does not have
    keep(hit.surname)
    keep(hit.name?.[0]?.family)
  }
}

/** Each way to write a value that is no way. */
export function wrongValues(client: FhirPatientClient): void {
  // @ts-expect-error a prefix that FHIR does not have
  client.search({ birthdate: { xx: '1946' } })
  // @ts-expect-error a prefix that FHIR does not have, beside one that it has
  client.search({ birthdate: { ge: '1940', until: '1950' } })
  // @ts-expect-error a year as a number
  client.search({ birthdate: { ge: 1946 } })
  // @ts-expect-error a date has no modifier
  client.search({ birthdate: { exact: '1946' } })
  // @ts-expect-error a name has no prefix
  client.search({ family: { ge: 'a' } })
  // @ts-expect-error a modifier that FHIR does not have
  client.search({ family: { starts: 'a' } })
  // @ts-expect-error "or" is anyOf
  client.search({ family: { or: ['a', 'b'] } })
  // @ts-expect-error a gender that FHIR does not have
  client.search({ gender: 'f' })
  // @ts-expect-error true or false is no text
  client.search({ active: 'true' })
  // @ts-expect-error a reference has a type and an id
  client.search({ organization: { id: '1' } })
  // @ts-expect-error a chain from what is no reference
  client.search({ 'family.name': 'a' })
  // @ts-expect-error _has in words, not in part
  client.search({ _has: { type: 'Observation', parameter: 'code', value: 'a' } })
  // @ts-expect-error a summary that FHIR does not have
  client.search({ family: 'a', _summary: 'short' })
  // @ts-expect-error a misspelt option
  client.search({ family: 'a' }, { maxpages: 5 })
  // @ts-expect-error a pair is a name and a value
  client.search({}, { raw: [['family']] })
  client.search({
    birthdate: { ge: '1940', lt: '1950' },
    family: { exact: { anyOf: ['a', 'b'] } },
    identifier: ['a|b', { system: 'a', value: 'b' }],
    'general-practitioner.name': { contains: 'a' },
    _include: ['Patient:link'],
    'name:exact': ['a'],
  })
}

/** Types by the name of the resource, R4 unless STU3 is asked for. */
export async function otherTypes(r4: FhirClient, stu3: FhirClient<'STU3'>): Promise<void> {
  // @ts-expect-error no resource type
  await r4.read('Observations', '1')
  // @ts-expect-error a resource type of STU3
  await r4.read('ProcedureRequest', '1')
  // @ts-expect-error a resource type of R4
  await stu3.read('ServiceRequest', '1')
  // @ts-expect-error no resource type
  r4.search('Document', { patient: '1' })
  // @ts-expect-error no resource type
  r4.history('patient', '1')
  // @ts-expect-error a value of no form
  r4.search('Observation', { code: { begins: 'a' } })
  // @ts-expect-error no read asks for a count
  await r4.read('Observation', '1', { _summary: 'count' })
  const observation = await r4.read('Observation', '1')
  keep(observation.note?.[0]?.text)
  // @ts-expect-error a property of STU3
  keep(observation.comment)
  const older = await stu3.read('Observation', '1')
  keep(older.comment)
  // @ts-expect-error a property of R4
  keep(older.note)
  for await (const { docStatus, content } of r4.search('DocumentReference', { patient: '1' })) {
    keep([docStatus, content[0]?.attachment.url])
    // @ts-expect-error an attachment's address is text
    const number: number | undefined = content[0]?.attachment.url
    keep(number)
  }
  for await (const page of stu3.search('Patient', { name: 'a' }).pages()) {
    const patients: readonly PatientOf<'STU3'>[] = page.resources
    keep(patients[0]?.animal)
    // @ts-expect-error the hits are STU3's
    const others: readonly PatientOf[] = page.resources
    keep(others)
  }
  const order: ResourceOf<'ServiceRequest'> = await r4.read('ServiceRequest', '1')
  // @ts-expect-error a Patient is no order
  const patient: ResourceOf<'Patient'> = order
  keep(patient)
}

/** A responder has the types of the version that it was asked for. */
export async function responders(r4: Responder, stu3: Responder<'STU3'>): Promise<void> {
  keep((await stu3.patients.read('1')).animal)
  // @ts-expect-error a property of STU3
  keep((await r4.patients.read('1')).animal)
  // @ts-expect-error under another purpose it is still STU3
  const other: Responder = stu3.as({ purposeOfUse: 'TREAT' })
  keep(other)
}

test('the mistakes above are compiled by the type check', () => {
  for (const compiled of [mistakes, wrongValues, otherTypes, responders])
    expect(compiled).toBeTypeOf('function')
})
