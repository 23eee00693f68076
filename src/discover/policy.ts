import {
  requireBoolean,
  requireFunction,
  requireOneOf,
  requirePositive,
  requireWhole,
} from '../lib/arguments.ts'
import { LONGEST_TIMER_MS } from '../lib/deadline.ts'
import { ownOptions } from '../lib/own.ts'
import type { DiscoverTarget } from './outcome.ts'
import type { DisclosureMode } from './question.ts'

/** How a run asks. */
export interface DiscoverPolicy {
  /**
   * `minimal`: name, birth date and sex. `two-step`: the same first, and address, phone and
   * identifiers only to those that answer with candidates. `full`: all at once. Default `two-step`;
   * `full` with a UDAP identity of profile `tefca`.
   */
  disclosure?: DisclosureMode | undefined
  /** Asks `$match` for one certain match or none. Default false. */
  onlyCertainMatches?: boolean | undefined
  /**
   * Sends a question once more where it is slower than nearly all before it, and at least 1 s; at
   * most one for twenty questions. The responder sees both. Default false.
   */
  hedge?: boolean | undefined
  /** Targets that are asked at once. Default 64; at one origin never more than 4. */
  concurrency?: number | undefined
  /** Milliseconds for one target: discovery, token, retries and bodies; as long before that to locate it. Default 10,000. */
  targetTimeoutMs?: number | undefined
  /** Responders that are asked at most, the first of the targets; the others are skipped, `budget`. All are then located first. Default: all. */
  maxResponders?: number | undefined
  /** Your own word on a target before anything is sent to it; only `true` permits, and otherwise it is skipped, `policy`. */
  allow?: ((target: DiscoverTarget) => boolean) | undefined
}

/** A policy without gaps. */
export interface Policy {
  readonly disclosure: DisclosureMode
  readonly onlyCertainMatches: boolean
  readonly hedge: boolean
  readonly concurrency: number
  readonly targetTimeoutMs: number
  readonly maxResponders: number
  readonly allow: (target: DiscoverTarget) => boolean
}

/** Throws `TypeError` for a wrong member. */
export function policyOf(given: DiscoverPolicy | undefined, usual: DisclosureMode): Policy {
  const policy = ownOptions(given ?? {}, 'policy')
  const modes = ['minimal', 'two-step', 'full'] as const
  requireBoolean(policy.onlyCertainMatches, 'policy.onlyCertainMatches')
  requireBoolean(policy.hedge, 'policy.hedge')
  requireFunction(policy.allow, 'policy.allow')
  const timeoutMs = requirePositive(policy.targetTimeoutMs, 'policy.targetTimeoutMs') ?? 10_000
  return {
    disclosure:
      requireOneOf<DisclosureMode>(policy.disclosure, modes, 'policy.disclosure') ?? usual,
    onlyCertainMatches: policy.onlyCertainMatches ?? false,
    hedge: policy.hedge ?? false,
    concurrency: requireWhole(policy.concurrency, 'policy.concurrency') ?? 64,
    targetTimeoutMs: Math.min(timeoutMs, LONGEST_TIMER_MS),
    maxResponders: requireWhole(policy.maxResponders, 'policy.maxResponders') ?? Infinity,
    allow: policy.allow ?? (() => true),
  }
}
