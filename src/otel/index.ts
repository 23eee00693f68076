/**
 * Tracing and metrics by OpenTelemetry.
 *
 * @module carequality-fhir/otel
 */
export { openTelemetry } from './open-telemetry.ts'
export type { OpenTelemetryOptions } from './open-telemetry.ts'
export { metricNames } from './metrics.ts'
