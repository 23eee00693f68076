import type { ResourceOf } from '../fhir/types.ts'
import type { Access, AccessOutcome } from '../audit-trail.ts'
import { agentsOf } from './agents.ts'
import * as codes from './codes.ts'
import { entitiesOf } from './entities.ts'
import type { AuditEvent, AuditUser, BalpAuditOptions } from './options.ts'
import { patternOf } from './patterns.ts'

/** What all events of one access share. */
type Settings = Pick<BalpAuditOptions, 'source' | 'query'> & {
  readonly user: AuditUser | undefined
}

type Failure = NonNullable<AccessOutcome['error']>

/**
 * Before anything is sent. It has no outcome, and so claims no profile: the profiles are of
 * successes.
 */
export function attemptEvent(access: Access, settings: Settings): AuditEvent {
  return {
    ...eventOf(access, settings, access.at, access.patientId),
    outcomeDesc: 'attempt: recorded before the request was sent',
  }
}

/** One for each Patient that the result is about, as PatientQuery requires; at least one. */
export function outcomeEvents(
  access: Access,
  { at, error, patientIds }: AccessOutcome,
  settings: Settings,
): AuditEvent[] {
  if (error !== undefined) {
    return [failed(eventOf(access, settings, at, access.patientId), error)]
  }
  const patients = patientIds.length === 0 ? [undefined] : patientIds
  return patients.map((patientId) => {
    const [plain, withPatient] = patternOf(access).profiles ?? []
    const profile = patientId === undefined ? plain : withPatient
    return {
      ...eventOf(access, settings, at, patientId),
      ...(profile === undefined ? {} : { meta: { profile: [profile] } }),
      outcome: '0',
    }
  })
}

function eventOf(
  access: Access,
  { source, query, user }: Settings,
  at: number,
  patientId: string | undefined,
): AuditEvent {
  const pattern = patternOf(access)
  const { purposeOfUse } = access
  const observer = { display: source.name }
  return {
    resourceType: 'AuditEvent',
    type: codes.rest,
    subtype: pattern.subtypes.map(codes.interaction),
    action: pattern.action,
    period: { start: instant(access.at), end: instant(at) },
    recorded: instant(at),
    ...(purposeOfUse.length === 0 ? {} : { purposeOfEvent: purposeOfUse.map(codes.purpose) }),
    agent: agentsOf(access, pattern, source, user),
    source: {
      ...(source.site === undefined ? {} : { site: source.site }),
      ...{ observer, type: [codes.applicationServer] },
    },
    entity: entitiesOf(access, pattern, query, patientId),
  }
}

/** A failure "would not be a successful outcome and should have an OperationOutcome" (BALP 1.1.4, Read and Query). */
function failed(event: AuditEvent, { type, status }: Failure): AuditEvent {
  const text = status === undefined ? type : `${type} (${status})`
  const issue = { severity: 'error', code: issueCodeOf(type, status), details: { text } } as const
  const operationOutcome: ResourceOf<'OperationOutcome'> = {
    ...{ resourceType: 'OperationOutcome', id: 'outcome', issue: [issue] },
  }
  return {
    ...event,
    contained: [operationOutcome],
    outcome: isMinor(status) ? '4' : '8',
    outcomeDesc: text,
    entity: [
      ...(event.entity ?? []),
      { name: 'outcome', what: { reference: '#outcome' }, type: codes.otherEntity },
    ],
  }
}

/** "Often equivalent to an HTTP 400 response" ([FHIR R4, outcomes](https://hl7.org/fhir/R4/codesystem-audit-event-outcome.html)). */
function isMinor(status: number | undefined): boolean {
  return status !== undefined && status < 500
}

function issueCodeOf(
  type: string,
  status: number | undefined,
): 'login' | 'forbidden' | 'not-found' | 'deleted' | 'throttled' | 'timeout' | 'processing' {
  if (status === 401) return 'login'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'not-found'
  if (status === 410) return 'deleted'
  if (status === 429) return 'throttled'
  return type === 'ERR_CQ_TIMEOUT' ? 'timeout' : 'processing'
}

function instant(at: number): string {
  return new Date(at).toISOString()
}
