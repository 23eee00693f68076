/** Certificate policies and their mappings ([RFC 5280, sections 4.2.1.4 and 4.2.1.5](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.4)). */
import { DerError, tags, type DerElement } from '../../signers/der.ts'
import { DerFields, oidOf } from './der-values.ts'

/** `anyPolicy`, 2.5.29.32.0. */
export const ANY_POLICY = '551d2000'
const MAX_POLICIES = 100

/** Two policies that one issuer takes for the same. */
export interface PolicyMapping {
  readonly issuer: string
  readonly subject: string
}

/** Identifiers of the policies; qualifiers are for people and not read. */
export function policiesOf(value: DerElement): string[] {
  const policies = entriesOf(value).map((entry) => {
    const fields = new DerFields(entry, tags.sequence)
    const policy = oidOf(fields.any())
    fields.optional(tags.sequence)
    fields.end()
    return policy
  })
  if (new Set(policies).size < policies.length) throw new DerError('a policy twice')
  return policies
}

/** The pairs of a policyMappings extension. */
export function policyMappingsOf(value: DerElement): PolicyMapping[] {
  return entriesOf(value).map((entry) => {
    const fields = new DerFields(entry, tags.sequence)
    const mapping = { issuer: oidOf(fields.any()), subject: oidOf(fields.any()) }
    fields.end()
    return mapping
  })
}

function entriesOf(value: DerElement): DerElement[] {
  return new DerFields(value, tags.sequence).some(tags.sequence, MAX_POLICIES)
}
