// carequality-fhir: its public declarations. Written by `npm run api`.

export declare class AccessToken {
    #private;
    readonly tokenType: "Bearer";
    readonly scope: string;
    readonly requestedScope: string;
    readonly expiresAt: number;
    get accessToken(): string;
}

export type AnyCarequalityError = {
    [Code in ErrorCode]: ErrorClasses[(typeof errorCatalogue)[Code][0]] & {
        readonly code: Code;
    };
}[ErrorCode];

export declare class AssertionSigner {
    #private;
    readonly clientId: string;
    constructor(given: AssertionSignerOptions);
    sign(request: AssertionRequest): Promise<string>;
}

export interface AuthorizationContext {
    mode?: Mode | undefined;
    clientId?: string | undefined;
    iss?: string | undefined;
    scope?: string | undefined;
    audience?: Audience | undefined;
    purposeOfUse?: string | readonly string[] | undefined;
    claims?: Readonly<Record<string, JsonValue>> | undefined;
}

export type Authorize = (context: {
    url: string;
    rejected?: AccessToken | undefined;
    challenged?: boolean | undefined;
    signal: AbortSignal;
    timeoutMs?: number | undefined;
}) => Promise<AccessToken | string | undefined>;

export type Awaitable<T> = T | Promise<T>;

export type Bytes = ReturnType<InstanceType<typeof TextEncoder>['encode']>;

export interface CallOptions {
    signal?: AbortSignal | undefined;
    timeoutMs?: number | undefined;
    runId?: string | undefined;
}

export declare class CapabilityResolver {
    #private;
    constructor(options?: CapabilityResolverOptions);
    get quirkIds(): readonly string[];
    resolve(baseUrl: string, given?: {
        oid?: string | undefined;
        tokenEndpoint?: string | undefined;
    }, options?: CallOptions): Promise<ServerCapabilities>;
}

export interface CapabilityResolverOptions extends HttpOptions {
    mode?: Mode | undefined;
    udap?: UdapIdentity | undefined;
    quirks?: readonly VendorQuirk[] | undefined;
    disabledQuirks?: readonly string[] | undefined;
    maxAgeMs?: number | undefined;
}

export declare class CarequalityClient {
    #private;
    constructor(options: CarequalityClientOptions | CarequalityUdapOptions);
    get directory(): EntryReader;
    get capabilityResolver(): CapabilityResolver;
    get assertionSigner(): AssertionSigner;
    get tokenProvider(): TokenProvider;
    organization(oid: string, options: ResponderOptions<'STU3'> & {
        fhirVersion: 'STU3';
    }): Promise<Responder<'STU3'>>;
    organization(oid: string, options?: ResponderOptions): Promise<Responder>;
    responder(at: {
        baseUrl: string;
        tokenEndpoint?: string | undefined;
    }, options: ResponderOptions<'STU3'> & {
        fhirVersion: 'STU3';
    }): Promise<Responder<'STU3'>>;
    responder(at: {
        baseUrl: string;
        tokenEndpoint?: string | undefined;
    }, options?: ResponderOptions): Promise<Responder>;
    discover(options: DiscoverOptions): DiscoverRun<DiscoverOutcome>;
    plan(options: DiscoverOptions): Promise<DiscoverPlan>;
    as(context: AuthorizationContext): CarequalityClient;
    block(originOrOid: string, reason: string): () => void;
    describe(): ClientDescription;
    close(): Promise<void>;
}

export interface CarequalityClientOptions extends IdentityOptions, TokenOptions, DirectoryChoice, HttpOptions, ServerOptions {
}

export declare class CarequalityError<Code extends ErrorCode = ErrorCode> extends Error {
    readonly name: string;
    readonly code: Code;
    readonly retryable: boolean;
    readonly operation?: string;
    readonly organization?: string;
    readonly origin?: string;
    readonly pathTemplate?: string;
    readonly status?: number;
    readonly requestId?: string;
    readonly retryAfterMs?: number;
    readonly received?: number;
    readonly pages?: number;
    toJSON(): Readonly<Record<string, unknown>>;
}

export interface CarequalityUdapOptions extends Omit<IdentityOptions, 'mode' | 'clientId' | 'signer'>, TokenOptions, HttpOptions, ServerOptions {
    mode: 'udap';
    directory?: (Omit<DirectoryOptions, 'release'> & Partial<Pick<DirectoryOptions, 'release'>>) | EntryReader | undefined;
    clientId?: string | undefined;
    signer?: SignerSource | undefined;
}

export interface ClientDescription {
    readonly version: string;
    readonly mode: Mode;
    readonly clientId: string;
    readonly scope?: string | undefined;
    readonly purposeOfUse: readonly string[];
    readonly requirePurpose: boolean;
    readonly audit: 'refuse' | 'warn' | 'off';
    readonly propagateTo: readonly string[];
    readonly signer: {
        readonly algorithms: readonly string[];
        readonly kid?: string | undefined;
    } | 'rotating';
    readonly directory: {
        readonly network: string;
        readonly environment: string;
        readonly release: string;
    } | 'custom';
    readonly timeoutMs: number;
    readonly attemptTimeoutMs?: number | undefined;
    readonly transport: 'fetch' | 'custom';
    readonly allowedOrigins: PolicyRules['allowedOrigins'];
    readonly trustedOrigins: TokenTrust['trustedOrigins'];
    readonly allowedPrivateHosts: readonly string[];
    readonly allowInsecureLoopback: boolean;
    readonly searchMethod: SearchMethod;
    readonly validation: 'off' | 'shell';
    readonly validatorCacheEntries: number;
    readonly sharedTokenCache: boolean;
    readonly quirks: readonly string[];
    readonly blocked: readonly {
        readonly party: string;
        readonly reason: string;
    }[];
}

export type ClientEvent<Name extends EventName = EventName> = UntimedEvent<Name> & {
    readonly at: number;
};

export type CryptoKeyLike = Extract<Awaited<ReturnType<typeof crypto.subtle.generateKey>>, {
    type: string;
}>;

export interface DirectoryChoice {
    directory?: DirectoryOptions | EntryReader | undefined;
}

export declare class DirectoryClient implements EntryReader {
    #private;
    constructor(options: DirectoryOptions);
    get network(): string;
    get environment(): string;
    get release(): string;
    get knowsLastUpdated(): boolean;
    read(id: string, given?: CallOptions): Promise<DirectoryEntry>;
    find(id: string, options?: CallOptions): Promise<DirectoryEntry | undefined>;
    search(parameters: DirectorySearchParameters, options?: CallOptions): Promise<DirectoryPage>;
    entries(parameters?: DirectorySearchParameters, options?: CallOptions): DirectoryListing;
}

