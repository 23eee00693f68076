/** Types of what errors carry besides their code and place. No code. */

/** An endpoint of a directory entry that was not selected. */
export interface SkippedEndpoint {
  /** Id of the entry that lists it. */
  readonly entry: string
  /** Undefined for a remark about the entry itself. */
  readonly address: string | undefined
  /** In words; holds only what the directory publishes. */
  readonly why: string
}

/** Where a verification failed. */
export interface TrustErrorDetails {
  /** For example `validity`; one of `trustSteps` in `./udap`. */
  readonly step: string
  /** Stable, for programs: for example `certificate-expired`. */
  readonly reason: string
  /** Which certificate of the path, 0 for the leaf. */
  readonly position?: number | undefined
}

/**
 * What an authorization server says in an error response ([RFC 6749, section
 * 5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)).
 */
export interface OAuthErrorDetails {
  readonly error?: string | undefined
  readonly errorDescription?: string | undefined
  readonly errorUri?: string | undefined
  /** @internal */
  readonly consent?: ConsentDemand | undefined
  /** @internal */
  readonly retryAt?: number | undefined
}

/**
 * What a server wants the patient's consent for, before it issues a token ([SSRAA, section
 * 5.2.1.3](https://hl7.org/fhir/us/udap-security/STU2/b2b.html)).
 */
export interface ConsentDemand {
  /** URIs of consent policies, at most 20; with one of them the token may be issued. */
  readonly required: readonly string[]
  /** Where the consent form is. Treat it as an untrusted link. */
  readonly form?: string | undefined
}

/** What a FHIR server says in an OperationOutcome, cut to 20 issues and 2 kB a text. */
export interface ServerOutcome {
  readonly issue: readonly {
    readonly severity?: string | undefined
    /** From FHIR's issue types, for example `not-found`. */
    readonly code?: string | undefined
    /** `details.text` or `diagnostics`; it may hold patient data. */
    readonly text?: string | undefined
  }[]
}
