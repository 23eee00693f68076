/** Certifications beside a software statement (SSRAA section 7.4; TEFCA's basic app certification). */
import type { TrustStore } from '../../udap/trust-store.ts'
import { isNumber, isText, isTexts, isUri, refuseAs } from './claims.ts'
import { verifyJws, type Members } from './jws.ts'
import { TEFCA_CERTIFICATION, type UdapServerProfile } from './profiles.ts'

const INVALID = 'invalid_certification'
const UNAPPROVED = 'unapproved_certification'
const THREE_YEARS = 3 * 366 * 24 * 60 * 60

/** What the certifications of a client say. */
export interface Certified {
  /** Those that were accepted, as they came; unknown ones are ignored. */
  readonly accepted: readonly string[]
  /** TEFCA: the one purpose of this client. */
  readonly purpose?: string | undefined
  /** TEFCA: `urn:oid:` of the home community. */
  readonly homeCommunityId?: string | undefined
}

/** Checks each certification, and that the required ones are there. */
export async function checkCertifications(
  certifications: readonly string[],
  clientUri: string,
  profile: UdapServerProfile,
  { trust, now, audience }: { trust: TrustStore; now: number; audience: string },
): Promise<Certified> {
  const errors = { malformed: INVALID, signature: INVALID, untrusted: UNAPPROVED }
  const required = new Set(profile.requiredCertifications)
  let certified: Certified = { accepted: [] }
  for (const jws of certifications) {
    const { claims, leaf } = await verifyJws(jws, profile.community, trust, errors)
    const signer = { uris: leaf.uris, notAfter: leaf.notAfter / 1000 }
    const uris = checkClaims(claims, signer, { clientUri, now: now / 1000, audience })
    const known = uris.filter((uri) => profile.requiredCertifications.includes(uri))
    if (known.length === 0) continue
    for (const uri of known) required.delete(uri)
    const tefca = known.includes(TEFCA_CERTIFICATION) ? tefcaMembers(claims, clientUri) : {}
    certified = { ...certified, ...tefca, accepted: [...certified.accepted, jws] }
  }
  const [missing] = required
  return missing === undefined
    ? certified
    : refuseAs(UNAPPROVED)(`the certification ${missing} is required here`)
}

function checkClaims(
  claims: Members,
  signer: { readonly uris: readonly string[]; readonly notAfter: number },
  { clientUri, now, audience }: { clientUri: string; now: number; audience: string },
): readonly string[] {
  const invalid = refuseAs(INVALID)
  const { iss, sub, aud, iat, exp, jti, certification_name: name, grant_types } = claims
  const uris = claims.certification_uris
  if (!isUri(iss) || !signer.uris.includes(iss)) {
    return invalid('"iss" must be a URI among the alternative names of its leaf')
  }
  if (sub !== clientUri) return invalid('"sub" must be the client URI of the software statement')
  if (aud !== undefined && aud !== audience) return invalid(`"aud" must be ${audience}, or absent`)
  if (!isNumber(iat) || !isNumber(exp)) return invalid('"iat" and "exp" must be numbers')
  if (iat > now || exp <= now) return invalid('it is not valid now')
  if (exp - iat > THREE_YEARS) return invalid('it lives longer than three years')
  if (exp > signer.notAfter) return invalid('it outlives the certificate of its signer')
  if (!isText(jti)) return invalid('"jti" must be a text')
  if (!isText(name)) return invalid('"certification_name" must be a text')
  if (!isTexts(uris) || uris.length === 0 || !uris.every(isUri)) {
    return invalid('"certification_uris" must be an array of URIs')
  }
  if (!isTexts(grant_types) || grant_types.join() !== 'client_credentials') {
    return invalid('"grant_types" must be ["client_credentials"]')
  }
  return uris
}

function tefcaMembers(
  { certification_name: name, certification_uris: uris, ...claims }: Members,
  clientUri: string,
): Pick<Certified, 'purpose' | 'homeCommunityId'> {
  const invalid = refuseAs(INVALID)
  const { exchange_purposes: purposes, home_community_id: homeCommunityId } = claims
  if (name !== 'TEFCA Basic App Certification') {
    return invalid('"certification_name" must be TEFCA Basic App Certification')
  }
  if (!isTexts(uris) || uris.length !== 1) return invalid('"certification_uris" must hold one')
  const [purpose, ...more] = isTexts(purposes) ? purposes : []
  if (purpose === undefined || more.length > 0) {
    return invalid('"exchange_purposes" must hold exactly one purpose')
  }
  if (!clientUri.endsWith(`#${purpose}`)) {
    return invalid(`the client URI must end in #${purpose}, the purpose of this client`)
  }
  if (!isUri(homeCommunityId)) return invalid('"home_community_id" must be a URI')
  return { purpose, homeCommunityId }
}
