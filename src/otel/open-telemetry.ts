import {
  context,
  metrics,
  propagation,
  trace,
  type MeterProvider,
  type TracerProvider,
} from '@opentelemetry/api'
import { requireFunction, requireObject, requireWhole } from '../lib/arguments.ts'
import { ownOptions } from '../lib/own.ts'
import type { Activity, Instrumentation, Observation } from '../instrumentation.ts'
import { Meters } from './metrics.ts'
import { withoutOtherSpans } from './suppression.ts'
import { Spans } from './spans.ts'

/** Options of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  /** Default: the global one, which the SDK registers. */
  tracerProvider?: TracerProvider | undefined
  /** Default: the global one. */
  meterProvider?: MeterProvider | undefined
  /**
   * Origins that are sent `traceparent` and `tracestate`, for example `https://fhir.example.org`. A
   * trace id lets a partner recognize that your calls belong together. Default: none.
   */
  propagateTo?: readonly string[] | undefined
  /** Servers that metrics distinguish; later ones are `_OTHER`. Default 500. */
  maxServers?: number | undefined
}

const SCOPE = 'carequality-fhir'

/**
 * Spans and metrics for a client's `instrumentation` option, by OpenTelemetry's conventions for HTTP
 * clients. No span, metric or label holds a URL, a token or a patient value. Throws `TypeError` for a
 * wrong option.
 *
 * @see [Semantic conventions for HTTP](https://opentelemetry.io/docs/specs/semconv/http/http-spans/)
 */
export function openTelemetry(given: OpenTelemetryOptions = {}): Instrumentation {
  const options = ownOptions(given)
  const { tracerProvider = trace, meterProvider = metrics, propagateTo } = options
  requireProvider(tracerProvider, 'getTracer', 'tracerProvider')
  requireProvider(meterProvider, 'getMeter', 'meterProvider')
  const maxServers = requireWhole(options.maxServers, 'maxServers') ?? 500
  const spans = new Spans(tracerProvider.getTracer(SCOPE))
  const meters = new Meters(meterProvider.getMeter(SCOPE), maxServers)
  return {
    propagateTo: propagateTo && [...propagateTo],
    start: (activity) => observationOf(activity, spans, meters),
    event: (event) => {
      meters.event(event)
      spans.event(event)
    },
  }
}

function requireProvider(provider: object, member: string, option: string): void {
  requireObject(provider, option)
  requireFunction(Reflect.get(provider, member), `${option}.${member}`, 'needed')
}

function observationOf(activity: Activity, spans: Spans, meters: Meters): Observation {
  const span = spans.start(activity)
  const measured = meters.start(activity)
  const active = trace.setSpan(context.active(), span)
  return {
    run: (work) =>
      context.with(activity.kind === 'request' ? withoutOtherSpans(active) : active, work),
    headers: () => {
      const carrier: Record<string, string> = {}
      propagation.inject(active, carrier)
      return carrier
    },
    end: (result) => {
      measured(result)
      spans.end(span, activity, result)
    },
  }
}
