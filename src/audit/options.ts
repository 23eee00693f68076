import type { ResourceOf } from '../fhir/types.ts'
import {
  requireFunction,
  requireObject,
  requireOneOf,
  requirePositive,
  requireText,
  requireTexts,
} from '../lib/arguments.ts'
import { ownProperties, ownOptions } from '../lib/own.ts'
import type { Access } from '../audit-trail.ts'

/** A FHIR R4 AuditEvent. */
export type AuditEvent = ResourceOf<'AuditEvent'>

/** Where AuditEvents go: a FHIR server, a queue, an append-only file. */
export interface AuditSink {
  /**
   * Resolves when the event is stored durably. Rejecting, or taking longer than `timeoutMs`, means
   * that it is not.
   */
  write(event: AuditEvent): Promise<void>
}

/** The system that makes the requests and records them: yours. */
export interface AuditSource {
  /** Shown to readers of the log, for example "Record gateway". */
  name: string
  /** As partners see it: a host name or an IP address. */
  address: string
  /** Where it is, for example "Data center 2". */
  site?: string | undefined
}

/** The person on whose behalf a request is made. */
export interface AuditUser {
  /** Your own identifier of the person, with the system that assigns it. */
  id: { system: string; value: string }
  name: string
  /** For example "Physician". */
  roles?: readonly string[] | undefined
}

/** Options of {@link balpAudit}. */
export interface BalpAuditOptions {
  sink: AuditSink
  source: AuditSource
  /**
   * The person, or a function that returns the current one; undefined where no person is behind the
   * access. Default: none.
   */
  user?:
    | AuditUser
    | ((access: Access) => AuditUser | undefined | Promise<AuditUser | undefined>)
    | undefined
  /**
   * What a failed record means. `refuse` (default): nothing is sent, or the result is withheld,
   * with `ERR_CQ_AUDIT_FAILED`. `warn`: the call goes on, and the event `audit.failed` reports it.
   */
  onFailure?: 'refuse' | 'warn' | undefined
  /**
   * Whether the search itself, names and birth dates included, is in `entity.query`. `omit` marks
   * it as masked, for logs with more readers than may know who was searched for. Default `include`,
   * as the profile requires.
   */
  query?: 'include' | 'omit' | undefined
  /** Milliseconds for one record. Default 5,000. */
  timeoutMs?: number | undefined
}

/** Throws `TypeError` for a wrong option. */
export function requireBalpOptions(given: BalpAuditOptions): BalpAuditOptions {
  const options = ownOptions(given)
  requireObject(options.sink, 'sink')
  requireFunction(Reflect.get(options.sink, 'write'), 'sink.write', 'needed')
  const source = ownOptions(options.source, 'source')
  requireText(source.name, 'source.name')
  requireText(source.address, 'source.address')
  if (source.site !== undefined) requireText(source.site, 'source.site')
  if (typeof options.user === 'object') requireUser(options.user, 'user')
  else requireFunction(options.user, 'user')
  requireOneOf(options.onFailure, ['refuse', 'warn'], 'onFailure')
  requireOneOf(options.query, ['include', 'omit'], 'query')
  requirePositive(options.timeoutMs, 'timeoutMs')
  return ownProperties({ ...options, source })
}

/** Throws `TypeError` unless it names a person. */
export function requireUser(given: AuditUser, option: string): AuditUser {
  const user = ownOptions(given, option)
  const id = ownOptions(user.id, `${option}.id`)
  requireText(id.system, `${option}.id.system`)
  requireText(id.value, `${option}.id.value`)
  requireText(user.name, `${option}.name`)
  requireTexts(user.roles, `${option}.roles`)
  return ownProperties({ ...user, id })
}
