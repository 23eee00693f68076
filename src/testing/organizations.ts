import type { Location } from './respond.ts'

/** An address that a directory entry lists: on a host of the network, or as it stands. */
export type SandboxEndpoint = (Location | { readonly address: string }) & {
  readonly transaction: string
  readonly version: string
  readonly status?: string
  readonly purpose?: string
  readonly role?: string
}

/** An organization as both directories list it. */
export interface SandboxOrganization {
  readonly oid: string
  readonly name: string
  readonly active: boolean
  /** OID of the parent; that of the first five has no entry of its own. */
  readonly partOf?: string
  /** Default: the same literal for all. */
  readonly lastUpdated?: string
  /** Counts the changes of an entry; without it the entry is as it was at first. */
  readonly version?: number
  readonly aliases?: readonly string[]
  /** What TEFCA's directory calls it; without it a Carequality `Connection`. */
  readonly tefcaType?: 'QHIN' | 'Participant' | 'Subparticipant' | 'Child'
  readonly city: string
  readonly state: string
  readonly postalCode: string
  /** Default: Kansas City. */
  readonly position?: { readonly latitude: number; readonly longitude: number }
  readonly endpoints: readonly SandboxEndpoint[]
}

/** Path of the server that behaves as Cerner's connectathon server does, tenant included. */
export const cernerPath = '/beta/0b8a0111-e8e6-4c26-a91c-5069cbc6b1ca'

/** What the two Carequality directories know of their own. */
export const organizations: readonly SandboxOrganization[] = [
  {
    oid: '2.16.840.1.113883.3.13.1',
    name: 'Connectathon Server (sandbox, not Cerner)',
    active: true,
    partOf: '2.16.840.1.113883.3.13',
    city: 'Kansas City',
    state: 'MO',
    postalCode: '64117',
    endpoints: [
      {
        transaction: 'XCPD ITI-55',
        version: '2.0',
        host: 'fhir-ehr.stagingcerner.com',
        path: '/ihe/xcpd',
      },
      {
        transaction: 'FHIR REST',
        version: '4.0.1',
        host: 'fhir-ehr.stagingcerner.com',
        path: `${cernerPath}/`,
      },
    ],
  },
  {
    oid: '2.999.10',
    name: 'Sunrise Clinic & Family Practice (sandbox)',
    active: true,
    partOf: '2.999',
    city: 'Duluth',
    state: 'MN',
    postalCode: '55802',
    endpoints: [
      {
        transaction: 'FHIR REST',
        version: '4.0.1',
        host: 'fhir.sunrise-clinic.example',
        path: '/r4',
      },
    ],
  },
  {
    oid: '2.999.20',
    name: 'Plain Hospital (sandbox)',
    active: true,
    partOf: '2.999',
    city: 'Boise',
    state: 'ID',
    postalCode: '83702',
    endpoints: [
      {
        transaction: 'FHIR REST',
        version: '4.0.1',
        host: 'ehr.plain-hospital.example',
        path: '/fhir',
      },
    ],
  },
  {
    oid: '2.999.30',
    name: 'Closed Practice (sandbox)',
    active: false,
    partOf: '2.999',
    city: 'Salem',
    state: 'OR',
    postalCode: '97301',
    endpoints: [
      {
        transaction: 'FHIR REST',
        version: '4.0.1',
        host: 'fhir.closed-practice.example',
        path: '/r4',
      },
    ],
  },
  {
    oid: '2.999.40',
    name: 'Documents-Only County Hospital (sandbox)',
    active: true,
    city: 'Ely',
    state: 'NV',
    postalCode: '89301',
    endpoints: [
      {
        transaction: 'XCPD ITI-55',
        version: '2.0',
        host: 'ihe.county-hospital.example',
        path: '/xcpd',
      },
      {
        transaction: 'XCA ITI-38',
        version: '2.0',
        host: 'ihe.county-hospital.example',
        path: '/xca',
      },
    ],
  },
]
