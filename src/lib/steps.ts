/** One step towards a decision, in words. */
export interface Step {
  readonly what: string
  readonly why?: string
}

/** A step as one line. */
export function describeStep({ what, why }: Step): string {
  return why === undefined ? what : `${what}, because ${why}`
}
