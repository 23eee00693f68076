/** What differs between what was expected of a case and what became of it. */
import type { CaseExpected } from './model.ts'

/** What became of a case. */
export interface CaseOutcome {
  readonly result?: unknown
  readonly error?: { readonly code: string; readonly message: string; readonly retryable: unknown }
  readonly requests: readonly string[]
  readonly events: readonly string[]
}

/** One line for each difference; empty where all is as expected. */
export function differences(expected: CaseExpected, outcome: CaseOutcome): readonly string[] {
  if (expected.oneOf !== undefined) {
    const all = expected.oneOf.map((one) => differences(one, outcome))
    return all.some((found) => found.length === 0) ? [] : all.flat()
  }
  return [
    ...ofError(expected, outcome),
    ...ofResult(expected, outcome),
    ...ofRequests(expected, outcome),
    ...ofEvents(expected, outcome),
  ]
}

function ofError(
  { error: wanted }: CaseExpected,
  { error, result }: CaseOutcome,
): readonly string[] {
  if (wanted === undefined)
    return error === undefined ? [] : [`error ${error.code}: ${error.message}`]
  if (error === undefined) return [`no error; it gave ${shown(result)}`]
  const { code, notCode, retryable, messageMatches, messageNotMatches } = wanted
  return [
    ...(code !== undefined && error.code !== code
      ? [`code ${error.code} in place of ${code}`]
      : []),
    ...(notCode !== undefined && error.code === notCode ? [`code ${error.code}`] : []),
    ...(retryable !== undefined && error.retryable !== retryable
      ? [`retryable is ${String(error.retryable)}`]
      : []),
    ...(messageMatches !== undefined && !matches(messageMatches, error.message)
      ? [`the message lacks /${messageMatches}/: ${error.message}`]
      : []),
    ...(messageNotMatches !== undefined && matches(messageNotMatches, error.message)
      ? [`the message has /${messageNotMatches}/: ${error.message}`]
      : []),
  ]
}

function ofResult(
  { result = {}, resultMatches = {} }: CaseExpected,
  outcome: CaseOutcome,
): readonly string[] {
  const at = (path: string): unknown => path.split('.').reduce<unknown>(member, outcome.result)
  return [
    ...Object.entries(result)
      .filter(([path, value]) => shown(at(path)) !== shown(value))
      .map(([path, value]) => `${path} is ${shown(at(path))} in place of ${shown(value)}`),
    ...Object.entries(resultMatches)
      .filter(([path, pattern]) => !matches(pattern, shown(at(path))))
      .map(([path, pattern]) => `${path} lacks /${pattern}/: ${shown(at(path))}`),
  ]
}

function ofRequests(
  { requests, noRequestMatches, requestMatches }: CaseExpected,
  outcome: CaseOutcome,
): readonly string[] {
  const some = (pattern: string): boolean =>
    outcome.requests.some((one) => new RegExp(pattern).test(one))
  const wrong =
    (requests !== undefined && shown(requests) !== shown(outcome.requests)) ||
    (noRequestMatches !== undefined && some(noRequestMatches)) ||
    (requestMatches !== undefined && !some(requestMatches))
  return wrong ? [`requests ${shown(outcome.requests)}`] : []
}

function ofEvents({ noEvent, anyEvent }: CaseExpected, { events }: CaseOutcome): readonly string[] {
  return [
    ...(noEvent !== undefined && events.includes(noEvent) ? [`event ${noEvent}`] : []),
    ...(anyEvent !== undefined && !events.some((one) => anyEvent.includes(one))
      ? [`events ${events.join()} without any of ${anyEvent.join()}`]
      : []),
  ]
}

function member(value: unknown, name: string): unknown {
  return value === null || value === undefined
    ? undefined
    : (Reflect.get(Object(value), name) as unknown)
}

function matches(pattern: string, text: string): boolean {
  return new RegExp(pattern, 'i').test(text)
}

function shown(value: unknown): string {
  return JSON.stringify(value ?? null)
}
