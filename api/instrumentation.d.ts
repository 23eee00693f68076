// carequality-fhir/instrumentation: its public declarations. Written by `npm run api`.

export { ClientEvent } from 'carequality-fhir'

export type Activity = CallActivity | RequestActivity;

export interface ActivityResult {
    readonly status?: number | undefined;
    readonly errorType?: string | undefined;
    readonly origin?: string | undefined;
    readonly organization?: string | undefined;
    readonly page?: number | undefined;
    readonly outcome?: string | undefined;
    readonly run?: {
        readonly targets: number;
        readonly complete: boolean;
        readonly counts: Readonly<Record<string, number>>;
    } | undefined;
}

export interface CallActivity {
    readonly kind: 'call';
    readonly operation: string;
    readonly shared: boolean;
    readonly runId?: string | undefined;
}

export interface ClientEvents {
    'assertion.root-left-out': object;
    'assertion.client-id-not-in-certificate': {
        readonly clientId: string;
    };
    'certificate.expires-soon': {
        readonly notAfter: number;
        readonly days: number;
    };
    'token.issued': TokenPlace & {
        readonly lifeMs: number;
    };
    'token.response-repaired': TokenPlace & {
        readonly oddities: readonly string[];
    };
    'token.other-scope': TokenPlace & {
        readonly asked: string | undefined;
        readonly granted: string | undefined;
    };
    'token.other-form': TokenPlace & {
        readonly asked: string;
        readonly scope: string;
    };
    'token.clock-corrected': TokenPlace & {
        readonly offsetMs: number;
    };
    'token.paused': {
        readonly tokenEndpoint: string;
        readonly retryAt: number;
    };
    'token.renewal-failed': {
        readonly tokenEndpoint: string;
    };
    'token.limits-failed': object;
    'token.cache-failed': {
        readonly operation: string;
    };
    'discovery.stale-used': {
        readonly baseUrl: string;
        readonly document: string;
    };
    'discovery.sources-disagree': {
        readonly baseUrl: string;
        readonly oauthUris: string;
        readonly smartConfiguration: string;
    };
    'quirk.failed': {
        readonly baseUrl: string;
        readonly ids: readonly string[];
    };
    'http.retry': {
        readonly operation: string;
        readonly origin: string;
        readonly pathTemplate: string;
        readonly attempt: number;
        readonly waitMs: number;
        readonly why: string;
    };
    'http.retries-spent': {
        readonly origin: string;
    };
    'client.blocked': {
        readonly party: string;
    };
    'fhir.scope-not-covering': {
        readonly baseUrl: string;
        readonly asked: string | undefined;
        readonly granted: string | undefined;
        readonly needed: string;
    };
    'audit.failed': {
        readonly operation: string;
        readonly baseUrl: string;
        readonly phase: 'attempt' | 'outcome';
        readonly onFailure: 'refuse' | 'warn';
    };
    'patient.replaced': {
        readonly baseUrl: string;
    };
    'match.not-certain': {
        readonly baseUrl: string;
        readonly count: number;
    };
    'search.demographics-in-url': {
        readonly baseUrl: string;
        readonly resourceType: string;
    };
    'search.filter-ignored': {
        readonly baseUrl: string;
        readonly resourceType: string;
    };
    'search.outcome': {
        readonly baseUrl: string;
        readonly issueCodes: readonly string[];
    };
    'search.odd-entries': {
        readonly baseUrl: string;
        readonly count: number;
    };
    'search.fewer-than-total': {
        readonly baseUrl: string;
        readonly total: number;
        readonly received: number;
    };
    'directory.progress': {
        readonly pages: number;
        readonly seen: number;
        readonly duplicates: number;
        readonly unreadable: number;
        readonly total: number | undefined;
        readonly perSecond: number;
    };
    'directory.entry-unreadable': {
        readonly page: number;
        readonly index: number;
        readonly reason: string;
    };
    'directory.outcome': {
        readonly page: number;
        readonly issueCodes: readonly string[];
    };
    'directory.page-expired': {
        readonly status: number;
    };
    'directory.fallback': {
        readonly code: ErrorCode;
        readonly ageMs: number | undefined;
    };
    'directory.fallback-failed': {
        readonly code: ErrorCode;
        readonly why: ErrorCode;
    };
    'discover.started': {
        readonly run: string;
        readonly targets: number;
    };
    'discover.outcome': {
        readonly run: string;
        readonly kind: string;
        readonly done: number;
        readonly total: number;
        readonly attempts: number;
        readonly reason: string | undefined;
        readonly code: ErrorCode | undefined;
        readonly organization: string | undefined;
        readonly origin: string | undefined;
        readonly queuedMs: number;
        readonly tokenMs: number;
        readonly requestMs: number;
    };
    'discover.finished': {
        readonly run: string;
        readonly targets: number;
        readonly counts: Readonly<Record<string, number>>;
        readonly complete: boolean;
        readonly requests: number;
        readonly tookMs: number;
    };
    'udap.metadata-verified': {
        readonly baseUrl: string;
        readonly community: string;
        readonly leaf: string;
        readonly warnings: readonly string[];
    };
    'udap.metadata-refused': {
        readonly baseUrl: string;
        readonly community: string;
        readonly step: string;
        readonly reason: string;
    };
    'udap.fallback': {
        readonly baseUrl: string;
        readonly mode: 'carequality-legacy' | 'smart-backend' | 'udap';
        readonly why: ErrorCode;
    };
    'udap.registered': RegistrationPlace & {
        readonly clientId: string;
    };
    'udap.registration-differs': RegistrationPlace & {
        readonly asked: string | undefined;
        readonly granted: string | undefined;
        readonly grants: boolean;
    };
    'udap.registration-lost': RegistrationPlace;
    'udap.registration-retry': RegistrationPlace & {
        readonly why: ErrorCode;
    };
    'udap.registration-cancelled': RegistrationPlace;
    'trust.fetched': {
        readonly kind: string;
        readonly origin: string | undefined;
        readonly bytes: number;
    };
    'trust.fetch-failed': {
        readonly kind: string;
        readonly origin: string | undefined;
        readonly why: string;
    };
}

export interface Instrumentation {
    readonly propagateTo?: readonly string[] | undefined;
    start(activity: Activity): Observation | undefined;
    event?(event: ClientEvent): void;
}

export interface Observation {
    run?(work: () => unknown): unknown;
    headers?(): Readonly<Record<string, string>>;
    end(result: ActivityResult): void;
}

export interface RequestActivity {
    readonly kind: 'request';
    readonly operation: string;
    readonly purpose: 'token' | 'metadata' | 'page' | 'binary' | 'certificate';
    readonly method: 'GET' | 'POST';
    readonly origin: string;
    readonly pathTemplate: string;
    readonly resendCount: number;
}