export interface DirectoryEndpoint {
    readonly address: string;
    readonly source?: 'contained' | 'referenced' | undefined;
    readonly name?: string | undefined;
    readonly connectionTypes?: readonly string[] | undefined;
    readonly transactions?: readonly string[] | undefined;
    readonly payloads?: readonly string[] | undefined;
    readonly fhirVersion?: string | undefined;
    readonly fhirVersions?: readonly string[] | undefined;
    readonly status?: string | undefined;
    readonly period?: DirectoryPeriod | undefined;
    readonly purposesOfUse?: readonly string[] | undefined;
    readonly roles?: readonly string[] | undefined;
    readonly downtime?: readonly DirectoryDowntime[] | undefined;
}

export interface DirectoryEntry {
    readonly id: string;
    readonly oid?: string | undefined;
    readonly name: string;
    readonly aliases?: readonly string[] | undefined;
    readonly active: boolean | undefined;
    readonly types?: readonly string[] | undefined;
    readonly contacts?: readonly DirectoryContact[] | undefined;
    readonly addresses?: readonly DirectoryAddress[] | undefined;
    readonly position?: DirectoryPosition | undefined;
    readonly partOf?: string | undefined;
    readonly managingOrganization?: string | undefined;
    readonly domains?: readonly string[] | undefined;
    readonly purposesOfUse?: readonly string[] | undefined;
    readonly lastUpdated?: string | undefined;
    readonly endpoints: readonly DirectoryEndpoint[];
    readonly unreadable?: readonly DirectoryProblem[] | undefined;
    readonly snapshot?: SnapshotAge | undefined;
    readonly resource: unknown;
}

export interface DirectoryOptions extends HttpOptions {
    release: DirectoryReleaseId | DirectoryRelease;
    environment?: 'production' | 'stage' | 'dev' | undefined;
    baseUrl?: string | undefined;
    apiKey: string | (() => string | Promise<string>);
    maxAgeMs?: number | undefined;
    fallback?: EntryReader | undefined;
}

export interface DirectoryRelease {
    readonly id: string;
    readonly network?: string | undefined;
    readonly format: 'json' | 'xml';
    readonly apiKey: {
        readonly in: 'query';
        readonly name: string;
    } | {
        readonly in: 'header';
    };
    readonly baseUrls: {
        readonly public?: string | undefined;
        readonly production?: string | undefined;
        readonly stage?: string | undefined;
        readonly dev?: string | undefined;
    };
    readonly activeParameter: string;
    readonly listsInactive?: boolean | undefined;
    readonly lastUpdated?: boolean | undefined;
    readonly paging?: {
        readonly count?: string | undefined;
        readonly start?: string | undefined;
        readonly sort?: string | undefined;
        readonly size?: number | undefined;
    } | undefined;
    readonly read?: ((resource: unknown) => DirectoryEntry | undefined) | undefined;
}

export interface DiscoverOptions {
    patient: PatientDemographics;
    targets: Iterable<TargetInput>;
    context?: AuthorizationContext | undefined;
    policy?: DiscoverPolicy | undefined;
    deadlineMs?: number | undefined;
    signal?: AbortSignal | undefined;
}

export type DiscoverOutcome = ((Matched | Candidates | NoMatch) & {
    readonly responder: Responder;
}) | (Exclude<OutcomeData, Matched | Candidates | NoMatch> & {
    readonly responder?: Responder | undefined;
});

export interface EntryReader {
    read(id: string, options?: CallOptions): Promise<DirectoryEntry>;
}

export interface Explanation {
    readonly steps: readonly {
        readonly what: string;
        readonly why?: string;
    }[];
    toString(): string;
}

export type FetchLike = (request: Request) => Promise<Response>;

export declare class FhirPatientClient<V extends FhirVersion = 'R4'> {
    #private;
    constructor(options: FhirPatientClientOptions<V>);
    read(id: string, options?: PatientReadOptions): Promise<PatientOf<V>>;
    find(id: string, options?: PatientReadOptions): Promise<PatientOf<V> | undefined>;
    vread(id: string, versionId: string, options?: ReadOptions): Promise<PatientOf<V>>;
    history(id: string, options?: HistoryOptions): HistoryResults<PatientOf<V>, V>;
    search(parameters: PatientSearchParameters, options?: SearchOptions): SearchResults<PatientOf<V>, V>;
    match(patient: PatientDemographics<V>, options?: MatchOptions): Promise<readonly PatientMatch<V>[]>;
    everything(id: string, options?: EverythingOptions<V>): SearchResults<AnyResource<V>, V>;
}

export interface HttpOptions {
    fetch?: FetchLike | undefined;
    transport?: Transport | undefined;
    timeoutMs?: number | undefined;
    attemptTimeoutMs?: number | undefined;
    bodyLimits?: {
        token?: number | undefined;
        metadata?: number | undefined;
        page?: number | undefined;
        binary?: number | undefined;
        certificate?: number | undefined;
    } | undefined;
    userAgent?: string | undefined;
    now?: (() => number) | undefined;
    randomUUID?: (() => string) | undefined;
    onEvent?: ((event: ClientEvent) => void) | undefined;
    instrumentation?: Instrumentation | undefined;
    trustedOrigins?: 'any-https' | readonly {
        fhir: string;
        token: string;
    }[] | ((pair: {
        fhir: string;
        token: string;
    }) => boolean) | undefined;
    allowedOrigins?: readonly string[] | ((origin: string) => boolean) | undefined;
    allowedPrivateHosts?: readonly string[] | undefined;
    allowInsecureLoopback?: boolean | undefined;
}

export interface IdentityOptions extends AuthorizationContext, UdapOptions {
    clientId: string;
    signer: SignerSource;
    assertion?: Pick<AssertionSignerOptions, 'lifetimeMs' | 'x5c' | 'headers' | 'signerTimeoutMs'> | undefined;
    requirePurpose?: boolean | undefined;
    context?: ((responder: {
        oid?: string | undefined;
        baseUrl: string;
    }) => Awaitable<AuthorizationContext>) | undefined;
}

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | {
    readonly [name: string]: JsonValue;
};

export type Mode = 'carequality-legacy' | 'smart-backend' | 'udap';

export interface OAuthUri {
    readonly name: string;
    readonly extension: string;
    readonly url: string;
}

export interface Patient extends DomainResource {
    readonly resourceType: 'Patient';
    identifier?: Identifier[] | undefined;
    active?: boolean | undefined;
    _active?: Element | undefined;
    name?: HumanName[] | undefined;
    telecom?: ContactPoint[] | undefined;
    gender?: ('male' | 'female' | 'other' | 'unknown') | undefined;
    _gender?: Element | undefined;
    birthDate?: string | undefined;
    _birthDate?: Element | undefined;
    deceasedBoolean?: boolean | undefined;
    _deceasedBoolean?: Element | undefined;
    deceasedDateTime?: string | undefined;
    _deceasedDateTime?: Element | undefined;
    address?: Address[] | undefined;
    maritalStatus?: CodeableConcept | undefined;
    multipleBirthBoolean?: boolean | undefined;
    _multipleBirthBoolean?: Element | undefined;
    multipleBirthInteger?: number | undefined;
    _multipleBirthInteger?: Element | undefined;
    photo?: Attachment[] | undefined;
    contact?: PatientContact[] | undefined;
    communication?: PatientCommunication[] | undefined;
    generalPractitioner?: Reference[] | undefined;
    managingOrganization?: Reference | undefined;
    link?: PatientLink[] | undefined;
}

