import type { Endpoint, Location, Organization } from 'fhir/r4.js'
import type { SandboxEndpoint, SandboxOrganization } from './organizations.ts'
import { escapeXml, type OriginOf } from './respond.ts'

const POSITION = { longitude: -94.5786, latitude: 39.0997 }
const SPHD = 'https://sequoiaproject.org/fhir/sphd'
const LEGACY = 'https://sequoiaproject.org/StructureDefinition'

/**
 * An Organization as the legacy directory writes it, which is not valid FHIR STU3: contained
 * endpoints without ids, bare extension URLs, `valueCodeableConcept/coding/value`, `managingOrg`.
 */
export function organizationXml(
  organization: SandboxOrganization,
  originOf: OriginOf,
  namespace = '',
): string {
  const oid = escapeXml(organization.oid)
  const partOf = organization.partOf === undefined ? undefined : escapeXml(organization.partOf)
  const { longitude, latitude } = organization.position ?? POSITION
  return `<Organization${namespace}>
  <id value="${oid}"/>
  <meta><versionId value="${organization.version ?? 3}"/><lastUpdated value="${organization.lastUpdated ?? '2020-05-14T23:23:01.625+00:00'}"/></meta>
  <identifier><use value="official"/><system value="http://www.hl7.org/oid/"/><value value="urn:oid:${oid}"/></identifier>
  <active value="${String(organization.active)}"/>
  <type><coding><system value="http://hl7.org/fhir/organization-type"/><code value="Connection"/></coding></type>
  <name value="${escapeXml(organization.name)}"/>
  <contact>
    <purpose value="Operations"/>
    <name><use value="official"/><text value="Pat Example"/></name>
    <telecom><system value="email"/><value value="ops@example.org"/><use value="work"/></telecom>
  </contact>
  <address>
    <extension url="OrgPosition"><valueCodeableConcept><coding>
      <system value="${LEGACY}/Address/Position/1.0.0"/>
      <value><position><longitude value="${longitude}"/><latitude value="${latitude}"/></position></value>
    </coding></valueCodeableConcept></extension>
    <use value="work"/><type value="both"/>
    <line value="1 Example Way"/><city value="${organization.city}"/><state value="${organization.state}"/><postalCode value="${organization.postalCode}"/><country value="USA"/>
  </address>
${partOf === undefined ? '' : `  <partOf>${identifierXml(partOf)}</partOf>\n`}  <contained>
${organization.endpoints.map((endpoint) => endpointXml(endpoint, oid, originOf)).join('\n')}
  </contained>
  <managingOrg><reference value="org.sequoiaproject.fhir.stu3/Organization/${partOf ?? oid}"/></managingOrg>
</Organization>`
}

function endpointXml(endpoint: SandboxEndpoint, oid: string, originOf: OriginOf): string {
  const isFhir = endpoint.transaction === 'FHIR REST'
  const useCase = isFhir ? 'FHIRBasedExchange' : 'QueryBasedDocumentExchange'
  return `    <Endpoint>
      ${identifierXml(oid)}
      <identifier><use value="official"/><type value="AAID"/><system value="http://www.hl7.org/oid/"/></identifier>
      <connectionType><system value="http://hl7.org/fhir/subscription-channel-type"/><code value="${isFhir ? 'rest-hook' : iheCode(endpoint)}"/></connectionType>
      <name value="${isFhir ? 'FHIR R4' : escapeXml(endpoint.transaction)}"/>
      <managingOrganization/>
      <address value="${escapeXml(addressOf(endpoint, originOf))}"/>
      <payloadMimeType value="${isFhir ? 'application/json' : 'application/soap+xml'}"/>
      <extension url="${LEGACY}/Endpoint/main/1.0.0">
        <extension url="Transaction"><valueString value="${escapeXml(endpoint.transaction)}"/></extension>
        <extension url="Version"><valueCodeableConcept><coding><system value="${LEGACY}/Endpoint/Version/1.0.0"/><value value="${escapeXml(endpoint.version)}"/></coding></valueCodeableConcept></extension>
        ${[
          ['UseCases', useCase],
          ['PurposesOfUse', 'Treatment'],
          ['Roles', 'All'],
        ]
          .map(
            ([url = '', value = '']) =>
              `<extension url="${url}"><valueCodeableConcept><coding><value value="${value}"/></coding></valueCodeableConcept></extension>`,
          )
          .join('\n        ')}
      </extension>
    </Endpoint>`
}

function identifierXml(oid: string): string {
  return `<identifier><use value="official"/><type value="HCID"/><system value="http://www.hl7.org/oid/"/><value value="urn:oid:${oid}"/></identifier>`
}

