import type { Patient } from 'fhir/r4.js'

/** Identifier system of the medical record numbers in {@link patients}. */
const mrnSystem = 'urn:oid:2.999.1.1'

/** id, family name, given names, gender, birth date, city, state. */
type Row = readonly [
  id: string,
  family: string,
  given: readonly string[],
  gender: 'female' | 'male' | 'other' | 'unknown',
  birthDate: string,
  city: string,
  state: string,
]

const rows: readonly Row[] = [
  ['1316024', 'Peters', ['Timothy'], 'male', '1946-04-05', 'Kansas City', 'MO'],
  ['1316025', 'Peters', ['Ida'], 'female', '1951-11-30', 'Kansas City', 'MO'],
  ['1316026', 'Peters', ['Anna', 'Marie'], 'female', '1980-01-02', 'Liberty', 'MO'],
  ['1316027', 'Peters', ['George'], 'male', '1999-07', 'Olathe', 'KS'],
  ['1316028', 'Peters', ['Björn'], 'male', '2014-02-28', 'Olathe', 'KS'],
  ['1316030', 'Santos', ['Maria', 'Lucía'], 'female', '1972-09-17', 'Duluth', 'MN'],
  ['1316031', 'Okafor', ['Chidi'], 'male', '1988-12-01', 'Boise', 'ID'],
  ['1316032', "O'Malley", ['Petra'], 'female', '1964-03-21', 'Salem', 'OR'],
]

/** Those who are no longer as they were at first; `records.ts` has their earlier versions. */
const changed: Readonly<Record<string, { versionId: string; lastUpdated: string }>> = {
  '1316030': { versionId: '2', lastUpdated: '2023-06-30T10:02:00.000Z' },
}

/** The people on every FHIR server of the sandbox. All are invented. */
export const patients: readonly Patient[] = rows.map(toPatient)

function toPatient([id, family, given, gender, birthDate, city, state]: Row): Patient {
  return {
    resourceType: 'Patient',
    id,
    meta: changed[id] ?? { versionId: '1', lastUpdated: '2020-05-14T23:23:01.000Z' },
    identifier: [
      {
        use: 'usual',
        type: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }],
          text: 'MRN',
        },
        system: mrnSystem,
        value: `MRN-${id}`,
      },
    ],
    active: true,
    name: [{ use: 'official', text: `${given.join(' ')} ${family}`, family, given: [...given] }],
    telecom: [{ system: 'phone', value: `555-01${id.slice(-2)}`, use: 'home' }],
    gender,
    birthDate,
    address: [{ use: 'home', line: ['1 Example Way'], city, state, country: 'US' }],
  }
}
