export { balpAudit } from './balp-audit.ts'
export type { AuditEvent, AuditSink, AuditSource, AuditUser, BalpAuditOptions } from './options.ts'
