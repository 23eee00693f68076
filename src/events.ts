/**
 * Every event by its name, with what it carries: the only list of them. Types and `docs/events.md`
 * follow from it. No code.
 */
import type { ErrorCode } from './errors.ts'

/**
 * What `onEvent` receives, by name. None holds a token, key, assertion, API key or patient value.
 * URLs are shown without their query.
 */
export interface ClientEvents {
  /** The signer's chain ends with a self-signed root, which is not sent. */
  'assertion.root-left-out': object
  /** In `carequality-legacy`: the client id is neither a DNS name nor the common name of the leaf. */
  'assertion.client-id-not-in-certificate': { readonly clientId: string }
  /** From 30 days before the first sent certificate expires, once a day; `notAfter` in milliseconds since the epoch. */
  'certificate.expires-soon': { readonly notAfter: number; readonly days: number }

  /** A token was issued, for `lifeMs` milliseconds. */
  'token.issued': TokenPlace & { readonly lifeMs: number }
  /** The token response departed from the specification and was used all the same. */
  'token.response-repaired': TokenPlace & { readonly oddities: readonly string[] }
  /** More or less was granted than `asked`. */
  'token.other-scope': TokenPlace & {
    readonly asked: string | undefined
    readonly granted: string | undefined
  }
  /** After `invalid_scope`, retried in SMART's other syntax, `scope`. */
  'token.other-form': TokenPlace & { readonly asked: string; readonly scope: string }
  /** Retried with the server's time; `offsetMs` is to be added to the local clock. */
  'token.clock-corrected': TokenPlace & { readonly offsetMs: number }
  /** No token request is made before `retryAt`, in milliseconds since the epoch. */
  'token.paused': { readonly tokenEndpoint: string; readonly retryAt: number }
  /** Renewal in the background failed; the old token still serves. */
  'token.renewal-failed': { readonly tokenEndpoint: string }
  /** Shared limits failed; this process counts its token requests for itself. */
  'token.limits-failed': object
  /** The shared token cache threw, took too long or returned something invalid in `operation`. */
  'token.cache-failed': { readonly operation: string }

  /** A published document could not be renewed; the last good one is used. */
  'discovery.stale-used': { readonly baseUrl: string; readonly document: string }
  /** The CapabilityStatement and the smart-configuration name different token endpoints. */
  'discovery.sources-disagree': {
    readonly baseUrl: string
    readonly oauthUris: string
    readonly smartConfiguration: string
  }
  /** Quirks threw or gave an invalid effect, and were not applied. */
  'quirk.failed': { readonly baseUrl: string; readonly ids: readonly string[] }

  /** A request is retried in `waitMs` milliseconds; `why` is an error code or a status. */
  'http.retry': {
    readonly operation: string
    readonly origin: string
    readonly pathTemplate: string
    readonly attempt: number
    readonly waitMs: number
    readonly why: string
  }
  /** The retry budget of an origin is spent: its failures are no longer retried. */
  'http.retries-spent': { readonly origin: string }
  /** `client.block()` was called. */
  'client.blocked': { readonly party: string }

  /** The granted scope does not cover a request; reported before it is sent. */
  'fhir.scope-not-covering': {
    readonly baseUrl: string
    readonly asked: string | undefined
    readonly granted: string | undefined
    readonly needed: string
  }
  /** The audit trail did not record the attempt or the outcome of an access; `onFailure` says what followed. */
  'audit.failed': {
    readonly operation: string
    readonly baseUrl: string
    readonly phase: 'attempt' | 'outcome'
    readonly onFailure: 'refuse' | 'warn'
  }
  /** A Patient that was read has been replaced by another one. */
  'patient.replaced': { readonly baseUrl: string }
  /** `$match` was to return certain matches only, and returned `count`. */
  'match.not-certain': { readonly baseUrl: string; readonly count: number }
  /** The server refuses POST searches: the criteria go into the URL. */
  'search.demographics-in-url': { readonly baseUrl: string; readonly resourceType: string }
  /** The response to a POST search did not fit the criteria. */
  'search.filter-ignored': { readonly baseUrl: string; readonly resourceType: string }
  /** A page carried OperationOutcomes. */
  'search.outcome': { readonly baseUrl: string; readonly issueCodes: readonly string[] }
  /** `count` entries of a page held no resource that can be read. */
  'search.odd-entries': { readonly baseUrl: string; readonly count: number }
  /** The last page was reached with fewer hits than the server's `total`. */
  'search.fewer-than-total': {
    readonly baseUrl: string
    readonly total: number
    readonly received: number
  }

