/** Validation of one path ([RFC 5280, section 6.1](https://www.rfc-editor.org/rfc/rfc5280#section-6.1)), without signatures and revocation, which building and section 6.3 check. */
import type { X509Certificate } from './4.1-certificate.ts'
import { extendedKeyUsageFailure, profileFailure, type CertificateRole } from './4.2-profile.ts'
import { initialState, type PathInputs, type PathState } from './6.1.2-initialization.ts'
import { validityFailure } from './6.1.3.a-validity.ts'
import { nameConstraintsFailure } from './6.1.3.b-name-constraints.ts'
import { nextPolicies } from './6.1.3.d-policies.ts'
import { prepareNext } from './6.1.4-next.ts'
import { wrapUp } from './6.1.5-wrap-up.ts'
import { failure, type TrustFailure } from './failure.ts'

/** Why a path is refused: first the validity of each certificate, then the constraints from the anchor to the leaf. */
export function pathFailure(inputs: PathInputs): TrustFailure | undefined {
  const { anchor, certificates, at, extendedKeyUsage } = inputs
  const all = [anchor, ...certificates]
  const positionOf = (index: number): number => all.length - 1 - index
  for (const [index, certificate] of all.entries()) {
    const expired = validityFailure(certificate, at, positionOf(index))
    if (expired !== undefined) return expired
  }
  const unfit = profileFailure(anchor, 'anchor', all.length - 1)
  if (unfit !== undefined) return unfit
  const state = initialState(inputs)
  for (const [index, certificate] of certificates.entries()) {
    const position = certificates.length - 1 - index
    const refused = processed(certificate, state, position, inputs.role ?? 'leaf')
    if (refused !== undefined) return refused
  }
  const leaf = certificates.at(-1)
  const misused = leaf && extendedKeyUsageFailure(leaf, extendedKeyUsage)
  if (misused !== undefined) return misused
  return leaf && wrapUp(leaf, state, inputs.policy ?? {})
}

/** Section 6.1.3 for one certificate, and 6.1.4 where another one follows. */
function processed(
  certificate: X509Certificate,
  state: PathState,
  position: number,
  role: CertificateRole,
): TrustFailure | undefined {
  const isLeaf = position === 0
  const unfit = profileFailure(certificate, isLeaf ? role : 'intermediate', position)
  if (unfit !== undefined) return unfit
  const exempt = certificate.selfIssued && !isLeaf
  const misnamed = exempt
    ? undefined
    : nameConstraintsFailure(certificate, state.nameConstraints, position)
  if (misnamed !== undefined) return misnamed
  const mayBeAny = state.inhibitAnyPolicy > 0 || exempt
  state.policies = nextPolicies(state.policies, certificate.extensions.policies, mayBeAny)
  if (state.explicitPolicy === 0 && state.policies === undefined) {
    const text = 'the path needs a certificate policy, and none holds down to it'
    return failure('constraints', 'policy-required', text, position)
  }
  return isLeaf ? undefined : prepareNext(certificate, state, position)
}
