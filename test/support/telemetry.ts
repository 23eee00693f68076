/** OpenTelemetry's own SDK, in memory. */
import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type MetricData,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base'

export interface Telemetry {
  readonly options: { tracerProvider: BasicTracerProvider; meterProvider: MeterProvider }
  /** Spans that have ended, in the order of their ends. */
  spans: () => ReadableSpan[]
  metrics: () => Promise<MetricData[]>
  /** Runs work under a span of the caller's own. */
  under: <T>(work: () => Promise<T>) => Promise<T>
}

/** Registers context manager and propagator for this process, as the SDK does. */
export function telemetry(): Telemetry {
  context.disable()
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.disable()
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  const exporter = new InMemorySpanExporter()
  const tracerProvider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  })
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: metricExporter })
  const meterProvider = new MeterProvider({ readers: [reader] })
  const tracer = tracerProvider.getTracer('caller')
  return {
    options: { tracerProvider, meterProvider },
    spans: () => exporter.getFinishedSpans(),
    metrics: async () => {
      await reader.forceFlush()
      return metricExporter
        .getMetrics()
        .slice(-1)
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    },
    under: async (work) => {
      const span = tracer.startSpan('caller')
      try {
        return await context.with(trace.setSpan(context.active(), span), work)
      } finally {
        span.end()
      }
    },
  }
}

/** `child < parent`, for each span that has one. */
export function tree(spans: readonly ReadableSpan[]): string[] {
  const names = new Map(spans.map((span) => [span.spanContext().spanId, span.name]))
  return spans.map((span) => {
    const parent = names.get(span.parentSpanContext?.spanId ?? '')
    return parent === undefined ? span.name : `${span.name} < ${parent}`
  })
}
