import { organizations, type SandboxOrganization } from './organizations.ts'

/** The Sunrise clinic, which serves most of the invented ones. */
const SERVING = { host: 'fhir.sunrise-clinic.example', path: '/r4' } as const
/** Past the versions that the first entries have in either directory. */
const FIRST_VERSION = 3
const CITIES = [
  ['Duluth', 'MN', '55802'],
  ['Boise', 'ID', '83702'],
  ['Salem', 'OR', '97301'],
] as const

/** An organization to put into the sandbox's Carequality directories. */
export interface SandboxEntry {
  readonly oid: string
  readonly name: string
  /** Default true. */
  readonly active?: boolean | undefined
  /** OID of the parent. */
  readonly partOf?: string | undefined
  readonly endpoints?:
    | readonly {
        readonly address: string
        /** Default `4.0.1`. */
        readonly fhirVersion?: string | undefined
        /** Default `FHIR REST`. */
        readonly transaction?: string | undefined
        /** R4 only. Default `active`. */
        readonly status?: string | undefined
      }[]
    | undefined
}

/** The content of a directory; two that share it change together. */
export class DirectoryData {
  readonly #entries: Map<string, SandboxOrganization>
  readonly #gone = new Set<string>()
  readonly #now: () => number

  constructor(entries: readonly SandboxOrganization[], now: () => number) {
    this.#entries = new Map(entries.map((entry) => [entry.oid, entry]))
    this.#now = now
  }

  get all(): readonly SandboxOrganization[] {
    return [...this.#entries.values()]
  }

  find(oid: string): SandboxOrganization | undefined {
    return this.#entries.get(oid)
  }

  put({ oid, name, active = true, partOf, endpoints = [] }: SandboxEntry): void {
    this.#entries.set(oid, {
      oid,
      name,
      active,
      ...(partOf === undefined ? {} : { partOf }),
      city: 'Duluth',
      state: 'MN',
      postalCode: '55802',
      lastUpdated: new Date(this.#now()).toISOString(),
      version: (this.#entries.get(oid)?.version ?? FIRST_VERSION) + 1,
      endpoints: endpoints.map(({ address, fhirVersion, transaction, status }) => ({
        address,
        version: fhirVersion ?? '4.0.1',
        transaction: transaction ?? 'FHIR REST',
        ...(status === undefined ? {} : { status }),
      })),
    })
  }

  remove(oid: string): void {
    if (this.#entries.delete(oid)) this.#gone.add(oid)
  }

  /** Whether there was such an organization. */
  isGone(oid: string): boolean {
    return this.#gone.has(oid)
  }
}

/** The five organizations of the network, and `size` invented ones that make the directory large. */
export function carequalityEntries(size: number): readonly SandboxOrganization[] {
  return [...organizations, ...Array.from({ length: size }, (_, index) => invented(index + 1))]
}

function invented(number: number): SandboxOrganization {
  const [city, state, postalCode] = CITIES[number % CITIES.length] ?? CITIES[0]
  return {
    oid: `2.999.100.${number}`,
    name: `Clinic ${String(number).padStart(5, '0')} (sandbox)`,
    active: number % 50 !== 0,
    partOf: '2.999.10',
    city,
    state,
    postalCode,
    // Most are served by their parent, as on the real network.
    endpoints:
      number % 10 === 0 ? [{ ...SERVING, transaction: 'FHIR REST', version: '4.0.1' }] : [],
  }
}

/** A branch of TEFCA's directory: only the Participant lists an endpoint. */
export const rceEntries: readonly SandboxOrganization[] = [
  tefca('2.999.500', 'Prairie QHIN (sandbox)', 'QHIN'),
  {
    ...tefca('2.999.500.1', 'Prairie Health System (sandbox)', 'Participant', '2.999.500'),
    aliases: ['PHS'],
    endpoints: [
      {
        ...SERVING,
        transaction: 'FHIR REST',
        version: '4.0.1',
        purpose: 'T-TREAT',
        role: '112247003',
      },
    ],
  },
  tefca('2.999.500.1.1', 'Prairie Clinic (sandbox)', 'Subparticipant', '2.999.500.1'),
  tefca('2.999.500.1.1.1', 'Prairie Clinic, Room 12 (sandbox)', 'Child', '2.999.500.1.1'),
]

function tefca(
  oid: string,
  name: string,
  tefcaType: NonNullable<SandboxOrganization['tefcaType']>,
  partOf?: string,
): SandboxOrganization {
  const place = { city: 'Austin', state: 'TX', postalCode: '78701' }
  return {
    oid,
    name,
    active: true,
    ...(partOf === undefined ? {} : { partOf }),
    ...place,
    tefcaType,
    endpoints: [],
  }
}
