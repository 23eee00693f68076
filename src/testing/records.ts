import type { Binary, DocumentReference, Observation, Patient } from 'fhir/r4.js'

/** A resource that is not a Patient. */
export type RecordResource = Binary | DocumentReference | Observation

/** What one server of the sandbox has beside the Patients as they are. */
export interface Records {
  readonly resources: readonly RecordResource[]
  /** Versions that were replaced, newest first. */
  readonly earlier: readonly Patient[]
}

const UPDATED = '2024-02-11T08:30:00.000Z'
const LOINC = 'http://loinc.org'

const letter = `Sunrise Clinic (sandbox)                          10 February 2024

Discharge summary

Timothy Peters, born 5 April 1946, was with us from 7 to 10 February
2024 for observation after a fall. No fracture. Weight 72.5 kg.

Nobody of this name exists.
`

/** A PDF made by hand: one page with one line. */
const report = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj
4 0 obj<</Length 73>>stream
BT /F1 12 Tf 72 770 Td (Laboratory report \\(sandbox\\), 8 Feb 2024) Tj ET
endstream endobj
trailer<</Root 1 0 R>>
%%EOF
`

/** What a server without records has. */
export const noRecords: Records = { resources: [], earlier: [] }

/** The records of the people in `patients.ts`; all are invented. */
export const records: Records = {
  resources: [
    observation('weight-1', '1316024', ['29463-7', 'Body weight'], {
      effectiveDateTime: '2024-02-07T09:15:00-06:00',
      valueQuantity: { value: 72.5, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
    }),
    observation('smoking-1', '1316024', ['72166-2', 'Tobacco smoking status'], {
      effectiveDateTime: '2024-02-07',
      valueCodeableConcept: { text: 'Never smoked' },
    }),
    documentReference('letter-1', ['18842-5', 'Discharge summary'], 'text/plain', letter),
    documentReference('report-1', ['11502-2', 'Laboratory report'], 'application/pdf', report),
    binary('letter-1', 'text/plain', letter),
    binary('report-1', 'application/pdf', report),
  ],
  earlier: [
    {
      resourceType: 'Patient',
      id: '1316030',
      meta: { versionId: '1', lastUpdated: '2020-05-14T23:23:01.000Z' },
      active: true,
      name: [{ use: 'official', family: 'Rivera', given: ['Maria', 'Lucía'] }],
      gender: 'female',
      birthDate: '1972-09-17',
      address: [{ use: 'home', line: ['4 Former Street'], city: 'Ely', state: 'NV' }],
    },
  ],
}

function observation(
  id: string,
  patient: string,
  [code, display]: readonly [code: string, display: string],
  result: Pick<Observation, 'effectiveDateTime' | 'valueQuantity' | 'valueCodeableConcept'>,
): Observation {
  return {
    resourceType: 'Observation',
    id,
    meta: { versionId: '1', lastUpdated: UPDATED },
    status: 'final',
    code: { coding: [{ system: LOINC, code, display }], text: display },
    subject: { reference: `Patient/${patient}` },
    ...result,
  }
}

/** A document of Timothy Peters; its URL is relative to the base, as on some servers. */
function documentReference(
  id: string,
  [code, display]: readonly [code: string, display: string],
  contentType: string,
  content: string,
): DocumentReference {
  const size = new TextEncoder().encode(content).length
  return {
    resourceType: 'DocumentReference',
    id,
    meta: { versionId: '1', lastUpdated: UPDATED },
    status: 'current',
    type: { coding: [{ system: LOINC, code, display }], text: display },
    subject: { reference: 'Patient/1316024' },
    date: UPDATED,
    content: [{ attachment: { contentType, url: `Binary/${id}`, size, title: display } }],
  }
}

/** ASCII alone, which `btoa` takes. */
function binary(id: string, contentType: string, content: string): Binary {
  const meta = { versionId: '1', lastUpdated: UPDATED }
  return { resourceType: 'Binary', id, meta, contentType, data: btoa(content) }
}
