/** The UDAP servers of the sandbox, as data. */
import type { SandboxOrganization } from '../organizations.ts'
import type { Location } from '../respond.ts'
import type { FhirServerProfile } from '../servers.ts'

/** The generations of UDAP that the sandbox has a server for. */
export type SandboxUdapProfile = 'carequality-2021' | 'ssraa' | 'tefca'

/** TEFCA's code system of exchange purposes. */
export const TEFCA_PURPOSES = 'urn:oid:2.16.840.1.113883.3.7204.1.5.2.1'
/** The certification that TEFCA requires. */
export const TEFCA_CERTIFICATION =
  'https://rce.sequoiaproject.org/udap/profiles/basic-app-certification'

/** What makes one UDAP server differ from the others. */
export interface UdapServerProfile {
  readonly name: SandboxUdapProfile
  /** URI of the trust community. */
  readonly community: string
  readonly fhir: FhirServerProfile
  readonly registrationEndpoint: Location
  /** The member of the metadata that holds the signed statement. */
  readonly signedMember: 'signed_metadata' | 'signed_endpoints'
  readonly supportedExtensions: readonly string[]
  readonly requiredCertifications: readonly string[]
  /** Rules of 2021: `iss` is the client URI, `extensions` an array, one text as purpose. */
  readonly rules2021: boolean
  /** One purpose for each client, and an organization that the RCE directory lists. */
  readonly tefca: boolean
  /** A request with this purpose must name this consent policy. */
  readonly consent: { readonly purpose: string; readonly policy: string; readonly form: string }
  /** The organization whose server it is. */
  readonly organization: SandboxOrganization
}

interface Given extends Pick<
  UdapServerProfile,
  'name' | 'community' | 'supportedExtensions' | 'requiredCertifications'
> {
  readonly host: string
  readonly oid: string
  readonly title: string
  readonly partOf: string
  readonly consentPurpose: string
}

function profileOf(given: Given): UdapServerProfile {
  const { name, host, oid, title, partOf } = given
  const rules2021 = name === 'carequality-2021'
  const tefca = name === 'tefca'
  const tokenEndpoint = { host, path: '/udap/token' }
  const registrationEndpoint = { host, path: '/udap/register' }
  return {
    name,
    community: given.community,
    registrationEndpoint,
    signedMember: rules2021 ? 'signed_endpoints' : 'signed_metadata',
    supportedExtensions: given.supportedExtensions,
    requiredCertifications: given.requiredCertifications,
    rules2021,
    tefca,
    consent: {
      purpose: given.consentPurpose,
      policy: 'urn:oid:2.999.7.1',
      form: `https://${host}/consent`,
    },
    fhir: {
      host,
      path: '/r4',
      contentType: 'application/fhir+json; charset=utf-8',
      needsAccept: false,
      takesPostSearch: true,
      needsDemographics: false,
      nextLinks: 'getpages',
      // The 2021 rules want them in the CapabilityStatement; later ones look at `.well-known/udap` alone.
      oauthUris: rules2021
        ? [
            { name: 'token', ...tokenEndpoint },
            { name: 'register', ...registrationEndpoint },
          ]
        : [],
      tokenEndpoint,
      hasRecords: true,
      smart: false,
    },
    organization: {
      oid,
      name: title,
      active: true,
      partOf,
      city: 'Bemidji',
      state: 'MN',
      postalCode: '56601',
      ...(tefca ? { tefcaType: 'Participant' } : {}),
      endpoints: [
        {
          ...{ transaction: 'FHIR REST', version: '4.0.1', host, path: '/r4' },
          // Exchange purposes are no purposes of use: one equals only itself.
          ...(tefca ? { purpose: 'T-TREAT' } : {}),
        },
      ],
    },
  }
}

/** Three servers, each of a generation and community of its own. */
export const udapServers: readonly UdapServerProfile[] = [
  profileOf({
    name: 'carequality-2021',
    community: 'urn:oid:2.999.60.1',
    host: 'fhir.lakeside-hospital.example',
    oid: '2.999.60',
    title: 'Lakeside Hospital (sandbox, UDAP of 2021)',
    partOf: '2.999',
    supportedExtensions: ['hl7-b2b'],
    requiredCertifications: [],
    consentPurpose: 'COVERAGE',
  }),
  profileOf({
    name: 'ssraa',
    community: 'urn:oid:2.999.61.1',
    host: 'fhir.riverside-hospital.example',
    oid: '2.999.61',
    title: 'Riverside Hospital (sandbox, UDAP by SSRAA)',
    partOf: '2.999',
    supportedExtensions: ['hl7-b2b'],
    requiredCertifications: [],
    consentPurpose: 'COVERAGE',
  }),
  profileOf({
    name: 'tefca',
    community: 'urn:oid:2.16.840.1.113883.3.7204.1.5',
    host: 'fhir.prairie-hospital.example',
    oid: '2.999.500.2',
    title: 'Prairie Hospital (sandbox, TEFCA Facilitated FHIR)',
    partOf: '2.999.500',
    supportedExtensions: ['hl7-b2b', 'tefca_ias'],
    requiredCertifications: [TEFCA_CERTIFICATION],
    consentPurpose: 'T-GOVDTRM',
  }),
]