export interface PatientSearchParameters extends CommonSearchParameters {
    active?: TokenParameter<boolean> | undefined;
    address?: StringParameter | undefined;
    'address-city'?: StringParameter | undefined;
    'address-country'?: StringParameter | undefined;
    'address-postalcode'?: StringParameter | undefined;
    'address-state'?: StringParameter | undefined;
    'address-use'?: TokenParameter | undefined;
    birthdate?: DateParameter | undefined;
    'death-date'?: DateParameter | undefined;
    deceased?: TokenParameter<boolean> | undefined;
    email?: TokenParameter | undefined;
    family?: StringParameter | undefined;
    gender?: TokenParameter<'male' | 'female' | 'other' | 'unknown'> | undefined;
    'general-practitioner'?: ReferenceParameter | undefined;
    given?: StringParameter | undefined;
    identifier?: TokenParameter | undefined;
    language?: TokenParameter | undefined;
    link?: ReferenceParameter | undefined;
    name?: StringParameter | undefined;
    organization?: ReferenceParameter | undefined;
    phone?: TokenParameter | undefined;
    phonetic?: StringParameter | undefined;
    telecom?: TokenParameter | undefined;
    [chain: `${'general-practitioner' | 'organization' | 'link'}.${string}`]: LooseParameter | undefined;
}

export interface PublicJwk {
    readonly kty: string;
    readonly [member: string]: unknown;
}

export interface QuirkEffect {
    tokenEndpoint?: string | undefined;
    audience?: Audience | undefined;
    accept?: string | undefined;
    form?: Readonly<Record<string, string>> | undefined;
    searchMethod?: SearchMethod | undefined;
    searchParameters?: Readonly<Record<string, string>> | undefined;
    nextLinks?: 'same-origin' | undefined;
    tokenRequestsPerMinute?: number | undefined;
}

export interface RegistrationDetails {
    description?: string | undefined;
    jwksUrl?: string | undefined;
    contact?: string | undefined;
}

export interface Responder<V extends FhirVersion = 'R4'> {
    readonly entry?: DirectoryEntry | undefined;
    readonly servedBy?: DirectoryEntry | undefined;
    readonly endpoint: {
        readonly address: string;
    };
    readonly capabilities: ServerCapabilities;
    readonly patients: FhirPatientClient<V>;
    readonly fhir: FhirClient<V>;
    as(context: AuthorizationContext): Responder<V>;
    explain(): Explanation;
    registrationSummary(details?: RegistrationDetails): Promise<string>;
}

export interface ResponderOptions<V extends FhirVersion = 'R4'> extends CallOptions {
    fhirVersion?: V | undefined;
    fallback?: readonly Exclude<Mode, 'udap'>[] | undefined;
}

export type SearchMethod = 'post-then-get' | 'post-only' | 'get';

export interface SearchPage<T, V extends FhirVersion = 'R4'> {
    readonly resources: readonly T[];
    readonly included: readonly AnyResource<V>[];
    readonly bundle: BundleOf<V>;
    readonly total?: number | undefined;
    readonly ignoredParameters: readonly string[];
    readonly outcomes: readonly ServerOutcome[];
}

export type SearchResults<T, V extends FhirVersion = 'R4'> = PagedResults<T, SearchPage<T, V>>;

export interface ServerCapabilities {
    readonly fhirVersion?: string | undefined;
    readonly tokenEndpoint?: string | undefined;
    readonly registrationEndpoint?: string | undefined;
    readonly issuer?: string | undefined;
    readonly signingAlgorithms?: readonly string[] | undefined;
    readonly scopesSupported?: readonly string[] | undefined;
    readonly oauthUris: readonly OAuthUri[];
    readonly udap?: VerifiedMetadata | undefined;
    readonly quirks: readonly string[];
    readonly trail: readonly string[];
}

export interface ServerFacts {
    readonly baseUrl: string;
    readonly oid?: string | undefined;
    readonly mode: Mode;
    readonly software?: string | undefined;
    readonly oauthUris: readonly OAuthUri[];
}

export interface ServerOptions extends FhirOptions {
    quirks?: readonly VendorQuirk[] | undefined;
    disabledQuirks?: readonly string[] | undefined;
}

export interface Signer<Alg extends SigningAlgorithm = CommonAlgorithm> {
    readonly algorithms: readonly SigningAlgorithm[];
    readonly kid?: string | undefined;
    readonly certificates?: readonly string[] | undefined;
    readonly publicJwk?: PublicJwk | undefined;
    sign(data: Bytes, context: {
        alg: Alg;
        signal: AbortSignal;
    }): Promise<Uint8Array>;
}

export type SignerSource = Signer<SigningAlgorithm> | (() => Signer<SigningAlgorithm> | Promise<Signer<SigningAlgorithm>>);

export type SigningAlgorithm = CommonAlgorithm | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES512' | 'EdDSA';

export interface TokenOptions {
    tokenCache?: TokenCache | undefined;
    limits?: Limits | undefined;
    tokenRequestsPerMinute?: number | undefined;
    scopeFallback?: boolean | undefined;
}

export declare class TokenProvider {
    #private;
    constructor(options: TokenProviderOptions);
    get size(): number;
    getToken(request: TokenRequest, options?: CallOptions): Promise<AccessToken>;
    invalidate(token: AccessToken): boolean;
    authorizer(request: TokenRequest): Authorize;
}

export interface TokenRequest extends AuthorizationContext {
    tokenEndpoint: string;
    fhirBaseUrl: string;
    scope: string;
    algorithms?: readonly string[] | undefined;
    issuer?: string | undefined;
    form?: Readonly<Record<string, string>> | undefined;
    tokenRequestsPerMinute?: number | undefined;
    organization?: string | undefined;
}

export interface Transport {
    send(request: TransportRequest): Promise<TransportResponse>;
    readonly reportsSent?: boolean | undefined;
    clientCertificate?(url: string): string | undefined;
    close?(): Promise<void>;
}

export interface TransportRequest {
    url: string;
    method: 'GET' | 'POST';
    headers: Readonly<Record<string, string>>;
    body?: string | undefined;
    signal: AbortSignal;
    onAbort?: ((listener: (reason: unknown) => void) => () => void) | undefined;
    onSent?: (() => void) | undefined;
    addresses?: 'public' | 'loopback' | 'any' | undefined;
}