  /** After each page of `entries()`; `perSecond` is the mean since the beginning. */
  'directory.progress': {
    readonly pages: number
    readonly seen: number
    readonly duplicates: number
    readonly unreadable: number
    readonly total: number | undefined
    readonly perSecond: number
  }
  /** An entry at `index` of a page could not be read, for `reason`. */
  'directory.entry-unreadable': {
    readonly page: number
    readonly index: number
    readonly reason: string
  }
  /** A page carried an OperationOutcome. */
  'directory.outcome': { readonly page: number; readonly issueCodes: readonly string[] }
  /** A next link has expired; the reading continues from the offset. */
  'directory.page-expired': { readonly status: number }
  /** The directory failed with `code`, and the entry was read from `fallback`. */
  'directory.fallback': { readonly code: ErrorCode; readonly ageMs: number | undefined }
  /** The directory failed with `code`, and `fallback` with `why`. */
  'directory.fallback-failed': { readonly code: ErrorCode; readonly why: ErrorCode }

  /** A run of `discover` began, over `targets` targets. */
  'discover.started': { readonly run: string; readonly targets: number }
  /** A target of a run has its outcome; `reason` and `code` say why where there is no patient. */
  'discover.outcome': {
    readonly run: string
    readonly kind: string
    readonly done: number
    readonly total: number
    readonly attempts: number
    readonly reason: string | undefined
    readonly code: ErrorCode | undefined
    readonly organization: string | undefined
    readonly origin: string | undefined
    readonly queuedMs: number
    readonly tokenMs: number
    readonly requestMs: number
  }
  /** A run of `discover` ended; `counts` by kind of outcome. */
  'discover.finished': {
    readonly run: string
    readonly targets: number
    readonly counts: Readonly<Record<string, number>>
    readonly complete: boolean
    readonly requests: number
    readonly tookMs: number
  }

  /** The metadata of a server was verified; `leaf` is the SHA-256 thumbprint of its certificate. */
  'udap.metadata-verified': {
    readonly baseUrl: string
    readonly community: string
    readonly leaf: string
    readonly warnings: readonly string[]
  }
  /** The metadata of a server did not pass verification. */
  'udap.metadata-refused': {
    readonly baseUrl: string
    readonly community: string
    readonly step: string
    readonly reason: string
  }
  /** The server publishes no UDAP metadata; `mode` takes its place, as `fallback` permits. */
  'udap.fallback': {
    readonly baseUrl: string
    readonly mode: 'carequality-legacy' | 'smart-backend' | 'udap'
    readonly why: ErrorCode
  }
  /** The client was registered. */
  'udap.registered': RegistrationPlace & { readonly clientId: string }
  /** Other scopes or grants were registered than asked for. */
  'udap.registration-differs': RegistrationPlace & {
    readonly asked: string | undefined
    readonly granted: string | undefined
    readonly grants: boolean
  }
  /** The server no longer knows the client, which registers once more. */
  'udap.registration-lost': RegistrationPlace
  /** A registration request failed with `why` and is sent once more. */
  'udap.registration-retry': RegistrationPlace & { readonly why: ErrorCode }
  /** A registration was cancelled. */
  'udap.registration-cancelled': RegistrationPlace
  /** A certificate, CRL or OCSP response was fetched. */
  'trust.fetched': {
    readonly kind: string
    readonly origin: string | undefined
    readonly bytes: number
  }
  /** A certificate, CRL or OCSP response could not be fetched or read. */
  'trust.fetch-failed': {
    readonly kind: string
    readonly origin: string | undefined
    readonly why: string
  }
}

interface TokenPlace {
  readonly tokenEndpoint: string
  /** OID, where it is known. */
  readonly organization: string | undefined
}

interface RegistrationPlace {
  readonly registrationEndpoint: string
  readonly community: string
}

/** The names of all events. */
export type EventName = keyof ClientEvents

/** An event before its time is known. */
export type UntimedEvent<Name extends EventName = EventName> = {
  readonly [One in Name]: { readonly type: One } & ClientEvents[One]
}[Name]

/**
 * What happened, for logs and metrics. `switch (event.type)` narrows to the event's own members.
 * Never a token, key, assertion, API key or patient value.
 */
export type ClientEvent<Name extends EventName = EventName> = UntimedEvent<Name> & {
  /** Milliseconds since the epoch, by the client's clock. */
  readonly at: number
}
