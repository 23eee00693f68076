/** The `hl7-b2b` extension of a token request (SSRAA section 5.2; TEFCA's additions). */
import { isRecord } from '../../lib/arguments.ts'
import { isText, isTexts, isUri, refuseAs } from './claims.ts'
import { UdapRefusal, type Members } from './jws.ts'
import { TEFCA_PURPOSES, type UdapServerProfile } from './profiles.ts'
import type { RegisteredClient } from './registration-server.ts'

const GRANT = 'invalid_grant'
const invalid = refuseAs(GRANT)

/** The extensions of an assertion by their names: an object, in 2021 an array of objects. */
export function extensionsOf(claims: Members, { rules2021 }: UdapServerProfile): Members {
  const { extensions } = claims
  if (!rules2021) {
    return isRecord(extensions) ? extensions : invalid('"extensions" must be an object')
  }
  const list: readonly unknown[] = Array.isArray(extensions) ? extensions : []
  if (list.length === 0 || !list.every(isRecord)) {
    return invalid('"extensions" must be an array of objects, as in 2021')
  }
  return Object.assign({}, ...list) as Members
}

/** Checks `hl7-b2b`. */
export function checkB2b(
  value: unknown,
  profile: UdapServerProfile,
  client: RegisteredClient,
): void {
  if (!isRecord(value)) return invalid('the extension "hl7-b2b" is required here')
  if (value.version !== '1') return invalid('hl7-b2b: "version" must be the text "1"')
  checkSubject(value)
  checkOrganization(value, profile)
  const codes = purposesOf(value.purpose_of_use, profile)
  if (profile.tefca && codes[0] !== client.purpose) {
    return invalid(`hl7-b2b: this client is registered for ${client.purpose ?? 'no purpose'}`)
  }
  checkConsent(value, codes, profile)
}

function checkSubject(value: Members): void {
  for (const member of ['subject_name', 'subject_id', 'subject_role']) {
    if (value[member] !== undefined && !isText(value[member])) {
      return invalid(`hl7-b2b: "${member}" must be a text`)
    }
  }
  const told = value.subject_id !== undefined || value.subject_role !== undefined
  if (told && value.subject_name === undefined) {
    return invalid('hl7-b2b: "subject_name" is required beside "subject_id" or "subject_role"')
  }
}

function checkOrganization(value: Members, { tefca, rules2021 }: UdapServerProfile): void {
  const { organization_id: id, organization_name: name } = value
  if (tefca) {
    if (!isText(id) || !/^Organization\/[A-Za-z0-9.-]{1,64}$/.test(id)) {
      return invalid('hl7-b2b: "organization_id" must be Organization/ID of the RCE directory')
    }
  } else if (!isUri(id)) return invalid('hl7-b2b: "organization_id" must be a URI')
  if (name === undefined ? tefca || rules2021 : !isText(name)) {
    return invalid('hl7-b2b: "organization_name" must be a text')
  }
}

/** The codes behind the code system. */
function purposesOf(value: unknown, { tefca, rules2021 }: UdapServerProfile): readonly string[] {
  if (rules2021) {
    return isText(value) ? [codeOf(value)] : invalid('hl7-b2b: "purpose_of_use" must be one text')
  }
  if (!isTexts(value) || value.length === 0) {
    return invalid('hl7-b2b: "purpose_of_use" must be an array of one text or more')
  }
  if (!value.every(isUri)) return invalid('hl7-b2b: a purpose of use must be SYSTEM#CODE')
  if (!tefca) return value.map(codeOf)
  if (value.length > 1) return invalid('hl7-b2b: "purpose_of_use" must hold exactly one')
  if (value[0]?.startsWith(`${TEFCA_PURPOSES}#`) !== true) {
    return invalid(`hl7-b2b: the purpose must be one of ${TEFCA_PURPOSES}`)
  }
  return value.map(codeOf)
}

function codeOf(purpose: string): string {
  return purpose.slice(purpose.indexOf('#') + 1)
}

function checkConsent(
  value: Members,
  codes: readonly string[],
  { consent }: UdapServerProfile,
): void {
  const { consent_policy: policy, consent_reference: reference } = value
  if (policy !== undefined && !(isTexts(policy) && policy.every(isUri))) {
    return invalid('hl7-b2b: "consent_policy" must be an array of URIs')
  }
  if (reference !== undefined) {
    if (policy === undefined) {
      return invalid('hl7-b2b: "consent_reference" only beside "consent_policy"')
    }
    if (!isTexts(reference) || !reference.every((one) => one.startsWith('https://'))) {
      return invalid('hl7-b2b: "consent_reference" must be an array of absolute URLs')
    }
  }
  if (codes.includes(consent.purpose) && policy?.includes(consent.policy) !== true) {
    const required = { consent_required: [consent.policy], consent_form: consent.form }
    throw new UdapRefusal(GRANT, 'this purpose needs the consent of the patient', {
      extensions: { 'hl7-b2b': required },
    })
  }
}
