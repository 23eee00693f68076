/** The UDAP identity that the settings name. */
import type { SandboxUdap } from '../testing/index.ts'
import type { HttpOptions } from '../types.ts'
import type { UdapClient } from '../udap/udap-client.ts'
import { signerOf } from './signer-of.ts'
import type { Settings } from './settings.ts'

/** Reads key, certificates and anchors; makes no request. */
export async function udapClientOf(
  settings: Settings,
  http: HttpOptions,
  sandbox: SandboxUdap | undefined,
): Promise<UdapClient> {
  const { trustStore, UdapClient, memoryRegistrations } = await import('../udap/index.ts')
  if (sandbox !== undefined) {
    const identity = await sandbox.identity('ssraa')
    return new UdapClient({
      ...http,
      ...identity,
      clientName: 'Example Hospital (sandbox)',
      contacts: ['mailto:it@example-hospital.org'],
      scope: settings.text('scope') ?? 'system/Patient.read',
      trust: trustStore(sandbox.communities, http),
      organization: { organizationId: sandbox.homeCommunityId, organizationName: 'Example' },
    })
  }
  settings.needed('udapAnchorsFile')
  const anchors = (await settings.file('udapAnchorsFile')) ?? new Uint8Array()
  const intermediates = await settings.file('udapIntermediatesFile')
  const profile = profileOf(settings.text('udapProfile'))
  const community = settings.needed('udapCommunity')
  const organizationId = settings.text('udapOrganizationId')
  const organizationName = settings.text('udapOrganizationName')
  const file = settings.text('registrationsFile')
  const { fileRegistrations } = await import('../node/index.ts')
  return new UdapClient({
    ...http,
    clientUri: settings.needed('udapClientUri'),
    signer: await signerOf(settings),
    clientName: settings.needed('udapClientName'),
    contacts: settings.list('udapContacts') ?? [settings.needed('udapContacts')],
    scope: settings.text('scope') ?? 'system/Patient.read',
    community,
    profile,
    trust: trustStore([{ community, anchors, intermediates }], http),
    registrations:
      file === undefined ? memoryRegistrations() : fileRegistrations(settings.path(file)),
    organization: organizationId === undefined ? undefined : { organizationId, organizationName },
  })
}

function profileOf(text: string | undefined): 'ssraa' | 'tefca' | 'carequality-2021' | undefined {
  return text === 'ssraa' || text === 'tefca' || text === 'carequality-2021' ? text : undefined
}
