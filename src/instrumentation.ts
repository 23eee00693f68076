/**
 * Tracing and metrics of your own: what the library reports of its calls and requests. Types only;
 * `./otel` implements them.
 *
 * @module carequality-fhir/instrumentation
 */
import type { ClientEvent } from './events.ts'

export type { ClientEvent, ClientEvents } from './events.ts'

/** One user's call, work that several calls wait for, a run over many responders, or one responder of it. */
export interface CallActivity {
  readonly kind: 'call'
  /** For example `patients.read`, `token.get`, `capabilities.resolve`, `discover.run` or `discover.target`. */
  readonly operation: string
  /** Several calls wait for it; it belongs to the one that started it. */
  readonly shared: boolean
  /** What the caller named as `runId`; of `client.discover` its run. */
  readonly runId?: string | undefined
}

/** One request on the wire; a retry and a redirect are requests of their own. */
export interface RequestActivity {
  readonly kind: 'request'
  /** The call's. */
  readonly operation: string
  /** What it is sent for. */
  readonly purpose: 'token' | 'metadata' | 'page' | 'binary' | 'certificate'
  readonly method: 'GET' | 'POST'
  /** Scheme, host and port. */
  readonly origin: string
  /** For example `/Patient/:id`; never the path itself. */
  readonly pathTemplate: string
  /** How often the same request was sent before: retries, redirects, a renewed token. */
  readonly resendCount: number
}

/** What is reported to an {@link Instrumentation}. Holds no secret and no patient value. */
export type Activity = CallActivity | RequestActivity

/** How an activity ended. Holds no secret and no patient value. */
export interface ActivityResult {
  /** HTTP status of a request; of a call that failed by one. */
  readonly status?: number | undefined
  /** Our error code, `AbortError`, `TypeError`, or `_OTHER`; undefined where the activity succeeded. */
  readonly errorType?: string | undefined
  /** Of a call: scheme, host and port of its server. */
  readonly origin?: string | undefined
  /** Of a call: OID of the organization. */
  readonly organization?: string | undefined
  /** Of a call: which page of a search, from 1. */
  readonly page?: number | undefined
  /** Of a responder in a run: the kind of its outcome, for example `matched`. */
  readonly outcome?: string | undefined
  /** Of a run: its summary. */
  readonly run?:
    | {
        readonly targets: number
        readonly complete: boolean
        /** How many outcomes of each kind. */
        readonly counts: Readonly<Record<string, number>>
      }
    | undefined
}

/** One activity under way. */
export interface Observation {
  /**
   * Calls `work` once, synchronously, so that what it starts is part of this activity. A run over many
   * responders is worked on in pieces, and calls it for each of them.
   */
  run?(work: () => unknown): unknown
  /**
   * `traceparent` and `tracestate` for the request; no other header is sent. Called only for origins
   * that {@link Instrumentation.propagateTo} names.
   */
  headers?(): Readonly<Record<string, string>>
  end(result: ActivityResult): void
}

/**
 * Observes calls and requests, for tracing and metrics, and cannot change them: what it throws is
 * ignored, promises are not awaited, and work that it does not run is run without it.
 *
 * @see `openTelemetry` in `carequality-fhir/otel`
 */
export interface Instrumentation {
  /** Origins that are sent the trace context. Default: none. */
  readonly propagateTo?: readonly string[] | undefined
  start(activity: Activity): Observation | undefined
  event?(event: ClientEvent): void
}
