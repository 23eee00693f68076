import { createContextKey, type Context } from '@opentelemetry/api'

/** The SDK's own key; a key is its description, so that it is the same in every copy of the API. */
const SUPPRESSED = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/**
 * Below our own request span nothing else is traced: instrumentations of `fetch` and undici record
 * whole URLs, which hold patients' ids, and send the trace context to every server.
 */
export function withoutOtherSpans(context: Context): Context {
  return context.setValue(SUPPRESSED, true)
}