/** The same Organization as the R4 directories write it: Carequality's, or TEFCA's where it is one of TEFCA's. */
export function organizationR4(
  organization: SandboxOrganization,
  originOf: OriginOf,
): Organization {
  const { oid, active, name, aliases, city, state, postalCode, partOf, endpoints, tefcaType } =
    organization
  const manager = { reference: `Organization/${partOf ?? oid}` }
  const rce = tefcaType !== undefined
  const profile = rce
    ? `rce/StructureDefinition/${tefcaType === 'Subparticipant' ? 'SubParticipant' : tefcaType}`
    : 'cq/StructureDefinition/CarequalityOrganization'
  return {
    resourceType: 'Organization',
    id: oid,
    meta: {
      versionId: String(organization.version ?? 2),
      lastUpdated: organization.lastUpdated ?? '2025-09-01T12:00:00.000Z',
      profile: [`https://sequoiaproject.org/fhir/${profile}`],
    },
    contained: [
      locationOf(organization),
      ...endpoints.map((endpoint, index) =>
        endpointR4(endpoint, `endpoint-${index + 1}`, manager, originOf),
      ),
    ],
    extension: [
      {
        url: `${SPHD}/StructureDefinition/Domains`,
        valueCoding: { system: `${SPHD}/CodeSystem/Domains`, code: rce ? 'RCE' : 'CQ' },
      },
      { url: `${SPHD}/StructureDefinition/org-managing-org`, valueReference: manager },
    ],
    identifier: (rce ? ['HCID', 'TEFCAID'] : ['HCID']).map((code) => ({
      use: 'official',
      type: { coding: [{ system: `${SPHD}/CodeSystem/SequoiaIdentifierCodes`, code }] },
      system: 'urn:ietf:rfc:3986',
      value: `urn:oid:${oid}`,
    })),
    active,
    type: [
      {
        coding: [
          { system: `${SPHD}/CodeSystem/OrganizationType`, code: tefcaType ?? 'Connection' },
        ],
      },
    ],
    name,
    ...(aliases === undefined ? {} : { alias: [...aliases] }),
    contact: [
      {
        purpose: { text: 'Operations' },
        name: { use: 'official', text: 'Pat Example' },
        telecom: [{ system: 'email', value: 'ops@example.org', use: 'work' }],
      },
    ],
    address: [
      {
        extension: [
          {
            url: `${SPHD}/StructureDefinition/OrgLocation`,
            valueReference: { reference: '#OrgLoc' },
          },
        ],
        text: `1 Example Way ${city} ${state} ${postalCode} US`,
        line: ['1 Example Way'],
        city,
        state,
        postalCode,
        country: 'US',
      },
    ],
    ...(partOf === undefined ? {} : { partOf: { reference: `Organization/${partOf}` } }),
    // FHIR has no empty lists.
    ...(endpoints.length === 0
      ? {}
      : {
          endpoint: endpoints.map((_, index) => ({
            reference: `#endpoint-${index + 1}`,
            type: 'Endpoint',
          })),
        }),
  }
}

function endpointR4(
  endpoint: SandboxEndpoint,
  id: string,
  managingOrganization: { reference: string },
  originOf: OriginOf,
): Endpoint {
  const { transaction, version, status = 'active', purpose = 'TREATMENT', role } = endpoint
  const concept = (
    system: string,
    code: string,
  ): { coding: { system: string; code: string }[] } => ({
    coding: [{ system, code }],
  })
  return {
    resourceType: 'Endpoint',
    id,
    extension: [
      {
        url: `${SPHD}/StructureDefinition/Transaction`,
        valueCodeableConcept: concept(`${SPHD}/CodeSystem/TransactionCodes`, transaction),
      },
      { url: `${SPHD}/StructureDefinition/Version`, valueString: version },
      {
        url: `${SPHD}/StructureDefinition/PurposesOfUse`,
        valueCodeableConcept: concept('http://healthit.gov/nhin/purposeofuse', purpose),
      },
      ...(role === undefined
        ? []
        : [
            {
              url: `${SPHD}/StructureDefinition/Roles`,
              valueCodeableConcept: concept('http://snomed.info/sct', role),
            },
          ]),
    ],
    status: statusOf(status),
    connectionType: {
      system: `${SPHD}/CodeSystem/EndpointConnectionTypeCodes`,
      code: transaction === 'FHIR REST' ? 'hl7-fhir-rest' : iheCode(endpoint),
    },
    name: transaction,
    managingOrganization,
    payloadType: [concept('http://terminology.hl7.org/CodeSystem/endpoint-payload-type', 'any')],
    address: addressOf(endpoint, originOf),
  }
}

function locationOf({ position = POSITION }: SandboxOrganization): Location {
  return { resourceType: 'Location', id: 'OrgLoc', position }
}

/** The address as the directory writes it; hosts of the network may stand on loopback ports. */
function addressOf(endpoint: SandboxEndpoint, originOf: OriginOf): string {
  return 'address' in endpoint ? endpoint.address : originOf(endpoint.host) + endpoint.path
}

const STATUSES = ['active', 'suspended', 'error', 'off', 'entered-in-error', 'test'] as const

function statusOf(status: string): Endpoint['status'] {
  return STATUSES.find((known) => known === status) ?? 'error'
}

function iheCode({ transaction }: SandboxEndpoint): string {
  return transaction === 'XCPD ITI-55' ? 'ihe-xcpd' : 'ihe-xca'
}
