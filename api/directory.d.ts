// carequality-fhir/directory: its public declarations. Written by `npm run api`.

export { DirectoryClient, DirectoryEndpoint, DirectoryEntry, DirectoryOptions, DirectoryRelease, EntryReader, readDirectoryEntry, selectEndpoint } from 'carequality-fhir'

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

export interface DirectoryDiff {
    readonly entriesAdded: readonly string[];
    readonly entriesGone: readonly string[];
    readonly endpointsAdded: readonly ListedEndpoint[];
    readonly endpointsMoved: readonly (ListedEndpoint & {
        readonly from: string;
    })[];
    readonly endpointsRemoved: readonly ListedEndpoint[];
}

export interface DirectoryDowntime {
    readonly start?: string | undefined;
    readonly end?: string | undefined;
    readonly timing?: unknown;
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

export declare class DirectorySnapshot implements EntryReader {
    #private;
    private constructor();
    static build(directory: DirectorySource, given?: SnapshotOptions & Pick<RefreshOptions, 'signal' | 'timeoutMs' | 'count'>): Promise<DirectorySnapshot>;
    static load(source: SnapshotSource, given: SnapshotOptions & {
        network: string;
        environment: string;
    }): Promise<DirectorySnapshot>;
    static diff(earlier: DirectorySnapshot, later: DirectorySnapshot): DirectoryDiff;
    get network(): string;
    get environment(): string;
    get release(): string;
    get asOf(): number;
    get ageMs(): number;
    get lastFullPass(): ListingReport;
    get size(): number;
    read(id: string): Promise<DirectoryEntry>;
    find(id: string): Promise<DirectoryEntry | undefined>;
    at(url: string): readonly DirectoryEntry[];
    near(point: DirectoryPosition, within: {
        miles: number;
    }): readonly DirectoryEntry[];
    inState(state: string): readonly DirectoryEntry[];
    search(name: string): readonly DirectoryEntry[];
    [Symbol.iterator](): Generator<DirectoryEntry, void, void>;
    save(): Iterable<string>;
    refresh(directory: DirectorySource, given?: RefreshOptions): Promise<DirectorySnapshot>;
}

export interface DirectorySource {
    readonly network: string;
    readonly environment: string;
    readonly release: string;
    readonly knowsLastUpdated: boolean;
    entries(parameters?: DirectorySearchParameters, options?: CallOptions): DirectoryListing;
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

export interface ListedEndpoint {
    readonly entry: string;
    readonly endpoint: DirectoryEndpoint;
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

export interface RefreshOptions extends CallOptions {
    full?: boolean | undefined;
    fullAfterMs?: number | undefined;
    count?: number | undefined;
}

export interface SnapshotAge {
    readonly asOf: number;
    readonly ageMs: number;
}

export interface SnapshotOptions {
    maxAgeMs?: number | undefined;
    now?: (() => number) | undefined;
}

export type SnapshotSource = string | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

export interface UnreadableEntry {
    readonly index: number;
    readonly reason: string;
}

export interface WantedEndpoint extends Pick<HttpOptions, 'allowedOrigins' | 'allowedPrivateHosts' | 'allowInsecureLoopback' | 'now'> {
    fhirVersion?: string | undefined;
    purposeOfUse?: string | readonly string[] | undefined;
    test?: boolean | undefined;
    parents?: EntryReader | undefined;
}

export declare const directoryReleases: Readonly<Record<DirectoryReleaseId, DirectoryRelease>>;
