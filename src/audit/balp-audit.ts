import type { Access, AccessOutcome, AuditTrail } from '../audit-trail.ts'
import { attemptEvent, outcomeEvents } from './audit-event.ts'
import {
  requireBalpOptions,
  requireUser,
  type AuditEvent,
  type AuditUser,
  type BalpAuditOptions,
} from './options.ts'

/** Events that are written concurrently: a page may be about a thousand patients. */
const AT_ONCE = 16

/**
 * AuditEvents by IHE's Basic Audit Log Patterns, for a client's `audit` option: one before each access
 * to patient data, and one after it for each Patient in the result. Throws `TypeError` for a wrong option.
 *
 * @see [IHE BALP 1.1.4](https://profiles.ihe.net/ITI/BALP/content.html)
 */
export function balpAudit(given: BalpAuditOptions): AuditTrail {
  const { sink, source, user, query, timeoutMs, onFailure = 'refuse' } = requireBalpOptions(given)
  // The person of the attempt is that of the outcome, whoever is logged in by then.
  const people = new WeakMap<Access, AuditUser | undefined>()
  const attempt = async (access: Access): Promise<void> => {
    const person = await userOf(user, access)
    people.set(access, person)
    await write([attemptEvent(access, { source, query, user: person })])
  }
  const outcome = async (access: Access, ended: AccessOutcome): Promise<void> =>
    write(outcomeEvents(access, ended, { source, query, user: people.get(access) }))
  const write = async (events: readonly AuditEvent[]): Promise<void> => {
    for (let from = 0; from < events.length; from += AT_ONCE) {
      await Promise.all(events.slice(from, from + AT_ONCE).map(async (event) => sink.write(event)))
    }
  }
  return { onFailure, timeoutMs, attempt, outcome }
}

async function userOf(
  user: BalpAuditOptions['user'],
  access: Access,
): Promise<AuditUser | undefined> {
  const person = typeof user === 'function' ? await user(access) : user
  return person && requireUser(person, 'user')
}
