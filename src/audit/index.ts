/**
 * An audit trail by IHE's Basic Audit Log Patterns.
 *
 * @module carequality-fhir/audit
 */
export { balpAudit } from './balp-audit.ts'
export type { AuditEvent, AuditSink, AuditSource, AuditUser, BalpAuditOptions } from './options.ts'
export type { Access, AccessOutcome, AuditTrail } from '../audit-trail.ts'
