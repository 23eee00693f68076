import type { Access } from '../audit-trail.ts'
import { destinationRole, purpose, recipient, sourceRole } from './codes.ts'
import type { AuditEvent, AuditSource, AuditUser } from './options.ts'
import type { Pattern } from './patterns.ts'

type Agent = AuditEvent['agent'][number]

/** Your system, the responder, and the person, if any. */
export function agentsOf(
  access: Access,
  { entity }: Pattern,
  source: AuditSource,
  user: AuditUser | undefined,
): Agent[] {
  // BALP 1.1.4: a read flows from the server, a query from the client.
  const [client, server] =
    entity === 'data' ? [destinationRole, sourceRole] : [sourceRole, destinationRole]
  return [
    { ...clientOf(access, source), type: client, requestor: user === undefined },
    { ...serverOf(access), type: server, requestor: false },
    ...(user === undefined ? [] : [personOf(access, user)]),
  ]
}

function clientOf(
  { clientId }: Access,
  { name, address }: AuditSource,
): Pick<Agent, 'who' | 'network'> {
  const who = clientId === undefined ? {} : { identifier: { value: clientId } }
  return {
    who: { ...who, display: name },
    network: { address, type: /^[\d.]+$|:/.test(address) ? '2' : '1' },
  }
}

function serverOf({ organization, baseUrl }: Access): Pick<Agent, 'who' | 'network'> {
  const identifier =
    organization === undefined
      ? { system: 'urn:ietf:rfc:3986', value: baseUrl }
      : { system: 'urn:ietf:rfc:3986', value: `urn:oid:${organization}` }
  return { who: { identifier }, network: { address: baseUrl, type: '5' } }
}

function personOf({ purposeOfUse }: Access, { id, name, roles = [] }: AuditUser): Agent {
  return {
    type: recipient,
    who: { identifier: { system: id.system, value: id.value }, display: name },
    name,
    requestor: true,
    ...(roles.length === 0 ? {} : { role: roles.map((text) => ({ text })) }),
    ...(purposeOfUse.length === 0 ? {} : { purposeOfUse: purposeOfUse.map(purpose) }),
  }
}
