/** What watches the library at work: types that every part shares. No code. */
import type { ClientEvent } from './events.ts'

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

/** What an {@link Instrumentation} is told of. Holds no secret and no patient value. */
export type Activity = CallActivity | RequestActivity

/** How an activity ended. Holds no secret and no patient value. */
export interface ActivityResult {
  /** HTTP status of a request; of a call that failed by one. */
  readonly status?: number | undefined
  /** Our error code, `AbortError`, `TypeError`, or `_OTHER`; undefined where the activity succeeded. */
  readonly errorType?: string | undefined
  /** Of a call: scheme, host and port of the server it had to do with. */
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

/** One activity that is being watched. */
export interface Observation {
  /**
   * Calls `work` once and at once, so that what it starts is seen as part of this activity. A run over
   * many responders is worked on in pieces: then it is called for each of them.
   */
  run?(work: () => unknown): unknown
  /**
   * `traceparent` and `tracestate` for the request; no other header is sent. Asked only for origins
   * that {@link Instrumentation.propagateTo} names.
   */
  headers?(): Readonly<Record<string, string>>
  end(result: ActivityResult): void
}

/**
 * Watches calls and requests: tracing and metrics. It changes nothing: what it throws is ignored,
 * promises are not awaited, and work that it does not run is run without it.
 *
 * @see `openTelemetry` in `carequality-fhir/otel`
 */
export interface Instrumentation {
  /** Origins that are sent the trace context. Default: none. */
  readonly propagateTo?: readonly string[] | undefined
  start(activity: Activity): Observation | undefined
  event?(event: ClientEvent): void
}

/** One access to patient data, as an {@link AuditTrail} is told of it. Ids and the query are patient data. */
export interface Access {
  /** Sent as `X-Request-Id` with every request of this access. */
  readonly id: string
  /** For example `patients.read`. */
  readonly operation: string
  /** FHIR's name of it. */
  readonly interaction:
    'read' | 'vread' | 'history-instance' | 'search-type' | 'operation' | 'binary'
  /** When it began, in milliseconds since the epoch. */
  readonly at: number
  /** The FHIR base, without a query. */
  readonly baseUrl: string
  /** OID of the organization that was asked, where it was found by its OID. */
  readonly organization?: string | undefined
  readonly clientId?: string | undefined
  readonly purposeOfUse: readonly string[]
  /** What the caller named as `runId`, for example a discovery over many responders. */
  readonly runId?: string | undefined
  /** Which page of a search, from 1. */
  readonly page: number
  /** `Patient/1`, `Patient/1/_history/2` or the attachment's URL; undefined for searches. */
  readonly resource?: string | undefined
  /** The Patient's id, where the request itself names it. */
  readonly patientId?: string | undefined
  /** Method, URL and body as first sent; a search that is refused as POST is repeated by GET. */
  readonly request: {
    readonly method: 'GET' | 'POST'
    readonly url: string
    readonly body?: string | undefined
  }
}

/** How an access ended. */
export interface AccessOutcome {
  /** In milliseconds since the epoch. */
  readonly at: number
  /** Undefined where it succeeded. */
  readonly error?: { readonly type: string; readonly status?: number | undefined } | undefined
  /** Ids of the Patients that the result is about, each once. */
  readonly patientIds: readonly string[]
}

/**
 * Records every access to patient data: before anything is sent, and before anything is given out.
 *
 * @see `balpAudit` in `carequality-fhir/audit`
 */
export interface AuditTrail {
  /** What a failed record means: `refuse` sends nothing, or gives nothing out; `warn` goes on and reports an event. */
  readonly onFailure: 'refuse' | 'warn'
  /** Milliseconds for one record. Default 5,000. */
  readonly timeoutMs?: number | undefined
  /** Before the first request, its token included. */
  attempt(access: Access): Promise<void>
  /** Before the result is given out, or the error thrown. */
  outcome(access: Access, outcome: AccessOutcome): Promise<void>
}
