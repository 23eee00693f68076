// carequality-fhir/udap: its public declarations. Written by `npm run api`.

export interface B2bOptions extends B2bOrganization {
    purposeOfUse: readonly string[];
}

export interface B2bOrganization {
    organizationId: string;
    organizationName?: string | undefined;
    subject?: {
        name: string;
        id?: string | undefined;
        role?: string | undefined;
    } | undefined;
    consent?: {
        policy: readonly string[];
        reference?: readonly string[] | undefined;
    } | undefined;
}

export interface CertificateFacts {
    readonly subject: string;
    readonly uris: readonly string[];
    readonly notBefore: number;
    readonly notAfter: number;
    readonly thumbprint: string;
}

export interface Certification {
    readonly uris: readonly string[];
    readonly jwt?: string | undefined;
    readonly name?: string | undefined;
    readonly claims?: Readonly<Record<string, JsonValue>> | undefined;
}

export interface IasOptions {
    userInformation: Readonly<Record<string, JsonValue>>;
    patientInformation: Readonly<Record<string, JsonValue>>;
    idToken: string;
    consentPolicy?: readonly string[] | undefined;
    consentReference?: readonly string[] | undefined;
}

export interface Registration {
    readonly clientId: string;
    readonly scope: string;
    readonly grantTypes: readonly string[];
    readonly leafThumbprint: string;
    readonly at: number;
    readonly renewedAt?: number | undefined;
}

export type RegistrationChanges = Partial<Pick<Statement, 'clientName' | 'contacts' | 'scope'>>;

export interface RegistrationStore {
    get(key: string, options: {
        signal: AbortSignal;
    }): Awaitable<Registration | undefined>;
    set(key: string, registration: Registration, options: {
        signal: AbortSignal;
    }): Awaitable<void>;
    delete(key: string, options: {
        signal: AbortSignal;
    }): Awaitable<void>;
    lease(key: string, options: {
        ms: number;
        signal: AbortSignal;
    }): Awaitable<(() => Awaitable<void>) | undefined>;
}

export interface RevocationOptions {
    crl?: boolean | undefined;
    ocsp?: boolean | undefined;
    onUnknown?: 'refuse' | 'warn' | undefined;
    maxAgeMs?: number | undefined;
}

export interface TrustCommunity {
    community: string;
    anchors: CertificateInput;
    intermediates?: CertificateInput | undefined;
    revocation?: RevocationOptions | undefined;
    aia?: 'fetch' | 'off' | undefined;
}

export type TrustStep = (typeof trustSteps)[number];

export declare class TrustStore {
    #private;
    get communities(): readonly string[];
    verify(x5c: readonly string[], options?: VerifyOptions): Promise<VerifiedChain>;
    close(): Promise<void>;
}

export interface TrustStoreOptions extends HttpOptions {
    maxCacheBytes?: number | undefined;
}

export interface TrustWarning {
    readonly step: string;
    readonly reason: string;
    readonly text: string;
    readonly position?: number | undefined;
}

export declare class UdapClient implements UdapIdentity {
    #private;
    constructor(given: UdapClientOptions);
    get clientUri(): string;
    get community(): string;
    get directoryRelease(): 'rce-r4' | undefined;
    discover(baseUrl: string, options?: CallOptions): Promise<VerifiedMetadata>;
    register(metadata: VerifiedMetadata, options?: CallOptions): Promise<Registration>;
    update(metadata: VerifiedMetadata, changes: RegistrationChanges, options?: CallOptions): Promise<Registration>;
    cancel(metadata: VerifiedMetadata, options?: CallOptions): Promise<void>;
    close(): Promise<void>;
}

export interface UdapClientOptions extends HttpOptions {
    clientUri: string;
    signer: SignerSource;
    clientName: string;
    contacts: readonly string[];
    scope: string;
    trust: TrustStore;
    community?: string | undefined;
    profile?: UdapProfileId | undefined;
    registrations?: RegistrationStore | undefined;
    certifications?: readonly Certification[] | undefined;
    organization?: B2bOrganization | undefined;
    udapValue?: '1' | 1 | undefined;
}

export type UdapExtensions = Readonly<Record<string, JsonValue>>;

export interface UdapIdentity {
    readonly clientUri: string;
    readonly community: string;
    readonly directoryRelease: 'rce-r4' | undefined;
}

export interface UdapOptions {
    udap?: UdapIdentity | undefined;
    identities?: Readonly<Record<string, UdapIdentity>> | undefined;
}

export interface UdapProfile {
    readonly id: UdapProfileId;
    readonly community?: string | undefined;
    readonly signedMembers: readonly string[];
    readonly extensions: 'object' | 'list';
    readonly purposes: 'list' | 'text';
    readonly b2bNeeded: boolean;
    readonly maxPurposes: number;
    readonly purposeSystem: string;
    readonly issuer: 'client-id' | 'client-uri';
    readonly registrationVersion: '1' | 1;
    readonly organizationNameNeeded: boolean;
    readonly organizationId: 'uri' | 'rce';
    readonly issuerInChain: boolean;
    readonly directoryRelease?: 'rce-r4' | undefined;
}

export type UdapProfileId = 'ssraa' | 'tefca' | 'carequality-2021';

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

export interface VerifyOptions extends CallOptions {
    community?: string | undefined;
}

export declare function hl7B2b(given: B2bOptions): UdapExtensions;

export declare function memoryRegistrations(options?: {
    now?: (() => number) | undefined;
}): RegistrationStore;

export declare function tefcaBasicApp(given: {
    purpose: string;
    homeCommunityId: string;
}): Certification;

export declare function tefcaIas(given: IasOptions): UdapExtensions;

export declare const trustSteps: readonly [
    "jws",
    "alg",
    "x5c",
    "path",
    "validity",
    "constraints",
    "revocation",
    "san",
    "base",
    "claims",
    "times",
    "endpoints"
];

export declare function trustStore(communities: readonly TrustCommunity[], options?: TrustStoreOptions): TrustStore;

export declare const udapProfiles: Readonly<Record<UdapProfileId, UdapProfile>>;

// Used by these, without a name to import.

export interface Statement {
    readonly clientName: string;
    readonly contacts: readonly string[];
    readonly scope: string;
    readonly grantTypes: readonly string[];
}
