import type { AuditEvent } from './options.ts'

type Coding = AuditEvent['type']
type Concept = NonNullable<AuditEvent['purposeOfEvent']>[number]

const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem'

export const rest: Coding = coding(`${TERMINOLOGY}/audit-event-type`, 'rest', 'Restful Operation')
export const applicationServer: Coding = coding(
  ...([`${TERMINOLOGY}/security-source-type`, '4', 'Application Server'] as const),
)
export const person: Coding = coding(`${TERMINOLOGY}/audit-entity-type`, '1', 'Person')
export const systemObject: Coding = coding(`${TERMINOLOGY}/audit-entity-type`, '2', 'System Object')
export const otherEntity: Coding = coding(`${TERMINOLOGY}/audit-entity-type`, '4', 'Other')
export const patientRole: Coding = coding(`${TERMINOLOGY}/object-role`, '1', 'Patient')
export const domainResource: Coding = coding(`${TERMINOLOGY}/object-role`, '4', 'Domain Resource')
export const queryRole: Coding = coding(`${TERMINOLOGY}/object-role`, '24', 'Query')
export const requestId: Coding = coding(
  'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType',
  'XrequestId',
)
export const sourceRole: Concept = concept('110153', 'Source Role ID')
export const destinationRole: Concept = concept('110152', 'Destination Role ID')
export const recipient: Concept = {
  coding: [coding(`${TERMINOLOGY}/v3-ParticipationType`, 'IRCP', 'information recipient')],
}

export function interaction(code: string): Coding {
  return coding('http://hl7.org/fhir/restful-interaction', code, code)
}

/** Codes of HL7's PurposeOfUse that are written without their system; others stay text. */
const PURPOSES = ['TREAT', 'ETREAT', 'HPAYMT', 'HOPERAT', 'PUBHLTH', 'PATRQT', 'HRESCH']

/** `TREAT`, or a code behind its system: `urn:oid:2.16.840.1.113883.5.8#TREAT`. */
export function purpose(text: string): Concept {
  const at = text.indexOf('#')
  if (/^(?:urn:|https?:)/i.test(text) && at > 0) {
    return { coding: [coding(text.slice(0, at), text.slice(at + 1))] }
  }
  return PURPOSES.includes(text)
    ? { coding: [coding(`${TERMINOLOGY}/v3-ActReason`, text)] }
    : { text }
}

function concept(code: string, display: string): Concept {
  return { coding: [coding('http://dicom.nema.org/resources/ontology/DCM', code, display)] }
}

function coding(system: string, code: string, display?: string): Coding {
  return display === undefined ? { system, code } : { system, code, display }
}
