/** Names lie inside the permitted subtrees and outside the excluded ones ([RFC 5280, sections 6.1.3 (b), (c) and 4.2.1.10](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10)). */
import type { X509Certificate } from './4.1-certificate.ts'
import type { NameConstraints } from './4.2-extensions.ts'
import type { GeneralName } from './4.2.1.6-general-names.ts'
import { isInSubtree } from './7.1-names.ts'
import { failure, type TrustFailure } from './failure.ts'
import { dnsMatches, emailMatches, ipMatches, uriMatches, type Match } from './name-forms.ts'

/** Comparisons for one certificate; real ones need some hundreds. */
const MAX_COMPARISONS = 100_000

/** Why the names of a certificate are refused. */
export function nameConstraintsFailure(
  certificate: X509Certificate,
  constraints: readonly NameConstraints[],
  position: number,
): TrustFailure | undefined {
  if (constraints.length === 0) return undefined
  const names = namesOf(certificate)
  const refuse = (reason: string, text: string): TrustFailure =>
    failure('constraints', reason, text, position)
  const subtrees = constraints.reduce(
    (sum, { permitted, excluded }) => sum + permitted.length + excluded.length,
    0,
  )
  if (names.length * subtrees > MAX_COMPARISONS) {
    return refuse('name-constraints-too-many', 'its names and their constraints are too many')
  }
  for (const { permitted, excluded } of constraints) {
    for (const name of names) {
      const sameForm = permitted.filter((subtree) => isSameForm(subtree, name))
      const results = sameForm.map((subtree) => matches(name, subtree, 'permitted'))
      if (results.includes('invalid')) return refuse('name-invalid', INVALID)
      if (results.length > 0 && !results.includes('inside')) {
        return refuse('name-not-permitted', 'one of its names is outside the permitted subtrees')
      }
      for (const subtree of excluded) {
        if (!isSameForm(subtree, name)) continue
        const result = matches(name, subtree, 'excluded')
        if (result === 'invalid') return refuse('name-invalid', INVALID)
        if (result === 'inside') {
          return refuse('name-excluded', 'one of its names is in an excluded subtree')
        }
      }
    }
  }
  return undefined
}

const INVALID = 'a name, or a constraint on names, cannot be compared'

/** Subject, alternative names, and the subject's e-mail addresses where no alternative name holds one. */
function namesOf({ subject, extensions }: X509Certificate): readonly GeneralName[] {
  const alternative = extensions.alternativeNames ?? []
  const names: GeneralName[] = [...alternative]
  if (subject.parts.length > 0) names.push({ form: 'directory', value: subject })
  if (!alternative.some(({ form }) => form === 'email')) {
    for (const value of subject.emails) names.push({ form: 'email', value })
  }
  return names
}

function isSameForm(one: GeneralName, other: GeneralName): boolean {
  return one.form === 'other'
    ? other.form === 'other' && one.value === other.value
    : one.form === other.form
}

function matches(name: GeneralName, subtree: GeneralName, list: 'permitted' | 'excluded'): Match {
  if (name.form === 'directory' && subtree.form === 'directory') {
    return isInSubtree(name.value, subtree.value) ? 'inside' : 'outside'
  }
  if (name.form === 'dns' && subtree.form === 'dns')
    return dnsMatches(name.value, subtree.value, list)
  if (name.form === 'email' && subtree.form === 'email')
    return emailMatches(name.value, subtree.value)
  if (name.form === 'uri' && subtree.form === 'uri') return uriMatches(name.value, subtree.value)
  if (name.form === 'ip' && subtree.form === 'ip') return ipMatches(name.value, subtree.value)
  return 'invalid' // a form that is constrained and not understood
}
