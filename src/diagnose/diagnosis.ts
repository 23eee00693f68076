/** The result of a diagnosis, and its text. */
import { findings, type Curer, type FindingId } from './findings.ts'

/** The steps, in the order in which a patient's record is reached. */
export const diagnosisSteps = {
  key: 'Private key',
  certificate: 'Certificate of the key',
  chain: 'Order of the certificates',
  validity: 'Validity of the certificates',
  names: 'Client id in the certificate',
  signature: 'Signature',
  jwks: 'Published JWK set',
  directory: 'Directory and API key',
  endpoint: 'FHIR endpoint',
  metadata: 'FHIR base and metadata',
  udap: 'UDAP metadata',
  'token-endpoint': 'Token endpoint',
  clock: 'Clock',
  assertion: 'Client assertion',
  token: 'Access token',
  scope: 'Scope',
  read: 'Patient read',
} as const

/** Names a step; stable, for programs. */
export type DiagnosisStepId = keyof typeof diagnosisSteps

/** One step of a diagnosis. */
export interface DiagnosisStep {
  readonly id: DiagnosisStepId
  /** For people. */
  readonly title: string
  readonly state: 'passed' | 'failed' | 'not reached'
  /** Where it failed: what is wrong, with its cure, in one line. */
  readonly summary?: string | undefined
  /** Where it failed. */
  readonly finding?: FindingId | undefined
  readonly cure?: string | undefined
  /** Who can cure it. */
  readonly who?: Curer | undefined
  /** What was seen, or why the step was not reached. Never a secret, an assertion or a patient value. */
  readonly evidence: readonly string[]
}

/** The outcome of a diagnosis. */
export interface Diagnosis {
  /** True where no step failed and a token was issued, or the server is open and needs none. */
  readonly ok: boolean
  /** One for each step, in order. */
  readonly steps: readonly DiagnosisStep[]
  /** The first that failed: what to cure first. */
  readonly first?: DiagnosisStep | undefined
  /** One line a step, the evidence indented below it. */
  toString(): string
}

/** The result of a step. */
export type Outcome<T = unknown> =
  | { readonly passed: readonly string[]; readonly value: T }
  | { readonly finding: FindingId; readonly evidence: readonly string[]; readonly who?: Curer }
  | { readonly notReached: string }

/** A step that passed. */
export function passed<T>(value: T, ...evidence: readonly string[]): Outcome<T> {
  return { passed: evidence, value }
}

/** A step that failed. */
export function failed(finding: FindingId, ...evidence: readonly string[]): Outcome<never> {
  return { finding, evidence }
}

/** A step that could not run because of another. */
export function notReached(why: string): Outcome<never> {
  return { notReached: why }
}

/** Collects the steps of one diagnosis. */
export class Report {
  readonly #steps = new Map<DiagnosisStepId, DiagnosisStep>()

  /**
   * Records a step, and returns its value if it passed. `server`: who operates what it was about.
   */
  add<T>(id: DiagnosisStepId, outcome: Outcome<T>, server: Curer = 'responder'): T | undefined {
    const title = diagnosisSteps[id]
    if ('passed' in outcome) {
      this.#steps.set(id, { id, title, state: 'passed', evidence: outcome.passed })
      return outcome.value
    }
    if ('notReached' in outcome) {
      this.#steps.set(id, { id, title, state: 'not reached', evidence: [outcome.notReached] })
      return undefined
    }
    const { finding, evidence } = outcome
    const [what, cure, who] = findings[finding]
    this.#steps.set(id, {
      ...{ id, title, state: 'failed', summary: `${what}. ${cure}.`, finding },
      ...{ cure: `${cure}.`, who: outcome.who ?? (who === 'server' ? server : who), evidence },
    })
    return undefined
  }

  /** Whether a step was recorded. */
  has(id: DiagnosisStepId): boolean {
    return this.#steps.has(id)
  }

  /** The diagnosis; steps that were not recorded were not reached. `isOpen`: the server needs no token. */
  read({ isOpen }: { readonly isOpen: boolean }): Diagnosis {
    for (const id of ids) if (!this.has(id)) this.add(id, notReached(this.#whyNotReached(id)))
    const steps = ids.flatMap((id) => this.#steps.get(id) ?? [])
    const first = steps.find(({ state }) => state === 'failed')
    const isAuthorized = isOpen || this.#steps.get('token')?.state === 'passed'
    return {
      ok: first === undefined && isAuthorized,
      steps,
      ...(first === undefined ? {} : { first }),
      toString: () => steps.map(stepText).join('\n'),
    }
  }

  /** The nearest of the steps that it needs which did not pass, or that one's own reason. */
  #whyNotReached(id: DiagnosisStepId): string {
    const needed = NEEDS[id]
    if (needed === undefined) return 'an earlier step failed'
    const step = this.#steps.get(needed)
    if (step === undefined || step.state === 'passed') return this.#whyNotReached(needed)
    return step.state === 'failed'
      ? `an earlier step failed: ${step.title}`
      : (step.evidence[0] ?? 'an earlier step was not reached')
  }
}

/** The step without which a step is not reached. */
const NEEDS: Readonly<Partial<Record<DiagnosisStepId, DiagnosisStepId>>> = {
  certificate: 'key',
  chain: 'certificate',
  validity: 'certificate',
  names: 'certificate',
  signature: 'chain',
  jwks: 'signature',
  endpoint: 'directory',
  metadata: 'endpoint',
  udap: 'metadata',
  'token-endpoint': 'metadata',
  assertion: 'token-endpoint',
  token: 'assertion',
  scope: 'token',
  read: 'token',
}

const ids = Object.keys(diagnosisSteps) as DiagnosisStepId[]

function stepText({ title, state, summary, who, evidence }: DiagnosisStep): string {
  const head = summary === undefined ? title : `${title}: ${summary} (${who ?? 'you'})`
  return [
    `${state.padEnd(11)} ${head}`,
    ...evidence.map((line) => `${' '.repeat(12)}${line}`),
  ].join('\n')
}
