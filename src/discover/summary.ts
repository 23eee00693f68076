import type {
  CancelReason,
  Disclosure,
  DiscoverTarget,
  OutcomeData,
  OutcomeKind,
  SkipReason,
} from './outcome.ts'

/** Milliseconds: half, 95 and 99 of 100 took no longer. */
export interface Percentiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** A target without an answer, and why. */
export interface Unanswered {
  readonly target: DiscoverTarget
  readonly kind: OutcomeKind
  /** With `skipped` and `cancelled`. */
  readonly reason?: SkipReason | CancelReason | undefined
  /** The error's code, where there is one. */
  readonly code?: string | undefined
}

/** Who received what of the patient. */
export interface Disclosed extends Disclosure {
  readonly target: DiscoverTarget
}

/** What a run came to; complete whatever happened. */
export interface DiscoverSummary {
  readonly targets: number
  readonly counts: Readonly<Record<OutcomeKind, number>>
  /** Every target that is no duplicate has answered: there, somewhere else nobody was looked for. */
  readonly complete: boolean
  readonly unanswered: readonly Unanswered[]
  /** For the accounting of disclosures, in the order in which they were made. */
  readonly disclosed: readonly Disclosed[]
  /** HTTP requests, those for tokens and metadata and retries included. */
  readonly requests: number
  /** Second requests because the first was slow. */
  readonly hedges: number
  /** When it began, in milliseconds since the epoch. */
  readonly startedAt: number
  /** Milliseconds from its begin to its last outcome. */
  readonly tookMs: number
  /** Of the targets that were asked; undefined where none was. */
  readonly timing?: {
    readonly queuedMs: Percentiles
    readonly tokenMs: Percentiles
    readonly requestMs: Percentiles
  }
}

const ANSWERED: readonly OutcomeKind[] = ['matched', 'candidates', 'no-match', 'refused']

/** Whether the responder said something about the patient, a refusal included. */
export function isAnswered(kind: OutcomeKind): boolean {
  return ANSWERED.includes(kind)
}

/** Adds up the outcomes of a run as they come. */
export class SummaryBuilder {
  readonly #counts: Record<OutcomeKind, number> = {
    matched: 0,
    candidates: 0,
    'no-match': 0,
    refused: 0,
    unauthorized: 0,
    unsupported: 0,
    invalid: 0,
    untrusted: 0,
    unreachable: 0,
    timeout: 0,
    overloaded: 0,
    withheld: 0,
    skipped: 0,
    cancelled: 0,
  }
  readonly #unanswered: Unanswered[] = []
  readonly #disclosed: Disclosed[] = []
  readonly #times: readonly [number[], number[], number[]] = [[], [], []]
  #targets = 0
  #requests = 0
  #hedges = 0

  get counts(): Readonly<Record<OutcomeKind, number>> {
    return this.#counts
  }

  add(outcome: OutcomeData): void {
    const { kind, target, attempts, disclosures } = outcome
    this.#targets += 1
    this.#counts[kind] += 1
    this.#requests += attempts
    if (outcome.hedged) this.#hedges += 1
    for (const disclosure of disclosures) this.#disclosed.push({ target, ...disclosure })
    const [queued, token, request] = this.#times
    if (attempts > 0) {
      queued.push(outcome.queuedMs)
      token.push(outcome.tokenMs)
      request.push(outcome.requestMs)
    }
    const reason = 'reason' in outcome ? outcome.reason : undefined
    if (isAnswered(kind) || reason === 'duplicate') return
    const code = 'error' in outcome ? outcome.error?.code : undefined
    this.#unanswered.push({ target, kind, reason, code })
  }

  summary(startedAt: number, tookMs: number): DiscoverSummary {
    const [queuedMs, tokenMs, requestMs] = this.#times.map(percentiles)
    const hasTimes = queuedMs !== undefined && tokenMs !== undefined && requestMs !== undefined
    return {
      targets: this.#targets,
      counts: this.#counts,
      complete: this.#unanswered.length === 0,
      unanswered: this.#unanswered,
      disclosed: this.#disclosed.sort((a, b) => a.at - b.at),
      requests: this.#requests,
      hedges: this.#hedges,
      startedAt,
      tookMs,
      ...(hasTimes ? { timing: { queuedMs, tokenMs, requestMs } } : {}),
    }
  }
}

function percentiles(values: readonly number[]): Percentiles | undefined {
  if (values.length === 0) return undefined
  const sorted = Float64Array.from(values).sort()
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? 0
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}