export interface TransportResponse {
    status: number;
    headers: Headers;
    body: AsyncIterable<Uint8Array> | null;
}

export interface VendorQuirk {
    readonly id: string;
    readonly revision?: number | undefined;
    readonly since?: string | undefined;
    readonly lastVerified?: string | undefined;
    readonly evidence: string;
    applies(server: ServerFacts): boolean;
    apply(server: ServerFacts): QuirkEffect;
}

export declare const athenahealthTokenRate: VendorQuirk;

export declare const cernerCarequalityToken: VendorQuirk;

export declare function cryptoKeySigner(given: SignerExtras & {
    key: CryptoKeyLike;
    publicKey?: CryptoKeyLike | undefined;
}): Promise<Signer<SigningAlgorithm>>;

export declare function isCarequalityError(value: unknown): value is AnyCarequalityError;

export declare function jwkSigner(given: SignerExtras & {
    key: object;
}): Promise<Signer<SigningAlgorithm>>;

export declare function pemSigner(given: SignerExtras & {
    key: string;
}): Promise<Signer<SigningAlgorithm>>;

export declare function publicJwks(...signers: readonly Signer[]): Promise<{
    keys: PublicJwk[];
}>;

// exported as readDirectoryEntry
export declare function readEntry(resource: unknown): DirectoryEntry | undefined;

export declare function selectEndpoint(entry: DirectoryEntry, given?: WantedEndpoint, options?: CallOptions): Promise<EndpointSelection>;

// Used by these, without a name to import.

export interface AbortSignalLike {
    readonly aborted: boolean;
    readonly reason: unknown;
    addEventListener(type: 'abort', listener: () => void, options?: {
        once: boolean;
    }): void;
    removeEventListener(type: 'abort', listener: () => void): void;
}

export interface Access {
    readonly id: string;
    readonly operation: string;
    readonly interaction: 'read' | 'vread' | 'history-instance' | 'search-type' | 'operation' | 'binary';
    readonly at: number;
    readonly baseUrl: string;
    readonly organization?: string | undefined;
    readonly clientId?: string | undefined;
    readonly purposeOfUse: readonly string[];
    readonly runId?: string | undefined;
    readonly page: number;
    readonly resource?: string | undefined;
    readonly patientId?: string | undefined;
    readonly request: {
        readonly method: 'GET' | 'POST';
        readonly url: string;
        readonly body?: string | undefined;
    };
}

export interface AccessOutcome {
    readonly at: number;
    readonly error?: {
        readonly type: string;
        readonly status?: number | undefined;
    } | undefined;
    readonly patientIds: readonly string[];
}

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

export type Agreement = Readonly<Partial<Record<ComparedElement, 'same' | 'similar' | 'different'>>>;

export type AllOf<T> = T | readonly T[];

export interface AnyOf<T> {
    readonly anyOf: readonly T[];
}

export type AnyResource<V extends FhirVersion = 'R4'> = Resources[V];

export interface AssertionRequest {
    audience: string;
    clientId?: string | undefined;
    iss?: string | undefined;
    mode?: Mode | undefined;
    algorithms?: readonly string[] | undefined;
    claims?: Readonly<Record<string, JsonValue>> | undefined;
    signal?: AbortSignal | undefined;
}

export interface AssertionSignerOptions {
    clientId: string;
    signer: SignerSource;
    mode?: Mode | undefined;
    iss?: string | undefined;
    lifetimeMs?: number | undefined;
    x5c?: boolean | undefined;
    headers?: Readonly<Record<string, JsonValue>> | undefined;
    claims?: Readonly<Record<string, JsonValue>> | undefined;
    signerTimeoutMs?: number | undefined;
    now?: (() => number) | undefined;
    randomUUID?: (() => string) | undefined;
    onEvent?: ((event: ClientEvent) => void) | undefined;
}

export type Audience = 'token-endpoint' | 'issuer' | {
    readonly text: string;
};

export interface AuditTrail {
    readonly onFailure: 'refuse' | 'warn';
    readonly timeoutMs?: number | undefined;
    attempt(access: Access): Promise<void>;
    outcome(access: Access, outcome: AccessOutcome): Promise<void>;
}

export interface BaseUrlTarget {
    baseUrl: string;
    oid?: string | undefined;
    tokenEndpoint?: string | undefined;
}

export interface BinaryContent {
    readonly contentType: string | undefined;
    readonly size: number | undefined;
    readonly body: AsyncIterable<Uint8Array>;
    cancel(): void;
}

export interface BinaryOptions extends CallOptions {
    contentType?: string | undefined;
}

export interface Breaker {
    mayTry(server: Server, signal: AbortSignalLike): Awaitable<Verdict>;
}

export type BundleOf<V extends FhirVersion = 'R4'> = Bundles[V];

interface Bundles {
    R4: r4.Bundle<r4.FhirResource>;
    STU3: r3.Bundle<r3.FhirResource>;
}

