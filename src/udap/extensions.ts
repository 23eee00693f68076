/** What a token request says about the requester and the purpose. */
import { requireObject, requireText, requireTexts } from '../lib/arguments.ts'
import { ownProperties } from '../lib/own.ts'
import type { JsonValue } from '../types.ts'
import type { UdapProfile } from './profiles.ts'

/** Members of the assertion's `extensions`, by name. */
export type UdapExtensions = Readonly<Record<string, JsonValue>>

/** On whose behalf a token is requested. */
export interface B2bOrganization {
  /** A URI; for TEFCA the directory's id as `Organization/1.2.3`. */
  organizationId: string
  /** Needed by TEFCA, with NPI or TIN for treatment. */
  organizationName?: string | undefined
  /** The human or the system that makes the request, where known. */
  subject?:
    | {
        name: string
        /** For humans, for example `urn:oid:2.16.840.1.113883.4.6#1234567890` (NPI). */
        id?: string | undefined
        /** For humans: NUCC code. */
        role?: string | undefined
      }
    | undefined
  /** Policies that consent was given under, and where the consents can be read. */
  consent?: { policy: readonly string[]; reference?: readonly string[] | undefined } | undefined
}

/** {@link B2bOrganization} with the purposes of one request. */
export interface B2bOptions extends B2bOrganization {
  /** `system#code`; a code alone gets the profile's system. */
  purposeOfUse: readonly string[]
}

/** Options of {@link tefcaIas}. */
export interface IasOptions {
  /** FHIR RelatedPerson; relationship `ONESELF` where the user is the patient. */
  userInformation: Readonly<Record<string, JsonValue>>
  /** US Core Patient. */
  patientInformation: Readonly<Record<string, JsonValue>>
  /** The OpenID Connect token of the identity provider. */
  idToken: string
  /** Needed where the user is not the patient. */
  consentPolicy?: readonly string[] | undefined
  consentReference?: readonly string[] | undefined
}

/**
 * The extension `hl7-b2b`, for the `extensions` of an assertion. What it lacks for a profile is
 * found when a token is asked for.
 *
 * @example
 * ```ts
 * client.as({ claims: { extensions: hl7B2b({ organizationId: 'urn:oid:2.999.1', purposeOfUse: ['TREAT'] }) } })
 * ```
 *
 * @throws TypeError for a missing or malformed member.
 * @see [SSRAA, section 5.2.1.1](https://hl7.org/fhir/us/udap-security/STU2/b2b.html#b2b-authorization-extension-object)
 */
export function hl7B2b(given: B2bOptions): UdapExtensions {
  requireObject(given, 'options')
  const options = ownProperties(given)
  requireTexts(options.purposeOfUse, 'purposeOfUse')
  if (!Array.isArray(options.purposeOfUse) || options.purposeOfUse.length === 0) {
    throw new TypeError('"purposeOfUse" must hold one purpose or more')
  }
  return { 'hl7-b2b': b2bObject(options, options.purposeOfUse) }
}

/**
 * The extension of TEFCA's individual access services, under the one of its two names that the
 * server lists. It is sent beside `hl7-b2b`.
 *
 * @throws TypeError for a missing member.
 */
export function tefcaIas(given: IasOptions): UdapExtensions {
  requireObject(given, 'options')
  const { userInformation, patientInformation, idToken, consentPolicy, consentReference } =
    ownProperties(given)
  requireObject(userInformation, 'userInformation')
  requireObject(patientInformation, 'patientInformation')
  requireTexts(consentPolicy, 'consentPolicy')
  requireTexts(consentReference, 'consentReference')
  return {
    [IAS]: {
      version: '1',
      user_information: userInformation,
      patient_information: patientInformation,
      id_token: requireText(idToken, 'idToken'),
      ...(consentPolicy === undefined ? {} : { consent_policy: consentPolicy }),
      ...(consentReference === undefined ? {} : { consent_reference: consentReference }),
    },
  }
}

/** By TEFCA's SOP 2.0. */
export const IAS = 'tefca_ias'
/** As older code has it. */
export const OLDER_IAS = 'tefca-ias'

/** The object without the profile's rules. */
export function b2bObject(
  organization: B2bOrganization,
  purposes: readonly string[],
): Readonly<Record<string, JsonValue>> {
  const { organizationId, organizationName, subject, consent } = ownProperties(organization)
  const { name, id, role }: Partial<NonNullable<B2bOrganization['subject']>> = ownProperties(
    subject ?? {},
  )
  return {
    version: '1',
    ...(subject === undefined ? {} : { subject_name: requireText(name, 'subject.name') }),
    ...(id === undefined ? {} : { subject_id: requireText(id, 'subject.id') }),
    ...(role === undefined ? {} : { subject_role: requireText(role, 'subject.role') }),
    ...(organizationName === undefined
      ? {}
      : { organization_name: requireText(organizationName, 'organizationName') }),
    organization_id: requireText(organizationId, 'organizationId'),
    purpose_of_use: [...purposes],
    ...(consent === undefined ? {} : consentOf(consent)),
  }
}

function consentOf(
  consent: NonNullable<B2bOrganization['consent']>,
): Readonly<Record<string, JsonValue>> {
  const { policy, reference } = ownProperties(consent)
  requireTexts(policy, 'consent.policy')
  requireTexts(reference, 'consent.reference')
  return {
    consent_policy: [...policy],
    ...(reference === undefined ? {} : { consent_reference: [...reference] }),
  }
}

/** Throws `TypeError` for an organization that the profile does not take. */
export function checkOrganization(
  value: B2bOrganization,
  profile: UdapProfile,
  option: string,
): void {
  requireObject(value, option)
  checkB2b(b2bObject(value, ['TREAT']), profile, option)
}

/** Throws `TypeError` for an `hl7-b2b` object that the profile does not take. */
export function checkB2b(
  b2b: Readonly<Record<string, unknown>>,
  profile: UdapProfile,
  option: string,
): void {
  const id = requireText(b2b.organization_id, `${option}.organization_id`)
  const isId =
    profile.organizationId === 'rce'
      ? /^Organization\/[\w.-]{1,64}$/.test(id)
      : /^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i.test(id)
  if (!isId) {
    const form = profile.organizationId === 'rce' ? 'of the form Organization/<id>' : 'a URI'
    throw new TypeError(`"${option}.organization_id" must be ${form} for profile ${profile.id}`)
  }
  if (profile.organizationNameNeeded) {
    requireText(b2b.organization_name, `${option}.organization_name`)
  }
  if (b2b.version !== '1') throw new TypeError(`"${option}.version" must be '1'`)
}
