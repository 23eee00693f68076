/** From an organization's id to a patient, over the wire. */
import type { CarequalityClient, CarequalityClientOptions } from '../../src/index.ts'
import { equal, rejection, truthy } from './checks.ts'
import { ask, type Check, type Suite } from './suite.ts'

const OID = '2.16.840.1.113883.3.13.1'

/** A client that is at home in the sandbox on loopback ports. */
export async function sandboxClient(
  { library, plan, network }: Suite,
  more: Partial<CarequalityClientOptions> = {},
): Promise<CarequalityClient> {
  const { directoryBaseUrl, apiKey, clientId, key, certificates } = plan.sandbox
  return new library.CarequalityClient({
    directory: { release: 'carequality-stu3', baseUrl: directoryBaseUrl, apiKey },
    clientId,
    signer: await library.pemSigner({ key, certificates }),
    allowInsecureLoopback: true,
    ...network,
    ...more,
  })
}

export const pathChecks: readonly Check[] = [
  {
    name: 'the legacy directory’s XML leads to an endpoint, discovery and the quirk to a token endpoint',
    run: async (suite) => {
      const client = await sandboxClient(suite)
      const { entry, endpoint, capabilities } = await client.organization(OID)
      truthy(entry?.name.includes('Connectathon'), `the entry is named ${entry?.name ?? ''}`)
      truthy(endpoint.address.startsWith('http://127.0.0.1:'), endpoint.address)
      truthy(capabilities.tokenEndpoint?.endsWith('/Authorization/token'), 'no quirk')
      await client.close()
    },
  },
  {
    name: 'a Patient is read and searched by POST page by page, with one token',
    run: async (suite) => {
      const before = await ask<number>(suite.plan, '/tokens')
      const client = await sandboxClient(suite)
      const { patients } = await client.organization(OID)
      equal((await patients.read('1316024')).birthDate, '1946-04-05')
      const ids: (string | undefined)[] = []
      for await (const { id } of patients.search({ name: 'peters', _count: 2 })) ids.push(id)
      equal(ids, ['1316024', '1316025', '1316026', '1316027', '1316028'])
      equal((await ask<number>(suite.plan, '/tokens')) - before, 1)
      await client.close()
    },
  },
  {
    name: 'a Patient is matched',
    run: async (suite) => {
      const client = await sandboxClient(suite)
      const { patients } = await client.organization('2.999.10')
      const [first] = await patients.match({
        name: [{ family: 'Peters', given: ['Timothy'] }],
        birthDate: '1946-04-05',
        gender: 'male',
      })
      equal(first?.resource.id, '1316024')
      await client.close()
    },
  },
  {
    name: 'concurrent calls use one token',
    run: async (suite) => {
      const client = await sandboxClient(suite)
      const { patients } = await client.organization(OID)
      const before = await ask<number>(suite.plan, '/tokens')
      await Promise.all(Array.from({ length: 5 }, () => patients.read('1316024')))
      truthy(
        (await ask<number>(suite.plan, '/tokens')) - before <= 1,
        'more than one token request',
      )
      await client.close()
    },
  },
  {
    name: 'an absent patient and an absent organization are errors of the library, with their codes',
    run: async (suite) => {
      const { library } = suite
      const client = await sandboxClient(suite)
      const { patients } = await client.organization(OID)
      for (const [call, code] of [
        [() => patients.read('nobody'), 'ERR_CQ_NOT_FOUND'],
        [() => client.organization('2.999.77'), 'ERR_CQ_ENTRY_NOT_FOUND'],
      ] as const) {
        const error = await rejection(call())
        if (!library.isCarequalityError(error)) throw error
        equal(error.code, code)
      }
      await client.close()
    },
  },
]