export interface CallActivity {
    readonly kind: 'call';
    readonly operation: string;
    readonly shared: boolean;
    readonly runId?: string | undefined;
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

export interface CertificateFacts {
    readonly subject: string;
    readonly uris: readonly string[];
    readonly notBefore: number;
    readonly notAfter: number;
    readonly thumbprint: string;
}

export type CertificateInput = string | Uint8Array | readonly (string | Uint8Array)[];

export interface Change<R> {
    readonly state: GuardState;
    readonly result: R;
}

export type Choice<T> = T | AnyOf<T>;

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

export type Codes<Class extends string> = {
    [Code in ErrorCode]: (typeof errorCatalogue)[Code][0] extends Class ? Code : never;
}[ErrorCode];

export type CommonAlgorithm = 'RS256' | 'RS384' | 'ES256' | 'ES384';

export interface CommonSearchParameters {
    _id?: TokenParameter<string> | undefined;
    _lastUpdated?: DateParameter | undefined;
    _tag?: TokenParameter | undefined;
    _security?: TokenParameter | undefined;
    _profile?: ReferenceParameter | undefined;
    _has?: AllOf<Has> | undefined;
    _count?: number | undefined;
    _sort?: AllOf<string> | undefined;
    _include?: AllOf<string> | undefined;
    _revinclude?: AllOf<string> | undefined;
    _elements?: readonly string[] | undefined;
    _summary?: 'true' | 'text' | 'data' | 'count' | 'false' | undefined;
    _total?: 'none' | 'estimate' | 'accurate' | undefined;
    [raw: `${string}:${string}`]: AllOf<string> | undefined;
}

export type ComparedElement = 'family' | 'given' | 'birthDate' | 'gender' | 'identifier' | 'telecom' | 'postalCode';

export type Comparisons = Readonly<Partial<Record<SearchPrefix, string | undefined>>>;

export declare class ConfigurationError extends CarequalityError<Codes<'ConfigurationError'>> {
    readonly name: string;
}

export interface ConsentDemand {
    readonly required: readonly string[];
    readonly form?: string | undefined;
}

export type DateParameter = AllOf<Choice<string> | Comparisons | Missing>;

export interface DirectoryAddress {
    readonly use?: string | undefined;
    readonly text?: string | undefined;
    readonly lines?: readonly string[] | undefined;
    readonly city?: string | undefined;
    readonly state?: string | undefined;
    readonly postalCode?: string | undefined;
    readonly country?: string | undefined;
    readonly position?: DirectoryPosition | undefined;
}

export interface DirectoryContact {
    readonly purpose?: string | undefined;
    readonly name?: string | undefined;
    readonly telecom: readonly {
        readonly system?: string | undefined;
        readonly value: string;
    }[];
}

export interface DirectoryDowntime {
    readonly start?: string | undefined;
    readonly end?: string | undefined;
    readonly timing?: unknown;
}

export declare class DirectoryError extends CarequalityError<Codes<'DirectoryError'>> {
    readonly name: string;
    readonly candidates?: readonly SkippedEndpoint[];
}

export interface DirectoryListing extends AsyncIterable<DirectoryEntry> {
    readonly account: ListingReport;
}

export interface DirectoryPage {
    readonly entries: readonly DirectoryEntry[];
    readonly total?: number;
    readonly next?: string;
    readonly unreadable: readonly UnreadableEntry[];
    readonly outcomes: readonly string[];
    readonly warnings: readonly string[];
}

export interface DirectoryPeriod {
    readonly start?: string | undefined;
    readonly end?: string | undefined;
}

export interface DirectoryPosition {
    readonly latitude: number;
    readonly longitude: number;
}

export interface DirectoryProblem {
    readonly path: string;
    readonly reason: string;
    readonly leftOut?: boolean | undefined;
}

export type DirectoryReleaseId = 'carequality-stu3' | 'carequality-r4' | 'rce-r4';

export interface DirectorySearchParameters {
    name?: string | {
        contains: string;
    } | {
        exact: string;
    } | undefined;
    identifier?: string | {
        system: string;
        value: string;
    } | undefined;
    active?: boolean | undefined;
    address?: string | {
        city?: string | undefined;
        state?: string | undefined;
        postalCode?: string | undefined;
        country?: string | undefined;
    } | undefined;
    partOf?: string | undefined;
    lastUpdated?: string | readonly string[] | undefined;
    count?: number | undefined;
}

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

export declare class DiscoveryError extends CarequalityError<Codes<'DiscoveryError'>> {
    readonly name: string;
}

export interface EndpointCandidate {
    readonly entry: string;
    readonly endpoint?: DirectoryEndpoint | undefined;
    readonly selected: boolean;
    readonly why: string;
}

export interface EndpointSelection {
    readonly endpoint: DirectoryEndpoint | undefined;
    readonly servedBy: DirectoryEntry | undefined;
    readonly guessed: boolean;
    readonly alternatives: readonly DirectoryEndpoint[];
    readonly candidates: readonly EndpointCandidate[];
}

interface ErrorClasses {
    ConfigurationError: ConfigurationError;
    PolicyError: PolicyError;
    TransportError: TransportError;
    ResponseError: ResponseError;
    DirectoryError: DirectoryError;
    DiscoveryError: DiscoveryError;
    SignerError: SignerError;
    TokenError: TokenError;
    FhirError: FhirError;
    TrustError: TrustError;
    RegistrationError: RegistrationError;
}

export type ErrorCode = keyof typeof errorCatalogue;

export type EventName = keyof ClientEvents;

export interface EverythingOptions<V extends FhirVersion = 'R4'> extends PagingOptions {
    start?: string | undefined;
    end?: string | undefined;
    _since?: string | undefined;
    _type?: readonly ResourceType<V>[] | undefined;
    _count?: number | undefined;
}

export interface Failed extends OutcomeFacts {
    readonly kind: 'unauthorized' | 'unsupported' | 'invalid' | 'untrusted' | 'unreachable' | 'timeout' | 'overloaded' | 'withheld';
    readonly error: OutcomeError;
}

export declare class FhirClient<V extends FhirVersion = 'R4'> {
    #private;
    constructor(options: FhirClientOptions<V>);
    read<T extends ResourceType<V>>(type: T, id: string, options?: ReadOptions): Promise<ResourceOf<T, V>>;
    vread<T extends ResourceType<V>>(type: T, id: string, versionId: string, options?: ReadOptions): Promise<ResourceOf<T, V>>;
    history<T extends ResourceType<V>>(type: T, id: string, options?: HistoryOptions): HistoryResults<ResourceOf<T, V>, V>;
    search<T extends ResourceType<V>>(type: T, parameters: SearchParameters, options?: SearchOptions): SearchResults<ResourceOf<T, V>, V>;
    operation<T extends ResourceType<V> = ResourceType<V>>(name: string, options?: OperationOptions<T, V>): Promise<ResourceOf<T, V> | undefined>;
    binary(url: string, options?: BinaryOptions): Promise<BinaryContent>;
}

export interface FhirClientOptions<V extends FhirVersion = 'R4'> extends HttpOptions, FhirOptions {
    baseUrl: string;
    authorize?: Authorize | undefined;
    fhirVersion?: V | undefined;
    nextLinks?: 'same-origin' | undefined;
}

export declare class FhirError extends CarequalityError<Codes<'FhirError'>> {
    readonly name: string;
    readonly issueCodes?: readonly string[];
    readonly outcome?: ServerOutcome;
}

export interface FhirOptions {
    searchMethod?: SearchMethod | undefined;
    validation?: Validation | undefined;
    validatorCache?: {
        maxEntries: number;
        maxBytes?: number | undefined;
    } | undefined;
    audit?: AuditTrail | undefined;
}

export type FhirPatientClientOptions<V extends FhirVersion = 'R4'> = FhirClientOptions<V>;

export type FhirVersion = 'R4' | 'STU3';

export interface FoundPatient {
    readonly reference: string;
    readonly resource: Patient;
    readonly confidence: 'server' | 'unknown';
    readonly score?: number | undefined;
    readonly grade?: MatchGrade | undefined;
    readonly agreement: Agreement;
}

export interface GuardBoard {
    update<R>(key: string, change: (state: GuardState, now: number) => Change<R>): Awaitable<R>;
}

export interface GuardState {
    readonly places: number;
    readonly filledAt: number;
    readonly starts: readonly number[];
    readonly pausedUntil: number;
    readonly refusals: number;
    readonly stoppedUntil: number;
    readonly probe?: {
        readonly id: string;
        readonly at: number;
    } | undefined;
    readonly last: LastResponse;
}

export interface Has {
    readonly type: string;
    readonly reference: string;
    readonly parameter: string;
    readonly value: LooseParameter;
}

export interface HistoryOptions extends PagingOptions {
    _since?: string | undefined;
    _count?: number | undefined;
}

export interface HistoryPage<T, V extends FhirVersion = 'R4'> {
    readonly versions: readonly HistoryVersion<T>[];
    readonly bundle: BundleOf<V>;
    readonly total?: number | undefined;
    readonly outcomes: readonly ServerOutcome[];
}

export type HistoryResults<T, V extends FhirVersion = 'R4'> = PagedResults<HistoryVersion<T>, HistoryPage<T, V>>;

export interface HistoryVersion<T> {
    readonly versionId?: string | undefined;
    readonly lastUpdated?: string | undefined;
    readonly deleted: boolean;
    readonly resource?: T | undefined;
}

export interface Instrumentation {
    readonly propagateTo?: readonly string[] | undefined;
    start(activity: Activity): Observation | undefined;
    event?(event: ClientEvent): void;
}

export interface LastResponse {
    readonly status?: number | undefined;
    readonly error?: string | undefined;
}

export interface Limits {
    readonly origins: PlaceLimiter;
    readonly tokenEndpoints: PlaceLimiter;
    readonly breaker: Breaker;
    readonly tokenGuard?: GuardBoard | undefined;
    readonly pauses?: PauseBoard | undefined;
}

export interface ListingReport {
    readonly startedAt: number | undefined;
    readonly seen: number;
    readonly duplicates: number;
    readonly unreadable: number;
    readonly pages: number;
    readonly total: number | undefined;
    readonly complete: boolean;
    readonly why: readonly string[];
    readonly warnings: readonly string[];
    readonly problems: readonly (UnreadableEntry & {
        readonly page: number;
    })[];
}

export type LooseParameter = AllOf<Choice<string | number | boolean | {
    readonly system: string;
    readonly value: string;
} | {
    readonly type: string;
    readonly id: string;
}> | {
    readonly exact: Choice<string>;
} | {
    readonly contains: Choice<string>;
} | {
    readonly not: Choice<TokenValue>;
} | {
    readonly text: string;
} | {
    readonly identifier: TokenValue;
} | Comparisons | Missing>;

export type MatchGrade = 'certain' | 'probable' | 'possible' | 'certainly-not';

export interface MatchOptions extends ReadingOptions {
    onlyCertainMatches?: boolean | undefined;
    count?: number | undefined;
}

export interface Matched extends OutcomeFacts {
    readonly kind: 'matched';
    readonly matches: readonly [
        FoundPatient
    ];
}

export interface Missing {
    readonly missing: boolean;
}

export interface NoMatch extends OutcomeFacts {
    readonly kind: 'no-match';
}

export interface Observation {
    run?(work: () => unknown): unknown;
    headers?(): Readonly<Record<string, string>>;
    end(result: ActivityResult): void;
}

export interface OperationOptions<T extends ResourceType<V>, V extends FhirVersion = 'R4'> extends ReadingOptions {
    type?: ResourceType<V> | undefined;
    id?: string | undefined;
    body?: AnyResource<V> | undefined;
    query?: SearchParameters | undefined;
    method?: 'GET' | 'POST' | undefined;
    safe?: boolean | undefined;
    returns?: T | undefined;
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

export interface PagedResults<T, P> extends AsyncIterable<T> {
    [Symbol.asyncIterator](): AsyncIterator<T, void, void>;
    pages(): AsyncIterable<P>;
    first(): Promise<T | undefined>;
    toArray(options: {
        max: number;
    }): Promise<{
        resources: T[];
        complete: boolean;
    }>;
}

export interface PagingOptions extends ReadingOptions {
    maxPages?: number | undefined;
}

export type PatientDemographics<V extends FhirVersion = 'R4'> = Partial<PatientOf<V>>;

export interface PatientMatch<V extends FhirVersion = 'R4'> {
    readonly resource: PatientOf<V>;
    readonly score?: number | undefined;
    readonly grade?: MatchGrade | undefined;
}

export type PatientOf<V extends FhirVersion = 'R4'> = Extract<Resources[V], {
    resourceType: 'Patient';
}>;

export interface PatientReadOptions extends ReadOptions {
    followReplacement?: boolean | undefined;
}

export interface PauseBoard {
    set(base: string, pause: SharedPause): Awaitable<void>;
    get(base: string): Awaitable<SharedPause | undefined>;
}

export interface Percentiles {
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly max: number;
}

export interface Place {
    release(): Awaitable<void>;
}

export interface PlaceLimiter {
    acquire(key: string, signal: AbortSignalLike): Awaitable<Place>;
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

export declare class PolicyError extends CarequalityError<Codes<'PolicyError'>> {
    readonly name: string;
}

export interface PolicyRules {
    readonly allowedOrigins: readonly string[] | 'rule' | 'any-https';
    readonly allowedPrivateHosts: readonly string[];
    readonly allowInsecureLoopback: boolean;
}

export interface ReadOptions extends ReadingOptions {
    _elements?: readonly string[] | undefined;
    _summary?: 'true' | 'text' | 'data' | 'false' | undefined;
}

export interface ReadingOptions extends CallOptions {
    validate?: ResourceSchema | undefined;
    onResponse?: ((answer: ResponseText) => unknown) | undefined;
}

export type ReferenceParameter = AllOf<Choice<string | {
    readonly type: string;
    readonly id: string;
}> | {
    readonly identifier: TokenValue;
} | Missing>;

export interface Refused extends OutcomeFacts {
    readonly kind: 'refused';
    readonly error: OutcomeError;
    readonly consent?: ConsentDemand | undefined;
}

export declare class RegistrationError extends CarequalityError<Codes<'RegistrationError'>> {
    readonly name: string;
    readonly error?: string;
    readonly errorDescription?: string;
}

interface RegistrationPlace {
    readonly registrationEndpoint: string;
    readonly community: string;
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

export type RequestResult = 'answered' | 'unreachable' | 'failing' | 'dropped';

export type ResourceOf<T extends ResourceType<V>, V extends FhirVersion = 'R4'> = Extract<Resources[V], {
    resourceType: T;
}>;

export interface ResourceSchema {
    readonly '~standard': {
        readonly version: 1;
        readonly vendor: string;
        readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>;
    };
}

export type ResourceType<V extends FhirVersion = 'R4'> = Resources[V]['resourceType'];

interface Resources {
    R4: r4.FhirResource;
    STU3: r3.FhirResource;
}

export declare class ResponseError extends CarequalityError<Codes<'ResponseError'>> {
    readonly name: string;
    readonly issues?: readonly string[];
}

export interface ResponseText {
    readonly status: number;
    readonly headers: Headers;
    readonly text: string;
}

export interface SchemaResult {
    readonly issues?: readonly {
        readonly path?: readonly (PropertyKey | {
            readonly key: PropertyKey;
        })[] | undefined;
    }[] | undefined;
}

export interface SearchOptions extends PagingOptions {
    all?: boolean | undefined;
    raw?: readonly (readonly [
        name: string,
        value: string
    ])[] | undefined;
}

export type SearchParameters = CommonSearchParameters & Readonly<Record<string, LooseParameter | AllOf<Has> | undefined>>;

export type SearchPrefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

export interface Server {
    readonly origin: string;
    readonly base: string;
}

export interface ServerOutcome {
    readonly issue: readonly {
        readonly severity?: string | undefined;
        readonly code?: string | undefined;
        readonly text?: string | undefined;
    }[];
}

export interface SharedPause {
    readonly status: number;
    readonly leftMs: number;
}

export declare class SignerError extends CarequalityError<Codes<'SignerError'>> {
    readonly name: string;
}

export interface SignerExtras {
    certificates?: CertificateInput | undefined;
    algorithms?: readonly SigningAlgorithm[] | undefined;
    kid?: string | undefined;
}

export type SkipReason = 'duplicate' | 'inactive' | 'no-endpoint' | 'directory' | 'blocked' | 'breaker-open' | 'budget' | 'policy';

export interface Skipped extends OutcomeFacts {
    readonly kind: 'skipped';
    readonly reason: SkipReason;
    readonly duplicateOf?: string | undefined;
    readonly error?: OutcomeError | undefined;
}

export interface SkippedEndpoint {
    readonly entry: string;
    readonly address: string | undefined;
    readonly why: string;
}

export interface SnapshotAge {
    readonly asOf: number;
    readonly ageMs: number;
}

export interface StoredToken {
    readonly accessToken: string;
    readonly scope: string;
    readonly sentAt: number;
    readonly expiresAt: number;
}

export type StringParameter = AllOf<Choice<string> | {
    readonly exact: Choice<string>;
} | {
    readonly contains: Choice<string>;
} | Missing>;

export type TargetInput = string | DirectoryEntry | BaseUrlTarget;

export interface TokenCache {
    get(key: string, options: {
        signal: AbortSignal;
    }): Awaitable<StoredToken | undefined>;
    set(key: string, token: StoredToken, options: {
        signal: AbortSignal;
    }): Awaitable<void>;
    delete(key: string, token: StoredToken, options: {
        signal: AbortSignal;
    }): Awaitable<void>;
    lease?(key: string, options: {
        ms: number;
        signal: AbortSignal;
    }): Awaitable<(() => Awaitable<void>) | undefined>;
}

export declare class TokenError extends CarequalityError<Codes<'TokenError'>> {
    readonly name: string;
    readonly error?: string;
    readonly errorDescription?: string;
    readonly errorUri?: string;
    readonly consent?: ConsentDemand;
    readonly retryAt?: number;
}

export type TokenParameter<T = TokenValue> = AllOf<Choice<T> | {
    readonly not: Choice<T>;
} | {
    readonly text: string;
} | Missing>;

interface TokenPlace {
    readonly tokenEndpoint: string;
    readonly organization: string | undefined;
}

export interface TokenProviderOptions extends HttpOptions {
    assertions: AssertionSigner;
    cache?: TokenCache | undefined;
    tokenRequestsPerMinute?: number | undefined;
    scopeFallback?: boolean | undefined;
}

export declare class TokenTrust {
    #private;
    readonly trustedOrigins: Exclude<TrustedOrigins, (...given: never[]) => boolean> | 'rule';
    constructor(trustedOrigins?: HttpOptions['trustedOrigins']);
    rule(): Promise<TrustRule>;
}

export type TokenValue = string | {
    readonly system: string;
    readonly value: string;
};

export declare class TransportError extends CarequalityError<Codes<'TransportError'>> {
    readonly name: string;
}

export declare class TrustError extends CarequalityError<Codes<'TrustError'>> {
    readonly name: string;
    readonly step: string;
    readonly reason: string;
    readonly position?: number;
}

export type TrustRule = (fhirBaseUrl: string, tokenEndpoint: string) => boolean;

export interface TrustWarning {
    readonly step: string;
    readonly reason: string;
    readonly text: string;
    readonly position?: number | undefined;
}

type TrustedOrigins = NonNullable<HttpOptions['trustedOrigins']>;

export interface UdapIdentity {
    readonly clientUri: string;
    readonly community: string;
    readonly directoryRelease: 'rce-r4' | undefined;
}

export interface UdapOptions {
    udap?: UdapIdentity | undefined;
    identities?: Readonly<Record<string, UdapIdentity>> | undefined;
}

export interface Unanswered {
    readonly target: DiscoverTarget;
    readonly kind: OutcomeKind;
    readonly reason?: SkipReason | CancelReason | undefined;
    readonly code?: string | undefined;
}

export interface UnreadableEntry {
    readonly index: number;
    readonly reason: string;
}

export type UntimedEvent<Name extends EventName = EventName> = {
    readonly [One in Name]: {
        readonly type: One;
    } & ClientEvents[One];
}[Name];

export type Validation = 'off' | 'shell';

export type Verdict = {
    readonly open: false;
    report(result: RequestResult): Awaitable<void>;
} | {
    readonly open: true;
    readonly retryAt: number;
};

export interface VerifiedChain {
    readonly community: string;
    readonly anchor: CertificateFacts;
    readonly intermediates: readonly CertificateFacts[];
    readonly leaf: CertificateFacts;
    readonly expiresAt: number;
    readonly warnings: readonly TrustWarning[];
    readonly explanation: string;
}

export interface VerifiedMetadata {
    readonly baseUrl: string;
    readonly community: string;
    readonly tokenEndpoint: string;
    readonly registrationEndpoint: string;
    readonly authorizationEndpoint?: string | undefined;
    readonly versionsSupported?: readonly string[] | undefined;
    readonly profilesSupported?: readonly string[] | undefined;
    readonly extensionsSupported?: readonly string[] | undefined;
    readonly extensionsRequired?: readonly string[] | undefined;
    readonly certificationsSupported?: readonly string[] | undefined;
    readonly certificationsRequired?: readonly string[] | undefined;
    readonly grantTypesSupported?: readonly string[] | undefined;
    readonly scopesSupported?: readonly string[] | undefined;
    readonly tokenAlgorithms?: readonly string[] | undefined;
    readonly registrationAlgorithms?: readonly string[] | undefined;
    readonly chain: VerifiedChain;
    readonly expiresAt: number;
    readonly warnings: readonly TrustWarning[];
    readonly trail: readonly string[];
    readonly document: Readonly<Record<string, JsonValue>>;
}

export interface WantedEndpoint extends Pick<HttpOptions, 'allowedOrigins' | 'allowedPrivateHosts' | 'allowInsecureLoopback' | 'now'> {
    fhirVersion?: string | undefined;
    purposeOfUse?: string | readonly string[] | undefined;
    test?: boolean | undefined;
    parents?: EntryReader | undefined;
}

export declare const errorCatalogue: {
    readonly ERR_CQ_CERTIFICATE_EXPIRED: readonly [
        "ConfigurationError",
        string,
        string,
        false,
        "key holder"
    ];
    readonly ERR_CQ_KEY_CERTIFICATE_MISMATCH: readonly [
        "ConfigurationError",
        string,
        string,
        false,
        "key holder"
    ];
    readonly ERR_CQ_NO_COMMON_ALGORITHM: readonly [
        "ConfigurationError",
        string,
        string,
        false,
        "you"
    ];
    readonly ERR_CQ_CLOCK_SKEW: readonly [
        "ConfigurationError",
        string,
        string,
        false,
        "you"
    ];
    readonly ERR_CQ_ORIGIN_REFUSED: readonly [
        "PolicyError",
        string,
        string,
        false,
        "you"
    ];
    readonly ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED: readonly [
        "PolicyError",
        string,
        "Ask the responder whether the pair is right and add it to \"trustedOrigins\string,
        false,
        "responder"
    ];
    readonly ERR_CQ_REDIRECT_REFUSED: readonly [
        "PolicyError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_NEXT_LINK_REFUSED: readonly [
        "PolicyError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_SEARCH_METHOD_REFUSED: readonly [
        "PolicyError",
        string,
        string,
        false,
        "you"
    ];
    readonly ERR_CQ_FILTER_IGNORED: readonly [
        "PolicyError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_AUDIT_FAILED: readonly [
        "PolicyError",
        string,
        string,
        true,
        "you"
    ];
    readonly ERR_CQ_NETWORK: readonly [
        "TransportError",
        string,
        string,
        true,
        "network"
    ];
    readonly ERR_CQ_TIMEOUT: readonly [
        "TransportError",
        string,
        "Try again, or allow more time with \"timeoutMs\string,
        true,
        "network"
    ];
    readonly ERR_CQ_BREAKER_OPEN: readonly [
        "TransportError",
        string,
        string,
        true,
        "responder"
    ];
    readonly ERR_CQ_INCOMPLETE_BODY: readonly [
        "TransportError",
        string,
        string,
        true,
        "network"
    ];
    readonly ERR_CQ_RESPONSE_TOO_LARGE: readonly [
        "TransportError",
        string,
        "Request less, or raise \"bodyLimits\string,
        false,
        "you"
    ];
    readonly ERR_CQ_STORE_FAILED: readonly [
        "TransportError",
        string,
        string,
        true,
        "you"
    ];
    readonly ERR_CQ_UNEXPECTED_STATUS: readonly [
        "ResponseError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_UNEXPECTED_CONTENT: readonly [
        "ResponseError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_INVALID_JSON: readonly [
        "ResponseError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_INVALID_RESPONSE: readonly [
        "ResponseError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_UNEXPECTED_RESOURCE: readonly [
        "ResponseError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_NOT_ACCEPTABLE: readonly [
        "ResponseError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_ENTRY_NOT_FOUND: readonly [
        "DirectoryError",
        string,
        string,
        false,
        "you"
    ];
    readonly ERR_CQ_ENTRY_AMBIGUOUS: readonly [
        "DirectoryError",
        string,
        string,
        false,
        "directory"
    ];
    readonly ERR_CQ_ENTRY_INACTIVE: readonly [
        "DirectoryError",
        string,
        string,
        false,
        "directory"
    ];
    readonly ERR_CQ_NO_USABLE_ENDPOINT: readonly [
        "DirectoryError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_DIRECTORY_KEY_REFUSED: readonly [
        "DirectoryError",
        string,
        string,
        false,
        "directory"
    ];
    readonly ERR_CQ_SNAPSHOT_INVALID: readonly [
        "DirectoryError",
        string,
        string,
        false,
        "you"
    ];
    readonly ERR_CQ_SNAPSHOT_TOO_OLD: readonly [
        "DirectoryError",
        "The local copy of the directory is older than its \"maxAgeMs\string,
        string,
        false,
        "you"
    ];
    readonly ERR_CQ_NO_TOKEN_ENDPOINT: readonly [
        "DiscoveryError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_UNSUPPORTED_SERVER: readonly [
        "DiscoveryError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_NO_UDAP: readonly [
        "DiscoveryError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_UNTRUSTED: readonly [
        "TrustError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_REGISTRATION_REJECTED: readonly [
        "RegistrationError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_INVALID_REGISTRATION_RESPONSE: readonly [
        "RegistrationError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_REGISTRATION_STORE_FAILED: readonly [
        "RegistrationError",
        string,
        string,
        true,
        "you"
    ];
    readonly ERR_CQ_SIGNER_FAILED: readonly [
        "SignerError",
        string,
        string,
        true,
        "key holder"
    ];
    readonly ERR_CQ_SIGNER_TIMEOUT: readonly [
        "SignerError",
        string,
        string,
        true,
        "key holder"
    ];
    readonly ERR_CQ_INVALID_SIGNATURE: readonly [
        "SignerError",
        string,
        string,
        false,
        "key holder"
    ];
    readonly ERR_CQ_TOKEN_REJECTED: readonly [
        "TokenError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_INVALID_TOKEN_RESPONSE: readonly [
        "TokenError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_UNSUPPORTED_TOKEN_TYPE: readonly [
        "TokenError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_TOKEN_PAUSED: readonly [
        "TokenError",
        string,
        string,
        true,
        "responder"
    ];
    readonly ERR_CQ_NOT_FOUND: readonly [
        "FhirError",
        string,
        string,
        false,
        "you"
    ];
    readonly ERR_CQ_GONE: readonly [
        "FhirError",
        string,
        string,
        false,
        "you"
    ];
    readonly ERR_CQ_UNAUTHORIZED: readonly [
        "FhirError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_FORBIDDEN: readonly [
        "FhirError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_OTHER_PATIENT: readonly [
        "FhirError",
        string,
        string,
        false,
        "you"
    ];
    readonly ERR_CQ_TOO_MANY_RESULTS: readonly [
        "FhirError",
        string,
        string,
        false,
        "you"
    ];
    readonly ERR_CQ_RATE_LIMITED: readonly [
        "FhirError",
        string,
        string,
        true,
        "you"
    ];
    readonly ERR_CQ_OPERATION_FAILED: readonly [
        "FhirError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_OPERATION_NOT_SUPPORTED: readonly [
        "FhirError",
        string,
        string,
        false,
        "responder"
    ];
    readonly ERR_CQ_INCOMPLETE_RESULT: readonly [
        "FhirError",
        string,
        string,
        true,
        "responder"
    ];
    readonly ERR_CQ_PAGE_EXPIRED: readonly [
        "FhirError",
        string,
        string,
        true,
        "you"
    ];
    readonly ERR_CQ_PAGE_LIMIT: readonly [
        "FhirError",
        string,
        string,
        false,
        "you"
    ];
};
