/** The lists of UDAP metadata ([SSRAA, section 2.2](https://hl7.org/fhir/us/udap-security/STU2/discovery.html#required-udap-metadata)). */
import type { VerifiedMetadata } from '../udap-facts.ts'

type Lists = Pick<
  VerifiedMetadata,
  | 'versionsSupported'
  | 'profilesSupported'
  | 'extensionsSupported'
  | 'extensionsRequired'
  | 'certificationsSupported'
  | 'certificationsRequired'
  | 'grantTypesSupported'
  | 'scopesSupported'
  | 'tokenAlgorithms'
  | 'registrationAlgorithms'
>
/** No real list comes near; longer ones are cut there. */
const MOST_ITEMS = 2_000

/** An empty list means "none"; a missing list, or something else, means nothing. */
export function listsOf(document: Readonly<Record<string, unknown>>): Lists {
  const list = (name: string): readonly string[] | undefined => textsOf(document[name])
  return {
    versionsSupported: list('udap_versions_supported'),
    profilesSupported: list('udap_profiles_supported'),
    extensionsSupported: list('udap_authorization_extensions_supported'),
    extensionsRequired: list('udap_authorization_extensions_required'),
    certificationsSupported: list('udap_certifications_supported'),
    certificationsRequired: list('udap_certifications_required'),
    grantTypesSupported: list('grant_types_supported'),
    scopesSupported: list('scopes_supported'),
    tokenAlgorithms: list('token_endpoint_auth_signing_alg_values_supported'),
    registrationAlgorithms: list('registration_endpoint_jwt_signing_alg_values_supported'),
  }
}

function textsOf(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined
  const items: readonly unknown[] = value.slice(0, MOST_ITEMS)
  return items.filter((item) => typeof item === 'string')
}
