/** Options are the caller's own members: what others put on a prototype is none. */
import { afterEach, expect, test } from 'vitest'
import { CapabilityResolver } from '../../src/discovery/capability-resolver.ts'
import { CarequalityClient, DirectoryClient } from '../../src/index.ts'
import { AssertionSigner } from '../../src/auth/assertion-signer.ts'
import { TokenProvider } from '../../src/auth/token-provider.ts'
import { TokenTrust } from '../../src/discovery/token-trust.ts'
import { signer, statement, world } from '../support/fake-responder.ts'
import { jsonAnswer, wire } from '../support/answering-fetch.ts'
import { base, bundle, failure, fake, fhir, patient } from '../support/fhir-answers.ts'

const polluted: Record<string, unknown> = {
  trustedOrigins: 'any-https',
  scope: 'system/*.*',
  claims: { role: 'admin' },
  quirks: 5,
  lifetimeMs: 5,
  tokenCache: 5,
  x5c: 5,
}

afterEach(() => {
  for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name)
})

function pollute(): void {
  for (const [name, value] of Object.entries(polluted)) {
    Object.defineProperty(Object.prototype, name, { value, configurable: true })
  }
}

test('a polluted prototype sets no option of any public constructor', async () => {
  const own = await signer()
  pollute()
  const assertions = new AssertionSigner({ clientId: 'a', signer: own })
  expect(new TokenProvider({ assertions }).size).toBe(0)
  expect(new CapabilityResolver({}).quirkIds.length).toBeGreaterThan(0)
  const told = new CarequalityClient({ clientId: 'a', signer: own }).describe()
  expect(told).toMatchObject({ trustedOrigins: [], sharedTokenCache: false })
  expect(told.scope).toBeUndefined()
})

test('a polluted prototype makes no token endpoint trusted', async () => {
  const metadata = () => statement({ token: 'https://hospital.example/token' })
  await new TokenTrust().rule() // loads a module, which the test runner cannot do meanwhile
  pollute()
  const { client, of } = await world({ metadata })
  const { patients } = await client.responder({ baseUrl: base })
  expect((await failure(patients.read('1'))).code).toBe('ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED')
  expect(of('token')).toEqual([])
})

test('a polluted prototype sets no option of a call', async () => {
  const { client: patients, seen } = fake(({ url }) =>
    url.includes('match') || url.includes('search')
      ? fhir(200, bundle(['1']))
      : fhir(200, patient('1')),
  )
  const { options, requests } = wire(({ url }) =>
    url.includes('/Organization/')
      ? jsonAnswer({ resourceType: 'Organization', id: '2.999.1' })
      : jsonAnswer({ resourceType: 'Bundle', type: 'searchset', total: 0 }),
  )
  const directory = new DirectoryClient({
    ...{ release: 'carequality-r4', environment: 'dev', apiKey: 'k' },
    ...options,
  })
  for (const name of CALL_OPTIONS) {
    Object.defineProperty(Object.prototype, name, {
      ...{ value: [], configurable: true, writable: true },
    })
  }
  try {
    await patients.read('1')
    await patients.search({ family: 'Park' }).toArray({ max: 5 })
    await patients.match({ name: [{ family: 'Park' }] })
    await directory.read('2.999.1')
    await directory.search({ name: 'Cedar' })
    for await (const { id } of directory.entries()) expect(id).toBe('never')
  } finally {
    for (const name of CALL_OPTIONS) Reflect.deleteProperty(Object.prototype, name)
  }
  expect(seen).toHaveLength(3)
  expect(requests).toHaveLength(3)
})

/** Each is refused by the call that it is an option of. */
const CALL_OPTIONS = [
  ...['timeoutMs', 'validate', 'onResponse', 'maxPages', 'followReplacement', '_elements'],
  ...['all', 'raw', 'count', 'onlyCertainMatches', 'active', 'identifier', 'address', 'partOf'],
  'lastUpdated',
]
