/**
 * The types of `client.discover` and `client.plan`: outcomes, plans, summaries, policies.
 *
 * @module carequality-fhir/discover
 */
export type {
  Agreement,
  CancelReason,
  Cancelled,
  Candidates,
  ComparedElement,
  Disclosure,
  DiscoverTarget,
  Failed,
  FoundPatient,
  Matched,
  NoMatch,
  OutcomeData,
  OutcomeError,
  OutcomeFacts,
  OutcomeKind,
  Refused,
  Skipped,
  SkipReason,
} from './outcome.ts'
export type {
  DiscoverPlan,
  PlannedOrigin,
  PlannedRequests,
  PlannedSkip,
  PlannedTarget,
} from './plan.ts'
export type { DiscoverPolicy } from './policy.ts'
export type { DisclosureMode } from './question.ts'
export type { DiscoverRun } from './run.ts'
export type { Disclosed, DiscoverSummary, Percentiles, Unanswered } from './summary.ts'
export type { BaseUrlTarget, TargetInput } from './targets.ts'
