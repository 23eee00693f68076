/**
 * TEFCA, individual access: a person asks for their own record. One client for each exchange purpose,
 * the RCE directory, the extensions `hl7-b2b` and `tefca_ias`. Offline on the sandbox's TEFCA server.
 */
import { CarequalityClient } from 'carequality-fhir'
import { TokenError } from 'carequality-fhir/errors'
import { tefcaBasicApp, tefcaIas, trustStore, UdapClient } from 'carequality-fhir/udap'
import { jwtLines, print, step, udapSandbox } from './_udap.ts'

const { udap: network, fetch, posts, now, randomUUID } = await udapSandbox()
const { organization } = network.servers.tefca
const trust = trustStore(network.communities, { fetch, now })

/** Each purpose has a certificate and a registration of its own. */
async function identityFor(purpose: string): Promise<UdapClient> {
  const { clientUri, signer } = await network.identity('tefca', purpose)
  return new UdapClient({
    profile: 'tefca',
    clientUri,
    signer,
    clientName: `Example App, ${purpose}`,
    contacts: ['mailto:ops@example.org'],
    scope: 'system/Patient.read',
    trust,
    certifications: [tefcaBasicApp({ purpose, homeCommunityId: network.homeCommunityId })],
    organization: { organizationId: 'Organization/2.999.77', organizationName: 'Example App' },
    fetch,
    now,
    randomUUID,
  })
}

const client = new CarequalityClient({
  mode: 'udap',
  identities: { 'T-TREAT': await identityFor('T-TREAT'), 'T-IAS': await identityFor('T-IAS') },
  directory: { baseUrl: 'https://directory.rce.example/fhir', apiKey: 'sandbox-api-key', fetch },
  fetch,
  now,
  randomUUID,
})

print('A person asks for their own record.')

const responder = await client.organization(organization)
step('The entry of the RCE directory', [`${organization}  ${responder.entry?.name ?? ''}`])

const person = { name: [{ family: 'Peters', given: ['Timothy'] }], birthDate: '1946-04-05' }

const ias = async (about: typeof person): Promise<string> => {
  const extensions = tefcaIas({
    userInformation: {
      resourceType: 'RelatedPerson',
      relationship: [{ coding: [{ code: 'ONESELF' }] }],
      patient: { reference: 'Patient/1' },
    },
    patientInformation: { resourceType: 'Patient', ...about },
    idToken: await network.idToken(about),
  })
  const own = responder.as({ purposeOfUse: 'T-IAS', claims: { extensions } })
  const { name = [], birthDate } = await own.patients.read('1316024')
  return `${name[0]?.given?.join(' ') ?? ''} ${name[0]?.family ?? ''}, born ${birthDate ?? '?'}`
}

await responder.as({ purposeOfUse: 'T-TREAT' }).patients.read('1316024')
const found = await ias(person)
const form = new URLSearchParams(posts.at(-1)?.body)
step('The assertion of T-IAS', jwtLines(form.get('client_assertion') ?? ''))
step('Patient/1316024', [found])

const clients = posts.filter(({ path }) => path.endsWith('/register')).length
step('Registrations', [`${clients}: one for each purpose that was used`])

try {
  await ias({ name: [{ family: 'Nobody', given: ['Nora'] }], birthDate: '1901-01-01' })
} catch (error) {
  if (!(error instanceof TokenError)) throw error
  step('A client that the server does not know', [`${error.code}: ${error.error ?? ''}`])
}
await client.close()
