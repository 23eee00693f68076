/**
 * What the profiles require of an AuditEvent, element by element, as IHE BALP 1.1.4 has it:
 * https://profiles.ihe.net/ITI/BALP/StructureDefinition-IHE.BasicAudit.Query.html and its sisters
 * Read, PatientRead and PatientQuery; the base from https://hl7.org/fhir/R4/auditevent-definitions.html.
 */
import type { AuditEvent } from '../../src/audit/index.ts'

type Check = (event: AuditEvent) => boolean
type Row = readonly [element: string, check: Check]

const T = 'http://terminology.hl7.org/CodeSystem'
const DCM = 'http://dicom.nema.org/resources/ontology/DCM'
const REST = 'http://hl7.org/fhir/restful-interaction'

const agents = (event: AuditEvent, system: string, code: string): AuditEvent['agent'] =>
  event.agent.filter(({ type }) =>
    type?.coding?.some((one) => one.system === system && one.code === code),
  )
const entities = (
  { entity = [] }: AuditEvent,
  system: string,
  code: string,
): NonNullable<AuditEvent['entity']> =>
  entity.filter(({ type }) => type?.system === system && type.code === code)
const subtypes = ({ subtype = [] }: AuditEvent, codes: readonly string[]): number =>
  subtype.filter(({ system, code }) => system === REST && codes.includes(code ?? '')).length

const r4: readonly Row[] = [
  ['AuditEvent.type 1..1', ({ type }) => type.code !== undefined],
  [
    'AuditEvent.recorded 1..1, an instant',
    ({ recorded }) => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(recorded),
  ],
  ['AuditEvent.agent 1..*', ({ agent }) => agent.length > 0],
  [
    'AuditEvent.agent.requestor 1..1',
    ({ agent }) => agent.every(({ requestor }) => typeof requestor === 'boolean'),
  ],
  [
    'one agent is the requestor',
    ({ agent }) => agent.filter(({ requestor }) => requestor).length === 1,
  ],
  ['AuditEvent.source.observer 1..1', ({ source }) => source.observer.display !== undefined],
  [
    'sev-1: a name or a query, not both',
    ({ entity = [] }) => entity.every((one) => one.name === undefined || one.query === undefined),
  ],
  [
    'a contained resource is referred to',
    ({ contained = [], entity = [] }) =>
      contained.every(({ id = '' }) => entity.some(({ what }) => what?.reference === `#${id}`)),
  ],
  ['no element is empty', (event) => !/(?:\[\]|\{\}|"")/.test(JSON.stringify(event))],
]

/** Rows that Read and Query share, with the roles of client and server. */
function rest(client: string, server: string): readonly Row[] {
  const party = (code: string): readonly Row[] => [
    [`agent of DCM ${code} 1..1`, (event) => agents(event, DCM, code).length === 1],
    [`agent of DCM ${code}: who 1..1`, (event) => agents(event, DCM, code)[0]?.who !== undefined],
    [
      `agent of DCM ${code}: network 1..1`,
      (event) => agents(event, DCM, code)[0]?.network?.address !== undefined,
    ],
    [
      `agent of DCM ${code}: media 0..0`,
      (event) => agents(event, DCM, code)[0]?.media === undefined,
    ],
  ]
  const users = (event: AuditEvent) => agents(event, `${T}/v3-ParticipationType`, 'IRCP')
  return [
    ...r4,
    [
      'AuditEvent.type is rest',
      ({ type }) => type.system === `${T}/audit-event-type` && type.code === 'rest',
    ],
    ['AuditEvent.outcome 1..1 is 0', ({ outcome }) => outcome === '0'],
    ['AuditEvent.agent 2..*', ({ agent }) => agent.length >= 2],
    ...party(client),
    ...party(server),
    [
      'agent:client is ours',
      (event) => agents(event, DCM, client)[0]?.network?.address === 'gateway.example.org',
    ],
    ['agent:user 0..1', (event) => users(event).length <= 1],
    ['agent:user.who 1..1', (event) => users(event).every(({ who }) => who !== undefined)],
    ['agent:user.requestor is true', (event) => users(event).every(({ requestor }) => requestor)],
    [
      'agent:user.network 0..0',
      (event) => users(event).every(({ network }) => network === undefined),
    ],
    [
      'entity:transaction 0..1, with the X-Request-Id',
      (event) => {
        const found = entities(
          event,
          'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType',
          'XrequestId',
        )
        return found.length === 1 && found[0]?.what?.identifier?.value !== undefined
      },
    ],
  ]
}

