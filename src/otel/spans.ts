import {
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Span,
  type Tracer,
} from '@opentelemetry/api'
import type { ClientEvent } from '../types.ts'
import type { Activity, ActivityResult } from '../instrumentation.ts'
import { endOf, serverOf, templateOf } from './attributes.ts'

/** One span for each call, and below it one for each request on the wire. */
export class Spans {
  readonly #tracer: Tracer
  readonly #ours = new WeakSet<Span>()

  constructor(tracer: Tracer) {
    this.#tracer = tracer
  }

  /** The parent is whatever is active: the caller's own span, or that of the call. */
  start(activity: Activity): Span {
    const kind = activity.kind === 'request' ? SpanKind.CLIENT : SpanKind.INTERNAL
    const span = this.#tracer.startSpan(nameOf(activity), { kind, attributes: given(activity) })
    this.#ours.add(span)
    return span
  }

  end(span: Span, activity: Activity, result: ActivityResult): void {
    const attributes = activity.kind === 'request' ? endOf(result) : found(result)
    span.setAttributes(attributes)
    if (attributes['error.type'] !== undefined) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
  }

  /** On the span in which it happened, if that is ours. */
  event(event: ClientEvent): void {
    const span = trace.getActiveSpan()
    if (span === undefined || !this.#ours.has(span)) return
    const attributes: Attributes = {}
    for (const [name, value] of Object.entries<unknown>({ ...event })) {
      if (name === 'type' || name === 'at' || !isPlain(value)) continue
      attributes[`carequality.${name}`] = value
    }
    span.addEvent(event.type, attributes, event.at)
  }
}

function isPlain(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value)
}

/** `{method} {target}`; the target is a template, so that there are few names. */
function nameOf(activity: Activity): string {
  return activity.kind === 'request'
    ? `${activity.method} ${activity.pathTemplate}`
    : activity.operation
}

function given(activity: Activity): Attributes {
  if (activity.kind === 'call') {
    const { operation, shared, runId } = activity
    return {
      'carequality.operation': operation,
      ...(shared ? { 'carequality.shared': true } : {}),
      ...(runId === undefined ? {} : { 'carequality.run_id': runId }),
    }
  }
  const { operation, purpose, method, origin, resendCount } = activity
  return {
    'carequality.operation': operation,
    'carequality.request.purpose': purpose,
    'http.request.method': method,
    ...serverOf(origin),
    ...templateOf(activity),
    ...(resendCount === 0 ? {} : { 'http.request.resend_count': resendCount }),
  }
}

function found(result: ActivityResult): Attributes {
  const { origin, organization, page, errorType, outcome, run } = result
  return {
    ...serverOf(origin),
    ...(organization === undefined ? {} : { 'carequality.organization': organization }),
    ...(page === undefined ? {} : { 'carequality.page': page }),
    ...(outcome === undefined ? {} : { 'carequality.outcome': outcome }),
    ...(run === undefined ? {} : ofRun(run)),
    ...(errorType === undefined ? {} : { 'error.type': errorType }),
  }
}

function ofRun({ targets, complete, counts }: NonNullable<ActivityResult['run']>): Attributes {
  const kinds = Object.entries(counts).filter(([, count]) => count > 0)
  return {
    'carequality.targets': targets,
    'carequality.complete': complete,
    ...Object.fromEntries(kinds.map(([kind, count]) => [`carequality.outcomes.${kind}`, count])),
  }
}
