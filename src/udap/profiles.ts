/** The differences between the generations of UDAP, as data. */
import { requireOneOf } from '../lib/arguments.ts'

/** Names of the profiles. */
export type UdapProfileId = 'ssraa' | 'tefca' | 'carequality-2021'

/** One generation of the rules. */
export interface UdapProfile {
  readonly id: UdapProfileId
  /** The community that is meant where the options name none. */
  readonly community?: string | undefined
  /** Members of the metadata that may hold the signature, the preferred one first. */
  readonly signedMembers: readonly string[]
  /** How the assertion carries its extensions: members of an object, or a list of objects. */
  readonly extensions: 'object' | 'list'
  /** How `purpose_of_use` is written. */
  readonly purposes: 'list' | 'text'
  /** Whether `hl7-b2b` is sent whatever the server lists. */
  readonly b2bNeeded: boolean
  /** Purposes in one token request. */
  readonly maxPurposes: number
  /** Prefix of purpose codes that are given without their system. */
  readonly purposeSystem: string
  /** The assertion's `iss`. */
  readonly issuer: 'client-id' | 'client-uri'
  /** The registration's `udap`. */
  readonly registrationVersion: '1' | 1
  readonly organizationNameNeeded: boolean
  /** `rce`: the directory's id as a relative URI, `Organization/1.2.3`. */
  readonly organizationId: 'uri' | 'rce'
  /** Whether `x5c` needs the issuer beside the leaf. */
  readonly issuerInChain: boolean
  /** The default directory. */
  readonly directoryRelease?: 'rce-r4' | undefined
}

/** [HL7 UDAP Security, STU 1.1 to 2](https://hl7.org/fhir/us/udap-security/). */
const ssraa: UdapProfile = {
  id: 'ssraa',
  signedMembers: ['signed_metadata'],
  extensions: 'object',
  purposes: 'list',
  b2bNeeded: false,
  maxPurposes: 20,
  purposeSystem: 'urn:oid:2.16.840.1.113883.5.8',
  issuer: 'client-id',
  registrationVersion: '1',
  organizationNameNeeded: false,
  organizationId: 'uri',
  issuerInChain: false,
}

/** [TEFCA Facilitated FHIR SOP 2.0](https://rce.sequoiaproject.org/tefca-and-rce-resources/), on SSRAA 1.1. */
const tefca: UdapProfile = {
  ...ssraa,
  id: 'tefca',
  community: 'urn:oid:2.16.840.1.113883.3.7204.1.5',
  b2bNeeded: true,
  maxPurposes: 1,
  purposeSystem: 'urn:oid:2.16.840.1.113883.3.7204.1.5.2.1',
  organizationNameNeeded: true,
  organizationId: 'rce',
  issuerInChain: true,
  directoryRelease: 'rce-r4',
}

/** The draft of July 2021, which servers of the first Carequality FHIR guide may still follow. */
const carequality2021: UdapProfile = {
  ...ssraa,
  id: 'carequality-2021',
  signedMembers: ['signed_endpoints', 'signed_metadata'],
  extensions: 'list',
  purposes: 'text',
  maxPurposes: 1,
  issuer: 'client-uri',
  organizationNameNeeded: true,
}

/** The profiles by name. */
export const udapProfiles: Readonly<Record<UdapProfileId, UdapProfile>> = {
  ssraa,
  tefca,
  'carequality-2021': carequality2021,
}

/** Throws `TypeError` for an unknown name. */
export function profileOf(name: unknown): UdapProfile {
  const id = requireOneOf(name, ['ssraa', 'tefca', 'carequality-2021'], 'profile') ?? 'ssraa'
  return udapProfiles[id]
}
