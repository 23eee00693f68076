// carequality-fhir/audit: its public declarations. Written by `npm run api`.

export type AuditEvent = ResourceOf<'AuditEvent'>;

export interface AuditSink {
    write(event: AuditEvent): Promise<void>;
}

export interface AuditSource {
    name: string;
    address: string;
    site?: string | undefined;
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
