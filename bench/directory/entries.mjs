/** Invented organizations in the shape and size of the R4 directory's: about 6.4 kB, four endpoints. */
const SPHD = 'https://sequoiaproject.org/fhir/sphd'
const TRANSACTIONS = [
  ['XCPD ITI-55', 'ihe-xcpd', '2.0'],
  ['XCA ITI-38', 'ihe-xca', '2.0'],
  ['XCA ITI-39', 'ihe-xca', '2.0'],
  ['FHIR REST', 'hl7-fhir-rest', '4.0.1'],
]

export function oidOf(number) {
  return `2.16.840.1.113883.3.${1000 + (number % 900)}.${number}`
}

export function addressOf(number) {
  return `https://fhir-${number % 997}.hospital-${number}.example/r4/tenant-${number}`
}

function concept(system, code, display) {
  return { coding: [{ system: `${SPHD}/CodeSystem/${system}`, code, display }] }
}

function endpoint(number, index) {
  const [transaction, connection, version] = TRANSACTIONS[index]
  const extension = (name, value) => ({ url: `${SPHD}/StructureDefinition/${name}`, ...value })
  return {
    resourceType: 'Endpoint',
    id: `endpoint-${index + 1}`,
    extension: [
      extension('Transaction', {
        valueCodeableConcept: concept('TransactionCodes', transaction, transaction),
      }),
      extension('Version', { valueString: version }),
      extension('Actor', { valueCodeableConcept: concept('ActorCodes', 'Responding Gateway') }),
      extension('PurposesOfUse', {
        valueCodeableConcept: concept('PurposeOfUse', 'TREATMENT', 'Treatment'),
      }),
      extension('Roles', { valueCodeableConcept: concept('Roles', 'All', 'All roles') }),
    ],
    status: 'active',
    connectionType: {
      system: `${SPHD}/CodeSystem/EndpointConnectionTypeCodes`,
      code: connection,
    },
    name: transaction,
    managingOrganization: { reference: `Organization/${oidOf(number % 100)}` },
    payloadType: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/endpoint-payload-type',
            code: 'any',
            display: 'Any',
          },
        ],
      },
    ],
    address:
      index === 3 ? addressOf(number) : `https://ihe-${number}.example/${connection}/${index}`,
  }
}

export function organization(number) {
  return {
    resourceType: 'Organization',
    id: oidOf(number),
    meta: {
      versionId: '2',
      lastUpdated: '2025-09-01T12:00:00.000Z',
      profile: ['https://sequoiaproject.org/fhir/cq/StructureDefinition/CarequalityOrganization'],
    },
    text: {
      status: 'generated',
      div: `<div xmlns="http://www.w3.org/1999/xhtml"><p>${'Generated narrative of the organization. '.repeat(8)}</p></div>`,
    },
    contained: [
      { resourceType: 'Location', id: 'OrgLoc', position: { longitude: -94.5, latitude: 39.1 } },
      ...[0, 1, 2, 3].map((index) => endpoint(number, index)),
    ],
    extension: [
      {
        url: `${SPHD}/StructureDefinition/Domains`,
        valueCoding: { system: `${SPHD}/CodeSystem/Domains`, code: 'CQ' },
      },
      {
        url: `${SPHD}/StructureDefinition/org-managing-org`,
        valueReference: { reference: `Organization/${oidOf(number % 100)}` },
      },
    ],
    identifier: [
      {
        use: 'official',
        type: concept('SequoiaIdentifierCodes', 'HCID'),
        system: 'urn:ietf:rfc:3986',
        value: `urn:oid:${oidOf(number)}`,
      },
    ],
    active: true,
    type: [concept('OrganizationType', 'Connection')],
    name: `Hospital number ${number}`,
    contact: [
      {
        purpose: { text: 'Operations' },
        name: { use: 'official', text: 'Pat Example' },
        telecom: [
          { system: 'email', value: `ops@hospital-${number}.example`, use: 'work' },
          { system: 'phone', value: '555-0100', use: 'work' },
        ],
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
        text: '1 Example Way Kansas City MO 64117 US',
        line: ['1 Example Way'],
        city: 'Kansas City',
        state: 'MO',
        postalCode: '64117',
        country: 'US',
      },
    ],
    partOf: { reference: `Organization/${oidOf(number % 100)}` },
    endpoint: [1, 2, 3, 4].map((n) => ({ reference: `#endpoint-${n}`, type: 'Endpoint' })),
  }
}
