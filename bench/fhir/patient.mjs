/** Invented patients in the shape and size of US Core's: about 2.7 kB. */
import * as z from 'zod'

const CORE = 'http://hl7.org/fhir/us/core/StructureDefinition'

function coded(system, code, display) {
  return { coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code, display }] }
}

function category(url, code, display) {
  return {
    url: `${CORE}/${url}`,
    extension: [
      {
        url: 'ombCategory',
        valueCoding: { system: 'urn:oid:2.16.840.1.113883.6.238', code, display },
      },
      { url: 'text', valueString: display },
    ],
  }
}

export function patient(number) {
  const id = `patient-${number}`
  return {
    resourceType: 'Patient',
    id,
    meta: {
      versionId: '3',
      lastUpdated: '2026-03-01T12:00:00.000Z',
      profile: [`${CORE}/us-core-patient`],
    },
    text: {
      status: 'generated',
      div: `<div xmlns="http://www.w3.org/1999/xhtml"><p>${'Generated narrative of the patient. '.repeat(6)}</p></div>`,
    },
    extension: [
      category('us-core-race', '2106-3', 'White'),
      category('us-core-ethnicity', '2186-5', 'Not Hispanic or Latino'),
      { url: `${CORE}/us-core-birthsex`, valueCode: 'F' },
    ],
    identifier: [
      {
        use: 'usual',
        type: coded('v2-0203', 'MR', 'Medical record number'),
        system: 'urn:oid:2.16.840.1.113883.3.999',
        value: String(number).padStart(8, '0'),
      },
      { system: 'http://hl7.org/fhir/sid/us-ssn', value: `999-00-${1000 + (number % 9000)}` },
    ],
    active: true,
    name: [
      { use: 'official', family: 'Peters', given: [`Given${number}`, 'Middle'] },
      { use: 'maiden', family: 'Petersen', given: [`Given${number}`] },
    ],
    telecom: [
      { system: 'phone', value: '555-0100', use: 'home' },
      { system: 'email', value: `patient${number}@example.org` },
    ],
    gender: 'female',
    birthDate: '1946-04-05',
    address: [
      {
        use: 'home',
        line: ['1 Example Way', 'Unit 2'],
        city: 'Kansas City',
        state: 'MO',
        postalCode: '64117',
        country: 'US',
        period: { start: '2010-01-01' },
      },
    ],
    maritalStatus: coded('v3-MaritalStatus', 'M', 'Married'),
    contact: [
      {
        relationship: [coded('v2-0131', 'N', 'Next of kin')],
        name: { family: 'Peters', given: ['Pat'] },
      },
    ],
    communication: [
      { language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'en-US' }] }, preferred: true },
    ],
    generalPractitioner: [{ reference: 'Practitioner/7', display: 'Dr. House' }],
    managingOrganization: { reference: 'Organization/1', display: 'Example Hospital' },
  }
}

const text = z.optional(z.string())
const list = (shape) => z.optional(z.array(z.looseObject(shape)))

/** A schema that an application might bring: what it reads of a Patient, down to the strings. */
export const patientSchema = z.looseObject({
  resourceType: z.literal('Patient'),
  id: z.string(),
  active: z.optional(z.boolean()),
  identifier: list({ system: text, value: text, use: text }),
  name: list({ use: text, family: text, given: z.optional(z.array(z.string())) }),
  telecom: list({ system: text, value: text, use: text }),
  gender: z.optional(z.enum(['male', 'female', 'other', 'unknown'])),
  birthDate: z.optional(z.string().regex(/^\d{4}(-\d\d(-\d\d)?)?$/)),
  address: list({
    line: z.optional(z.array(z.string())),
    city: text,
    state: text,
    postalCode: text,
  }),
  generalPractitioner: list({ reference: text, display: text }),
  link: list({ other: z.looseObject({ reference: text }), type: z.string() }),
})
