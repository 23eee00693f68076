/** The rules of a software statement (SSRAA section 3.1). */
import { knownScopes } from '../assertion-rules.ts'
import { checkTimes, isText, isTexts, isUri, refuseAs, type ClaimRules } from './claims.ts'
import type { VerifiedJws } from './jws.ts'

const STATEMENT = 'invalid_software_statement'
const METADATA = 'invalid_client_metadata'

/** What a client asks to be registered with. */
export interface RequestedClient {
  /** The client URI. */
  readonly iss: string
  readonly name: string
  readonly contacts: readonly string[]
  /** Empty to cancel. */
  readonly grantTypes: readonly string[]
  /** What of the requested scope is given here. */
  readonly scopes: readonly string[]
  readonly jti: string
  readonly exp: number
}

/** Checks a statement whose signature and certificates are verified. */
export function checkSoftwareStatement(
  { claims, leaf }: VerifiedJws,
  rules: Omit<ClaimRules, 'error'>,
): RequestedClient {
  const invalid = refuseAs(STATEMENT)
  const { iss, sub } = claims
  if (!isUri(iss)) return invalid('"iss" must be a URI')
  if (!leaf.uris.includes(iss)) {
    return invalid('"iss" must be a URI among the alternative names of the leaf, byte for byte')
  }
  if (sub !== iss) return invalid('"sub" must be equal to "iss"')
  const times = checkTimes(claims, { ...rules, error: STATEMENT })
  return { iss, ...times, ...metadataOf(claims) }
}

function metadataOf(
  claims: VerifiedJws['claims'],
): Pick<RequestedClient, 'name' | 'contacts' | 'grantTypes' | 'scopes'> {
  const invalid = refuseAs(METADATA)
  const { client_name, contacts, grant_types, token_endpoint_auth_method, scope } = claims
  if (!isText(client_name)) return invalid('"client_name" must be a text')
  if (!isTexts(contacts) || !contacts.every(isUri)) {
    return invalid('"contacts" must be an array of URIs')
  }
  if (!contacts.some((contact) => contact.startsWith('mailto:'))) {
    return invalid('"contacts" must hold a mailto: address')
  }
  if (!isTexts(grant_types)) return invalid('"grant_types" must be an array of texts')
  if (token_endpoint_auth_method !== 'private_key_jwt') {
    return invalid('"token_endpoint_auth_method" must be private_key_jwt')
  }
  for (const member of ['redirect_uris', 'response_types', 'logo_uri', 'jwks', 'jwks_uri']) {
    if (claims[member] !== undefined) {
      return invalid(`"${member}" has no place in a registration for client_credentials`)
    }
  }
  const known = { name: client_name, contacts, grantTypes: grant_types }
  if (grant_types.length === 0) return { ...known, scopes: [] }
  if (grant_types.length > 1 || grant_types[0] !== 'client_credentials') {
    return invalid('"grant_types" must be ["client_credentials"], or [] to cancel')
  }
  return { ...known, scopes: scopesOf(scope) }
}

/** The scopes that are given here; there is no wildcard among those that UDAP metadata list. */
function scopesOf(scope: unknown): readonly string[] {
  const invalid = refuseAs(METADATA)
  if (!isText(scope)) return invalid('"scope" must be a text')
  const asked = scope.split(' ')
  if (asked.some((one) => /[/.]\*/.test(one))) return invalid('a wildcard scope is not on offer')
  const given = asked.filter((one) => udapScopes.includes(one))
  return given.length === 0 ? invalid('none of the scopes is on offer') : given
}

/** The scopes of the UDAP servers. */
export const udapScopes: readonly string[] = knownScopes.filter((scope) => !scope.includes('*'))
