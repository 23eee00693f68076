/** Why a chain or a signed document is refused. */

/** The steps of verification, in their order; each failure names the one it was found in. */
export const trustSteps = [
  'jws',
  'alg',
  'x5c',
  'path',
  'validity',
  'constraints',
  'revocation',
  'san',
  'base',
  'claims',
  'times',
  'endpoints',
] as const

/** A step of verification. */
export type TrustStep = (typeof trustSteps)[number]

/** One reason to refuse, with where it was found. */
export interface TrustFailure {
  readonly step: TrustStep
  /** Stable, for programs: for example `certificate-expired`. */
  readonly reason: string
  /** For people; holds no byte that a stranger chose. */
  readonly text: string
  /** Which certificate of the path, 0 for the leaf; undefined where the failure is no certificate's. */
  readonly position?: number | undefined
}

/** A failure of one step. */
export function failure(
  step: TrustStep,
  reason: string,
  text: string,
  position?: number,
): TrustFailure {
  return position === undefined ? { step, reason, text } : { step, reason, text, position }
}

/** True where a function gave a failure in place of its result. */
export function isFailure(value: object): value is TrustFailure {
  return 'step' in value && 'reason' in value && 'text' in value
}
