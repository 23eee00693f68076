/** Preparation for the next certificate ([RFC 5280, section 6.1.4](https://www.rfc-editor.org/rfc/rfc5280#section-6.1.4)). */
import type { X509Certificate } from './4.1-certificate.ts'
import { ANY_POLICY } from './4.2.1.4-policies.ts'
import type { PathState } from './6.1.2-initialization.ts'
import { mappedPolicies } from './6.1.3.d-policies.ts'
import { failure, type TrustFailure } from './failure.ts'

/** Steps (a) to (m); (k), (n) and (o) are in `4.2-profile.ts`. */
export function prepareNext(
  { extensions, selfIssued }: X509Certificate,
  state: PathState,
  position: number,
): TrustFailure | undefined {
  const { policyMappings, nameConstraints, basicConstraints, policyConstraints } = extensions
  if (policyMappings !== undefined) {
    const ofAny = policyMappings.some(
      ({ issuer, subject }) => issuer === ANY_POLICY || subject === ANY_POLICY,
    )
    if (ofAny) {
      const text = 'it maps a policy to any policy'
      return failure('constraints', 'policy-mapping-invalid', text, position)
    }
    state.policies = mappedPolicies(state.policies, policyMappings, state.policyMapping > 0)
  }
  if (nameConstraints !== undefined) state.nameConstraints.push(nameConstraints)
  if (!selfIssued) {
    state.explicitPolicy = Math.max(0, state.explicitPolicy - 1)
    state.policyMapping = Math.max(0, state.policyMapping - 1)
    state.inhibitAnyPolicy = Math.max(0, state.inhibitAnyPolicy - 1)
  }
  const { requireExplicit = Infinity, inhibitMapping = Infinity } = policyConstraints ?? {}
  state.explicitPolicy = Math.min(state.explicitPolicy, requireExplicit)
  state.policyMapping = Math.min(state.policyMapping, inhibitMapping)
  state.inhibitAnyPolicy = Math.min(state.inhibitAnyPolicy, extensions.inhibitAnyPolicy ?? Infinity)
  if (!selfIssued) {
    if (state.maxPathLength === 0) {
      const text = 'more authorities follow than an authority above permits'
      return failure('constraints', 'path-too-long', text, position)
    }
    state.maxPathLength -= 1
  }
  state.maxPathLength = Math.min(state.maxPathLength, basicConstraints?.pathLength ?? Infinity)
  return undefined
}
