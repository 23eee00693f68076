// carequality-fhir/discover: its public declarations. Written by `npm run api`.

export type Agreement = Readonly<Partial<Record<ComparedElement, 'same' | 'similar' | 'different'>>>;

export interface BaseUrlTarget {
    baseUrl: string;
    oid?: string | undefined;
    tokenEndpoint?: string | undefined;
}

export type CancelReason = 'signal' | 'deadline' | 'loop-left' | 'closed' | 'store-lost';

export interface Cancelled extends OutcomeFacts {
    readonly kind: 'cancelled';
    readonly reason: CancelReason;
}

export interface Candidates extends OutcomeFacts {
    readonly kind: 'candidates';
    readonly matches: readonly FoundPatient[];
    readonly truncated: boolean;
    readonly dropped: number;
}

export type ComparedElement = 'family' | 'given' | 'birthDate' | 'gender' | 'identifier' | 'telecom' | 'postalCode';

export interface Disclosed extends Disclosure {
    readonly target: DiscoverTarget;
}

export interface Disclosure {
    readonly at: number;
    readonly interaction: 'match' | 'search';
    readonly elements: readonly string[];
}

export type DisclosureMode = 'minimal' | 'two-step' | 'full';

export interface DiscoverPlan {
    readonly targets: readonly PlannedTarget[];
    readonly skipped: readonly PlannedSkip[];
    readonly origins: readonly PlannedOrigin[];
    readonly requests: number;
    readonly tokenRequests: number;
    readonly registrations: number;
    readonly atMost: number;
}

export interface DiscoverPolicy {
    disclosure?: DisclosureMode | undefined;
    onlyCertainMatches?: boolean | undefined;
    hedge?: boolean | undefined;
    concurrency?: number | undefined;
    targetTimeoutMs?: number | undefined;
    maxResponders?: number | undefined;
    allow?: ((target: DiscoverTarget) => boolean) | undefined;
}

export interface DiscoverRun<O> extends AsyncIterable<O> {
    [Symbol.asyncIterator](): AsyncIterator<O, void, void>;
    readonly summary: Promise<DiscoverSummary>;
}

export interface DiscoverSummary {
    readonly targets: number;
    readonly counts: Readonly<Record<OutcomeKind, number>>;
    readonly complete: boolean;
    readonly unanswered: readonly Unanswered[];
    readonly disclosed: readonly Disclosed[];
    readonly requests: number;
    readonly hedges: number;
    readonly startedAt: number;
    readonly tookMs: number;
    readonly timing?: {
        readonly queuedMs: Percentiles;
        readonly tokenMs: Percentiles;
        readonly requestMs: Percentiles;
    };
}

export interface DiscoverTarget {
    readonly id: string;
    readonly position: number;
    readonly oid?: string | undefined;
    readonly name?: string | undefined;
    readonly baseUrl?: string | undefined;
}

export interface Failed extends OutcomeFacts {
    readonly kind: 'unauthorized' | 'unsupported' | 'invalid' | 'untrusted' | 'unreachable' | 'timeout' | 'overloaded' | 'withheld';
    readonly error: OutcomeError;
}

export interface FoundPatient {
    readonly reference: string;
    readonly resource: Patient;
    readonly confidence: 'server' | 'unknown';
    readonly score?: number | undefined;
    readonly grade?: MatchGrade | undefined;
    readonly agreement: Agreement;
}

export interface Matched extends OutcomeFacts {
    readonly kind: 'matched';
    readonly matches: readonly [
        FoundPatient
    ];
}

export interface NoMatch extends OutcomeFacts {
    readonly kind: 'no-match';
}

export type OutcomeData = Matched | Candidates | NoMatch | Refused | Failed | Skipped | Cancelled;

export interface OutcomeError {
    readonly code?: ErrorCode | undefined;
    readonly message: string;
    readonly operation?: string | undefined;
    readonly origin?: string | undefined;
    readonly pathTemplate?: string | undefined;
    readonly status?: number | undefined;
    readonly requestId?: string | undefined;
    readonly retryAfterMs?: number | undefined;
}

export interface OutcomeFacts {
    readonly target: DiscoverTarget;
    readonly aliases: readonly string[];
    readonly startedAt?: number | undefined;
    readonly queuedMs: number;
    readonly tokenMs: number;
    readonly requestMs: number;
    readonly attempts: number;
    readonly hedged: boolean;
    readonly disclosures: readonly Disclosure[];
}

export type OutcomeKind = OutcomeData['kind'];

export interface Percentiles {
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly max: number;
}

export interface PlannedOrigin {
    readonly origin: string;
    readonly targets: number;
    readonly requests: number;
    readonly tokenRequests: number;
    readonly registrations: number;
}

export interface PlannedRequests {
    readonly discovery: number;
    readonly registration: number;
    readonly token: number;
    readonly question: number;
}

export interface PlannedSkip {
    readonly target: DiscoverTarget;
    readonly kind: string;
    readonly reason?: SkipReason | undefined;
    readonly duplicateOf?: string | undefined;
    readonly error?: OutcomeError | undefined;
}

export interface PlannedTarget {
    readonly target: DiscoverTarget;
    readonly origin: string;
    readonly aliases: readonly string[];
    readonly known: boolean;
    readonly token: 'cached' | 'needed' | 'none';
    readonly registration: 'cached' | 'needed' | 'none';
    readonly interaction: 'match' | 'search' | 'match-or-search';
    readonly requests: PlannedRequests;
    readonly atMost: number;
    readonly disclosed: readonly string[];
}

export interface Refused extends OutcomeFacts {
    readonly kind: 'refused';
    readonly error: OutcomeError;
    readonly consent?: ConsentDemand | undefined;
}

export type SkipReason = 'duplicate' | 'inactive' | 'no-endpoint' | 'directory' | 'blocked' | 'breaker-open' | 'budget' | 'policy';

export interface Skipped extends OutcomeFacts {
    readonly kind: 'skipped';
    readonly reason: SkipReason;
    readonly duplicateOf?: string | undefined;
    readonly error?: OutcomeError | undefined;
}

export type TargetInput = string | DirectoryEntry | BaseUrlTarget;

export interface Unanswered {
    readonly target: DiscoverTarget;
    readonly kind: OutcomeKind;
    readonly reason?: SkipReason | CancelReason | undefined;
    readonly code?: string | undefined;
}
