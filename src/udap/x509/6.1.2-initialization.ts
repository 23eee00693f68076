/** Inputs and initial state of path validation ([RFC 5280, sections 6.1.1 and 6.1.2](https://www.rfc-editor.org/rfc/rfc5280#section-6.1.1)). */
import type { X509Certificate } from './4.1-certificate.ts'
import type { CertificateRole } from './4.2-profile.ts'
import type { NameConstraints } from './4.2-extensions.ts'
import { initialPolicies, type PolicyLevel } from './6.1.3.d-policies.ts'

/** What policies the path must be good for; by default any, and none is needed. */
export interface PolicyInputs {
  /** Identifiers as hexadecimal; undefined for any. */
  readonly initialPolicySet?: readonly string[] | undefined
  readonly explicitPolicy?: boolean | undefined
  readonly inhibitMapping?: boolean | undefined
  readonly inhibitAnyPolicy?: boolean | undefined
}

/** A path that is to be validated. */
export interface PathInputs {
  readonly anchor: X509Certificate
  /** From the certificate that the anchor issued to the leaf. */
  readonly certificates: readonly X509Certificate[]
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly policy?: PolicyInputs | undefined
  /** What the last certificate is used for. Default `leaf`. */
  readonly role?: CertificateRole | undefined
  /** Identifier of the extended key usage that a leaf must have if it names any, as hexadecimal. Default: that of clients or servers. */
  readonly extendedKeyUsage?: string | undefined
}

/** The variables of section 6.1.2 that change from certificate to certificate. */
export interface PathState {
  /** Each certificate's own constraints: a name must satisfy all of them. */
  readonly nameConstraints: NameConstraints[]
  policies: PolicyLevel | undefined
  explicitPolicy: number
  inhibitAnyPolicy: number
  policyMapping: number
  maxPathLength: number
}

/** The state before the first certificate. The anchor's own constraints hold, as section 6.1.1 (d) allows. */
export function initialState({ anchor, certificates, policy = {} }: PathInputs): PathState {
  const never = certificates.length + 1
  const { nameConstraints, basicConstraints } = anchor.extensions
  return {
    nameConstraints: nameConstraints === undefined ? [] : [nameConstraints],
    policies: initialPolicies(),
    explicitPolicy: policy.explicitPolicy === true ? 0 : never,
    inhibitAnyPolicy: policy.inhibitAnyPolicy === true ? 0 : never,
    policyMapping: policy.inhibitMapping === true ? 0 : never,
    maxPathLength: basicConstraints?.pathLength ?? never,
  }
}
