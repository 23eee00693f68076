/** Patients for people. */
import type { Patient } from '../fhir/types.ts'
import type { Output } from './output.ts'
import type { Column } from './table.ts'

/** Columns of a list of patients. */
export const patientColumns: readonly Column[] = [
  { title: 'ID' },
  { title: 'NAME', flexible: true },
  { title: 'BORN' },
  { title: 'GENDER' },
  { title: 'PLACE', flexible: true },
]

/** One row of the list. */
export function patientRow(patient: Patient): readonly string[] {
  const { id = '', birthDate = '', gender = '' } = patient
  return [id, nameText(patient), birthDate, gender, placesOf(patient)[0] ?? '']
}

/** A patient in full. */
export function showPatient(patient: Patient, out: Output): void {
  const { id, birthDate, gender, deceasedBoolean, deceasedDateTime, identifier = [] } = patient
  out.title(nameText(patient) || 'Patient without a name')
  out.facts([
    ['id', id],
    ['born', birthDate],
    ['gender', gender],
    ['deceased', deceasedDateTime ?? (deceasedBoolean === true ? 'yes' : undefined)],
    ...identifier.map(
      ({ system, value }) => ['identifier', [system, value].filter(Boolean).join(' | ')] as const,
    ),
    ...placesOf(patient).map((place) => ['address', place] as const),
    ...(patient.telecom ?? []).map(({ system = 'contact', value }) => [system, value] as const),
    ['changed', patient.meta?.lastUpdated],
  ])
}

/** For a command that a person may copy: servers choose ids, and a shell must not run one. */
export function idForShell(patient: Patient | undefined): string {
  const id = patient?.id ?? ''
  return /^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/.test(id) ? id : 'ID'
}

/** The first name, in one line. */
export function nameText({ name = [] }: Patient): string {
  const [first] = name
  if (first === undefined) return ''
  return first.text ?? [...(first.given ?? []), first.family ?? ''].join(' ').trim()
}

function placesOf({ address = [] }: Patient): readonly string[] {
  return address.map(({ line = [], city, state, postalCode }) =>
    [...line, city, state, postalCode].filter((part) => part !== undefined).join(', '),
  )
}
