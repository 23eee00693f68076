/** One access to patient data, as reported to an {@link AuditTrail}. Ids and the query are patient data. */
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
  /** OID of the organization, where it was found by its OID. */
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
  /** Method, URL and body as first sent; a search that is rejected as POST is sent again by GET. */
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
 * Records every access to patient data: before a request is sent, and before its result is returned.
 *
 * @see `balpAudit` in `carequality-fhir/audit`
 */
export interface AuditTrail {
  /** If a record fails: `refuse` sends nothing, or returns nothing; `warn` goes on and reports an event. */
  readonly onFailure: 'refuse' | 'warn'
  /** Milliseconds for one record. Default 5,000. */
  readonly timeoutMs?: number | undefined
  /** Before the first request, its token included. */
  attempt(access: Access): Promise<void>
  /** Before the result is returned, or the error thrown. */
  outcome(access: Access, outcome: AccessOutcome): Promise<void>
}
