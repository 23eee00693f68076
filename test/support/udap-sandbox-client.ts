/** A client in mode `udap` that the sandbox's servers have never heard of. */
import { CarequalityClient } from '../../src/index.ts'
import type { Sandbox, SandboxUdap, SandboxUdapProfile } from '../../src/testing/index.ts'
import { tefcaBasicApp, trustStore, UdapClient } from '../../src/udap/index.ts'

export interface UdapSandboxClient {
  readonly udap: UdapClient
  readonly client: CarequalityClient
  readonly clientUri: string
  /** A purpose that its profile knows. */
  readonly purpose: string
}

export async function udapSandboxClient(
  { udap: network, fetch, options }: Sandbox & { readonly udap: SandboxUdap },
  profile: SandboxUdapProfile,
  now: () => number,
  scope = 'system/Patient.read',
): Promise<UdapSandboxClient> {
  const isTefca = profile === 'tefca'
  const { clientUri, signer, community } = await network.identity(profile)
  const udap = new UdapClient({
    ...{ profile, clientUri, signer, community, fetch, now, scope },
    clientName: 'Example Hospital',
    contacts: ['mailto:ops@example.org'],
    trust: trustStore(network.communities, { fetch, now }),
    certifications: isTefca
      ? [tefcaBasicApp({ purpose: 'T-TREAT', homeCommunityId: network.homeCommunityId })]
      : [],
    organization: {
      organizationId: isTefca ? 'Organization/2.999.77' : 'urn:oid:2.999.77',
      organizationName: 'Example Hospital',
    },
  })
  const directory = isTefca
    ? { baseUrl: 'https://directory.rce.example/fhir', apiKey: 'sandbox-api-key' }
    : options.directory
  const client = new CarequalityClient({ mode: 'udap', udap, directory, fetch, now })
  return { udap, client, clientUri, purpose: isTefca ? 'T-TREAT' : 'TREAT' }
}
