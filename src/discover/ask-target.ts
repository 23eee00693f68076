import { parseUrl } from '../http/policies/parse-url.ts'
import type { AuthorizationContext } from '../auth/identity.ts'
import { isCarequalityError } from '../errors.ts'
import type { HttpClient } from '../http/client.ts'
import type { AttachedOptions } from '../http/call.ts'
import type { AskControl, AskedTarget, ConnectedTarget } from './asked-target.ts'
import { failureOf, kindByStatus, shownError } from './failure.ts'
import { TargetGate } from './gate.ts'
import { Interview } from './interview.ts'
import type { Limits } from './limits.ts'
import type { Cancelled, Disclosure, OutcomeData } from './outcome.ts'
import type { Question } from './question.ts'
import type { ServerMemory } from './server-memory.ts'

/** What the work of a target is done with; of this process, and the same for all targets. */
export interface AskParts {
  readonly http: HttpClient
  readonly limits: Limits
  readonly memory: ServerMemory
  /** Finds out what the server publishes, unless it is known; asks for no token. */
  connect(
    target: AskedTarget,
    context: AuthorizationContext,
    options: AttachedOptions,
  ): Promise<ConnectedTarget>
}

/**
 * The work of one target. What it gives depends on its arguments and on what the server says, and on
 * nothing else; it never rejects.
 */
export function askTarget(
  target: AskedTarget,
  question: Question,
  context: AuthorizationContext,
  parts: AskParts,
  control: AskControl,
): Promise<OutcomeData> {
  const party = { origin: parseUrl(target.baseUrl)?.origin, organization: target.oid }
  return parts.http.watch(
    'discover.target',
    control.runId,
    () => ask(target, question, context, parts, control),
    (outcome) => ({ ...party, outcome: outcome?.kind, errorType: codeOf(outcome) }),
  )
}

/** What stands in for an answer is no error of the run, but the span of its target shows it. */
function codeOf(outcome: OutcomeData | undefined): string | undefined {
  return outcome !== undefined && 'error' in outcome ? outcome.error?.code : undefined
}

async function ask(
  target: AskedTarget,
  question: Question,
  context: AuthorizationContext,
  parts: AskParts,
  control: AskControl,
): Promise<OutcomeData> {
  const { http, limits, memory } = parts
  const began = performance.now()
  const endsAt = began + control.timeoutMs
  const gate = new TargetGate(limits, http.now, endsAt, (ms) => memory.took(target.baseUrl, ms))
  const disclosures: Disclosure[] = []
  let isHedged = false
  const interview = new Interview({
    ...{ target, question, memory, http, gate, disclosures, endsAt, control },
    onHedge: () => (isHedged = true),
  })
  const answer = await interview
    .run((options) => parts.connect(target, context, options))
    .catch((error: unknown) =>
      unanswered(error, target, gate, disclosures.length > 0, parts, control),
    )
  const took = performance.now() - began
  const { id, position, oid, name, baseUrl, aliases } = target
  return {
    target: { id, position, oid, name, baseUrl },
    // More may be located while it is asked, and an outcome that was given out does not change.
    aliases: [...aliases],
    ...answer,
    startedAt: gate.startedAt,
    queuedMs: control.queuedMs + gate.waitedMs,
    tokenMs: gate.tokenMs,
    requestMs: Math.max(0, took - gate.waitedMs - gate.tokenMs),
    attempts: gate.attempts,
    hedged: isHedged,
    disclosures,
  }
}

type Unanswered = ReturnType<typeof failureOf> | Pick<Cancelled, 'kind' | 'reason'>

function unanswered(
  error: unknown,
  { oid, baseUrl, servedBy }: AskedTarget,
  gate: TargetGate,
  wasAsked: boolean,
  { http }: AskParts,
  { signal, cancelReason }: AskControl,
): Unanswered {
  if (signal.aborted) return { kind: 'cancelled', reason: cancelReason() }
  if (gate.isLost) return { kind: 'cancelled', reason: 'store-lost' }
  if (http.closed) return { kind: 'cancelled', reason: 'closed' }
  const isBlocked = http.blocklist.blocks([parseUrl(baseUrl)?.origin, oid, servedBy?.oid])
  // The breaker opened while this target was tried again: its own failure says more.
  const before = gate.lastFailure
  if (isCarequalityError(error) && error.code === 'ERR_CQ_BREAKER_OPEN' && before !== undefined) {
    return 'error' in before
      ? failureOf(before.error, { isBlocked, wasAsked })
      : { kind: kindByStatus(before.status), error: { ...shownError(error), ...before } }
  }
  return failureOf(error, { isBlocked, wasAsked })
}
