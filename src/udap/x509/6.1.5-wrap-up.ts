/** The end of the path ([RFC 5280, section 6.1.5](https://www.rfc-editor.org/rfc/rfc5280#section-6.1.5)). */
import type { X509Certificate } from './4.1-certificate.ts'
import type { PathState, PolicyInputs } from './6.1.2-initialization.ts'
import { holdsOneOf } from './6.1.3.d-policies.ts'
import { failure, type TrustFailure } from './failure.ts'

/** Steps (a), (b) and (g). */
export function wrapUp(
  { extensions }: X509Certificate,
  state: PathState,
  { initialPolicySet }: PolicyInputs,
): TrustFailure | undefined {
  const required = extensions.policyConstraints?.requireExplicit === 0
  const explicitPolicy = required ? 0 : Math.max(0, state.explicitPolicy - 1)
  if (explicitPolicy > 0 || holdsOneOf(state.policies, initialPolicySet)) return undefined
  const text = 'the path needs a certificate policy, and none holds along all of it'
  return failure('constraints', 'policy-required', text, 0)
}
