import { isRecord } from '../../lib/arguments.ts'

/** Members of a `tracestate` are 32 at most, of 512 characters together ([W3C Trace Context, 3.3.1.5](https://www.w3.org/TR/trace-context/#tracestate-limits)). */
const LONGEST_STATE = 512
const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/
const STATE = /^[\x20-\x7e]+$/

/**
 * The two headers of [W3C Trace Context](https://www.w3.org/TR/trace-context/), where they are well
 * formed, and no others: `baggage` may hold a patient's values, and anything else may replace ours.
 */
export function traceHeaders(given: unknown): Readonly<Record<string, string>> {
  if (!isRecord(given)) return {}
  const { traceparent, tracestate } = given
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return {}
  const hasState =
    typeof tracestate === 'string' && tracestate.length <= LONGEST_STATE && STATE.test(tracestate)
  return hasState ? { traceparent, tracestate } : { traceparent }
}
