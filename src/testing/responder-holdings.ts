/** What the responders of a sandbox network know. */
import type { DocumentReference, Patient } from 'fhir/r4.js'
import type { Records } from './records.ts'
import type { SandboxResponder } from './responder-kinds.ts'

const UPDATED = '2024-02-11T08:30:00.000Z'

/** The patients and documents of a responder: invented, and the same each time. */
export function holdingsOf(
  { holds, name }: SandboxResponder,
  number: number,
): { readonly patients: readonly Patient[]; readonly records: Records } {
  const id = (which: number): string => `h${number + 1}-${which}`
  const others = [
    person(id(1), 'Santos', 'Maria', 'female', '1972-09-17'),
    person(id(2), 'Okafor', 'Chidi', 'male', '1988-12-01'),
  ]
  const similar = [
    person(id(3), 'Peters', 'Tim', 'male', '1946-04-05'),
    person(id(4), 'Peters', 'Timothy', 'male', '1946'),
  ]
  const patient = person(id(5), 'Peters', 'Timothy', 'male', '1946-04-05')
  const known = holds === 'patient' ? [patient] : holds === 'similar' ? similar : []
  const documents = holds === 'patient' ? [1, 2].slice(0, 1 + (number % 2)) : []
  return {
    patients: [...others, ...known],
    records: {
      resources: documents.map((which) => document(id(which), id(5), which, name)),
      earlier: [],
    },
  }
}

function person(
  id: string,
  family: string,
  given: string,
  gender: 'female' | 'male',
  birthDate: string,
): Patient {
  return {
    resourceType: 'Patient',
    id,
    meta: { versionId: '1', lastUpdated: UPDATED },
    active: true,
    name: [{ use: 'official', text: `${given} ${family}`, family, given: [given] }],
    gender,
    birthDate,
  }
}

function document(id: string, patient: string, which: number, place: string): DocumentReference {
  const title = which === 1 ? 'Discharge summary' : 'Laboratory report'
  return {
    resourceType: 'DocumentReference',
    id,
    meta: { versionId: '1', lastUpdated: UPDATED },
    status: 'current',
    type: { text: title },
    subject: { reference: `Patient/${patient}` },
    date: `20${10 + (Number(id.replace(/\D/g, '')) % 14)}-0${which}-15T10:00:00Z`,
    content: [
      {
        attachment: { contentType: 'text/plain', url: `Binary/${id}`, title: `${title}, ${place}` },
      },
    ],
  }
}