const objects = (event: AuditEvent) => entities(event, `${T}/audit-entity-type`, '2')
const persons = (event: AuditEvent) => entities(event, `${T}/audit-entity-type`, '1')

const read: readonly Row[] = [
  ...rest('110152', '110153'),
  ['subtype:anyRead 1..1 of AllReadVS', (event) => subtypes(event, ['read', 'vread']) === 1],
  ['AuditEvent.action is R', ({ action }) => action === 'R'],
  ['entity:data 1..1', (event) => objects(event).length === 1],
  ['entity:data.what 1..1', (event) => objects(event)[0]?.what?.reference !== undefined],
  [
    'entity:data.role of RestObjectRoles',
    (event) => ['3', '4', '20'].includes(objects(event)[0]?.role?.code ?? ''),
  ],
]
const query: readonly Row[] = [
  ...rest('110153', '110152'),
  [
    'subtype:anySearch 1..1 of AllSearchVS',
    (event) => subtypes(event, ['search', 'search-type', 'search-system']) === 1,
  ],
  ['AuditEvent.action is E', ({ action }) => action === 'E'],
  ['entity:query 1..1', (event) => objects(event).length === 1],
  ['entity:query.role is 24', (event) => objects(event)[0]?.role?.code === '24'],
  [
    'entity:query.query 1..1, or an extension in its place',
    (event) => {
      const [one] = objects(event)
      return one?.query !== undefined || one?._query?.extension?.[0]?.valueCode === 'masked'
    },
  ],
  ['entity:query.what 0..0', (event) => objects(event)[0]?.what === undefined],
  ['entity:query.lifecycle 0..0', (event) => objects(event)[0]?.lifecycle === undefined],
  ['entity:query.detail 0..0', (event) => objects(event)[0]?.detail === undefined],
]
const withPatient: readonly Row[] = [
  ['AuditEvent.entity 2..*', ({ entity = [] }) => entity.length >= 2],
  ['entity:patient 1..1', (event) => persons(event).length === 1],
  ['entity:patient.what 1..1', (event) => persons(event)[0]?.what?.type === 'Patient'],
  ['entity:patient.role is 1', (event) => persons(event)[0]?.role?.code === '1'],
]

const profiles: Readonly<Record<string, readonly Row[]>> = {
  Read: read,
  PatientRead: [...read, ...withPatient],
  Query: query,
  PatientQuery: [...query, ...withPatient],
}

/** The name of the profile that an event claims. */
export function profileOf({ meta }: AuditEvent): string | undefined {
  return meta?.profile?.[0]?.replace(
    'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.',
    '',
  )
}

/** What the claimed profile, or R4 alone, requires and the event lacks. */
export function lacks(event: AuditEvent): readonly string[] {
  const profile = profileOf(event)
  const rows = profile === undefined ? r4 : profiles[profile]
  if (rows === undefined) return [`no such profile: ${profile ?? ''}`]
  return rows.filter(([, check]) => !check(event)).map(([element]) => element)
}

/** The Patients that an event is about. */
export function patientsOf(event: AuditEvent): readonly (string | undefined)[] {
  return persons(event).map(({ what }) => what?.reference)
}

/** `entity.query`, decoded. */
export function queryOf(event: AuditEvent): string | undefined {
  const text = objects(event)[0]?.query
  return text === undefined ? undefined : Buffer.from(text, 'base64').toString()
}

/** The `X-Request-Id` that an event names. */
export function requestIdOf({ entity = [] }: AuditEvent): string | undefined {
  return entity.find(({ type }) => type?.code === 'XrequestId')?.what?.identifier?.value
}
