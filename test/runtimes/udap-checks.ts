/** UDAP on the sandbox inside the runtime: certificates, registration and a token without Node. */
import { equal } from './checks.ts'
import type { Check } from './suite.ts'

export const udapChecks: readonly Check[] = [
  {
    name: 'UDAP verifies a server’s metadata, registers and reads a Patient',
    run: async ({ library, testing, udap: { trustStore, UdapClient } }) => {
      const { udap: network, options, fetch } = await testing.createSandbox({ udap: true })
      const { organization, community } = network.servers.ssraa
      const udap = new UdapClient({
        ...(await network.identity('ssraa')),
        clientName: 'Example Hospital',
        contacts: ['mailto:ops@example.org'],
        scope: 'system/Patient.read',
        community,
        trust: trustStore(network.communities, { fetch }),
        organization: {
          organizationId: 'urn:oid:2.999.77',
          organizationName: 'Example Hospital',
        },
        fetch,
      })
      const client = new library.CarequalityClient({
        mode: 'udap',
        udap,
        directory: options.directory,
        fetch,
      })
      const { patients } = (await client.organization(organization)).as({ purposeOfUse: 'TREAT' })
      equal((await patients.read('1316024')).birthDate, '1946-04-05')
      await Promise.all([client.close(), udap.close()])
    },
  },
]
