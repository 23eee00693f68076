/** The directory's data about an organization, the same for every release. No code. */

/** Something that could not be read. Never a value, only where and why. */
export interface DirectoryProblem {
  /** For example `contained.2` or `endpoint.0`. */
  readonly path: string
  readonly reason: string
  /** True where it was omitted for its size; docs/directory.md has the limits. */
  readonly leftOut?: boolean | undefined
}

/** When something is in use; as published. */
export interface DirectoryPeriod {
  readonly start?: string | undefined
  readonly end?: string | undefined
}

/** A planned outage: a period, or a FHIR [Timing](https://hl7.org/fhir/R4/datatypes.html#Timing) as it came. */
export interface DirectoryDowntime {
  /** As published; absent where the period has no beginning. */
  readonly start?: string | undefined
  /** As published; absent where the period has no end. */
  readonly end?: string | undefined
  readonly timing?: unknown
}

/** One address that an organization lists in the directory, the same for every release. */
export interface DirectoryEndpoint {
  /** As published, white space at the ends cut. */
  readonly address: string
  /** Whether the entry contains it or refers to a separate resource. */
  readonly source?: 'contained' | 'referenced' | undefined
  readonly name?: string | undefined
  /** Codes of the connection type, for example `hl7-fhir-rest` or `ihe-xcpd`. */
  readonly connectionTypes?: readonly string[] | undefined
  /** What the endpoint does, for example `FHIR REST` or `XCPD ITI-55`. */
  readonly transactions?: readonly string[] | undefined
  /** Payload types and media types, as published. */
  readonly payloads?: readonly string[] | undefined
  /** As published, for example `4.0.1`; the first one of several. */
  readonly fhirVersion?: string | undefined
  /** All of them, if there are several. */
  readonly fhirVersions?: readonly string[] | undefined
  /** FHIR endpoint status; often absent in the legacy directory. */
  readonly status?: string | undefined
  /** When the endpoint is expected to be in operation. */
  readonly period?: DirectoryPeriod | undefined
  /** Purposes that the endpoint accepts; empty where it names none. */
  readonly purposesOfUse?: readonly string[] | undefined
  /** As published: codes of the parties that it serves. */
  readonly roles?: readonly string[] | undefined
  readonly downtime?: readonly DirectoryDowntime[] | undefined
}

/** Degrees, [WGS 84](https://hl7.org/fhir/R4/location-definitions.html#Location.position). */
export interface DirectoryPosition {
  readonly latitude: number
  readonly longitude: number
}

/** A postal address, as far as the directory gives it. */
export interface DirectoryAddress {
  readonly use?: string | undefined
  readonly text?: string | undefined
  readonly lines?: readonly string[] | undefined
  readonly city?: string | undefined
  readonly state?: string | undefined
  readonly postalCode?: string | undefined
  /** As published: `US` or `USA`. */
  readonly country?: string | undefined
  readonly position?: DirectoryPosition | undefined
}

/** A contact of an organization. */
export interface DirectoryContact {
  readonly purpose?: string | undefined
  readonly name?: string | undefined
  readonly telecom: readonly {
    /** `email`, `phone` and the like. */
    readonly system?: string | undefined
    readonly value: string
  }[]
}

/** How old an entry from a local copy is. */
export interface SnapshotAge {
  /** When the directory last confirmed it, in milliseconds since the epoch. */
  readonly asOf: number
  readonly ageMs: number
}

/** One organization of the directory, the same for every release. Lists are empty or absent where it says nothing. */
export interface DirectoryEntry {
  readonly id: string
  /** Bare dotted form, without `urn:oid:`. */
  readonly oid?: string | undefined
  readonly name: string
  readonly aliases?: readonly string[] | undefined
  /** Undefined where the directory does not say. */
  readonly active: boolean | undefined
  /** Codes such as `Connection`, `Participant`, `QHIN`. */
  readonly types?: readonly string[] | undefined
  readonly contacts?: readonly DirectoryContact[] | undefined
  readonly addresses?: readonly DirectoryAddress[] | undefined
  /** Of the first address that has one. */
  readonly position?: DirectoryPosition | undefined
  /** OID or id of the parent organization. */
  readonly partOf?: string | undefined
  /** OID or id of the organization that manages the entry; some write its name. */
  readonly managingOrganization?: string | undefined
  /** Networks that it belongs to: `CQ`, `eHx`, `RCE`. */
  readonly domains?: readonly string[] | undefined
  /** Purposes for which it queries others. */
  readonly purposesOfUse?: readonly string[] | undefined
  /** When the directory changed it, as published. */
  readonly lastUpdated?: string | undefined
  readonly endpoints: readonly DirectoryEndpoint[]
  /** What of it could not be read; absent or empty if everything was. */
  readonly unreadable?: readonly DirectoryProblem[] | undefined
  /** Present where a local copy gave the entry. */
  readonly snapshot?: SnapshotAge | undefined
  /**
   * The resource as received: JSON, or the XML's elements as objects. Undefined from a local copy.
   */
  readonly resource: unknown
}
