/**
 * UDAP between organizations: from an organization's id to a Patient on a server that has never heard
 * of us. Offline on the sandbox's server for SSRAA; each step is shown.
 */
import { CarequalityClient } from 'carequality-fhir'
import { trustStore, UdapClient } from 'carequality-fhir/udap'
import { jwtLines, print, step, udapSandbox } from './_udap.ts'

const { udap: network, options, fetch, posts, now, randomUUID } = await udapSandbox()
const { organization, baseUrl, community } = network.servers.ssraa
const { clientUri, signer } = await network.identity('ssraa')

const udap = new UdapClient({
  clientUri,
  signer,
  clientName: 'Example Hospital',
  contacts: ['mailto:ops@example.org'],
  scope: 'system/Patient.read',
  community,
  trust: trustStore(network.communities, { fetch, now }),
  organization: { organizationId: 'urn:oid:2.999.77', organizationName: 'Example Hospital' },
  fetch,
  now,
  randomUUID,
})
const client = new CarequalityClient({
  mode: 'udap',
  udap,
  directory: options.directory,
  fetch,
  now,
  randomUUID,
})

print('From an organization id to a patient, on a server that has never heard of us.')

const responder = await client.organization(organization)
step('The directory entry', [`${organization}  ${responder.entry?.name ?? ''}`, baseUrl])

const metadata = await udap.discover(baseUrl)
step('What the server publishes, verified', metadata.trail)

const patient = await responder.as({ purposeOfUse: 'TREAT' }).patients.read('1316024')
const [registration, token] = posts
const { software_statement: statement } = JSON.parse(registration?.body ?? '{}') as {
  software_statement: string
}
step('The registration: a software statement, signature cut', [
  `POST ${registration?.path ?? ''}`,
  ...jwtLines(statement),
])
const { clientId, scope } = await udap.register(metadata)
step('Its answer, kept', [`client id ${clientId}`, `scope ${scope}`])

const form = new URLSearchParams(token?.body)
step('The token request', [
  `POST ${token?.path ?? ''}  udap=${form.get('udap') ?? ''} scope=${form.get('scope') ?? ''}`,
  ...jwtLines(form.get('client_assertion') ?? ''),
])

const [name] = patient.name ?? []
step('Patient/1316024', [
  `${name?.given?.join(' ') ?? ''} ${name?.family ?? ''}, born ${patient.birthDate ?? 'on no known date'}`,
])

await udap.cancel(metadata)
step('The registration, cancelled', [`${posts.length} POST requests in all`])
await Promise.all([client.close(), udap.close()])
