// carequality-fhir/testing: its public declarations. Written by `npm run api`.

export interface ContractCheck {
    readonly name: string;
    readonly run: () => Promise<void>;
}

export interface RecordedRequest {
    readonly method: string;
    readonly url: string;
    readonly headers: Headers;
    readonly body: string;
}

export interface Sandbox {
    readonly fetch: FetchLike;
    readonly options: SandboxClientOptions;
    readonly pem: {
        readonly key: string;
        readonly certificates: string;
    };
    readonly directory: {
        put(entry: SandboxEntry): void;
        remove(oid: string): void;
    };
    readonly responders: readonly SandboxResponder[];
    readonly requests: readonly RecordedRequest[];
    respondOnce(match: (request: Request) => boolean, response: Response | (() => Response | Promise<Response>)): void;
    readonly udap?: SandboxUdap;
    listen(): Promise<{
        directoryBaseUrl: string;
        origins: Readonly<Record<string, string>>;
        udapBaseUrls?: Readonly<Record<SandboxUdapProfile, string>>;
        close(): Promise<void>;
    }>;
}

export interface SandboxClient {
    readonly clientId: string;
    readonly signer: Signer;
}

export interface SandboxClientOptions {
    readonly directory: {
        readonly release: 'carequality-stu3';
        readonly apiKey: string;
    };
    readonly clientId: string;
    readonly signer: Signer;
    readonly fetch: FetchLike;
    readonly now?: () => number;
    readonly randomUUID?: () => string;
}

export interface SandboxCommunity {
    readonly community: string;
    readonly anchors: string;
    readonly intermediates: string;
}

export interface SandboxEntry {
    readonly oid: string;
    readonly name: string;
    readonly active?: boolean | undefined;
    readonly partOf?: string | undefined;
    readonly endpoints?: readonly {
        readonly address: string;
        readonly fhirVersion?: string | undefined;
        readonly transaction?: string | undefined;
        readonly status?: string | undefined;
    }[] | undefined;
}

export type SandboxFault = (typeof faultKinds)[number];

export type SandboxHolding = 'patient' | 'similar' | 'nobody';

export interface SandboxLatency {
    readonly p50Ms: number;
    readonly p99Ms: number;
}

export interface SandboxOptions {
    readonly now?: (() => number) | undefined;
    readonly randomUUID?: (() => string) | undefined;
    readonly tokenLifetimeMs?: number | undefined;
    readonly patients?: readonly Patient[] | undefined;
    readonly directorySize?: number | undefined;
    readonly clients?: readonly SandboxClient[] | undefined;
    readonly responders?: number | undefined;
    readonly responderOrigins?: number | undefined;
    readonly faults?: number | Readonly<Partial<Record<SandboxFault, number>>> | undefined;
    readonly latency?: SandboxLatency | undefined;
    readonly wait?: ((ms: number) => Promise<void>) | undefined;
    readonly seed?: number | undefined;
    readonly udap?: boolean | undefined;
}

export interface SandboxResponder {
    readonly oid: string;
    readonly name: string;
    readonly baseUrl: string;
    readonly kind: SandboxResponderKind;
    readonly holds: SandboxHolding;
    readonly city: string;
    readonly state: string;
    readonly position: {
        readonly latitude: number;
        readonly longitude: number;
    };
}

export type SandboxResponderKind = 'match' | 'search-only' | SandboxFault;

export interface SandboxUdap {
    readonly communities: readonly SandboxCommunity[];
    readonly servers: Readonly<Record<SandboxUdapProfile, SandboxUdapServer>>;
    readonly homeCommunityId: string;
    identity(profile: SandboxUdapProfile, purpose?: string): Promise<SandboxUdapIdentity>;
    idToken(person: Pick<Patient, 'name' | 'birthDate'>): Promise<string>;
    revoke(uri: string): void;
    forgetClients(profile: SandboxUdapProfile): void;
}

export interface SandboxUdapIdentity {
    readonly clientUri: string;
    readonly community: string;
    readonly signer: Signer;
    readonly pem: {
        readonly key: string;
        readonly certificates: string;
    };
}

export type SandboxUdapProfile = 'carequality-2021' | 'ssraa' | 'tefca';

export interface SandboxUdapServer {
    readonly profile: SandboxUdapProfile;
    readonly community: string;
    readonly organization: string;
    readonly baseUrl: string;
}

export declare function createSandbox(options: SandboxOptions & {
    readonly udap: true;
}): Promise<Sandbox & {
    readonly udap: SandboxUdap;
}>;
export declare function createSandbox(options?: SandboxOptions): Promise<Sandbox>;

export declare function signerContract(make: Make): readonly ContractCheck[];

export declare function tokenCacheContract(make: () => TokenCache | Promise<TokenCache>): readonly ContractCheck[];

// Used by these, without a name to import.

type Make = () => Signer<SigningAlgorithm> | Promise<Signer<SigningAlgorithm>>;

export declare const faultKinds: readonly [
    "filter-ignored",
    "slow",
    "dead",
    "rate-limited",
    "failing",
    "login-page",
    "consent-required",
    "forbidden",
    "unregistered",
    "foreign-token"
];
