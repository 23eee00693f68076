// carequality-fhir/audit: its public declarations. Written by `npm run api`.

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

export type AuditEvent = ResourceOf<'AuditEvent'>;

export interface AuditSink {
    write(event: AuditEvent): Promise<void>;
}

export interface AuditSource {
    name: string;
    address: string;
    site?: string | undefined;
}

export interface AuditTrail {
    readonly onFailure: 'refuse' | 'warn';
    readonly timeoutMs?: number | undefined;
    attempt(access: Access): Promise<void>;
    outcome(access: Access, outcome: AccessOutcome): Promise<void>;
}

export interface AuditUser {
    id: {
        system: string;
        value: string;
    };
    name: string;
    roles?: readonly string[] | undefined;
}

export interface BalpAuditOptions {
    sink: AuditSink;
    source: AuditSource;
    user?: AuditUser | ((access: Access) => AuditUser | undefined | Promise<AuditUser | undefined>) | undefined;
    onFailure?: 'refuse' | 'warn' | undefined;
    query?: 'include' | 'omit' | undefined;
    timeoutMs?: number | undefined;
}

export declare function balpAudit(given: BalpAuditOptions): AuditTrail;
