import type { VerifiedMetadata } from '../udap-facts.ts'

/** Throws `TypeError` for a wildcard scope that the server does not list ([SSRAA, section 3](https://hl7.org/fhir/us/udap-security/STU2/registration.html)). */
export function requireListedWildcards(
  scope: string,
  { scopesSupported = [] }: VerifiedMetadata,
): void {
  const listed = new Set(scopesSupported)
  const missing = scope.split(' ').filter((one) => one.includes('*') && !listed.has(one))
  if (missing.length > 0) {
    throw new TypeError('"scope" holds a wildcard that the server does not list')
  }
}
