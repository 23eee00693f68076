/** The UDAP servers on loopback ports: everything that a client fetches is there, lists of authorities included. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CarequalityClient } from '../../../src/index.ts'
import { createSandbox, type Sandbox, type SandboxUdap } from '../../../src/testing/index.ts'
import { trustStore, UdapClient } from '../../../src/udap/index.ts'

type Profile = keyof SandboxUdap['servers']
const http = { allowInsecureLoopback: true }

let sandbox: Sandbox & { readonly udap: SandboxUdap }
let network: Awaited<ReturnType<Sandbox['listen']>>

beforeEach(async () => {
  sandbox = await createSandbox({ udap: true })
  network = await sandbox.listen()
})
afterEach(() => network.close())

const baseOf = (profile: Profile): string => network.udapBaseUrls?.[profile] ?? ''

async function udapClient(): Promise<UdapClient> {
  return new UdapClient({
    ...http,
    ...(await sandbox.udap.identity('ssraa')),
    clientName: 'Example Hospital',
    contacts: ['mailto:it@example-hospital.org'],
    scope: 'system/Patient.read',
    trust: trustStore(sandbox.udap.communities, http),
    organization: { organizationId: sandbox.udap.homeCommunityId },
  })
}

test('without the option there are no UDAP servers to name', async () => {
  const plain = await (await createSandbox()).listen()
  expect(plain).not.toHaveProperty('udapBaseUrls')
  await plain.close()
})

test('the platform fetch reads metadata that name the ports', async () => {
  for (const profile of ['ssraa', 'tefca', 'carequality-2021'] as const) {
    const base = baseOf(profile)
    expect(base).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/r4$/)
    const metadata = (await (await fetch(`${base}/.well-known/udap`)).json()) as object
    const { origin } = new URL(base)
    expect(metadata).toMatchObject({ registration_endpoint: `${origin}/udap/register` })
  }
})

describe('a client of our own', () => {
  test('verifies with the lists on the ports, registers, has a token and reads a Patient', async () => {
    const udap = await udapClient()
    const baseUrl = baseOf('ssraa')
    const metadata = await udap.discover(baseUrl)
    expect(metadata.warnings).toEqual([])
    const client = new CarequalityClient({ ...http, mode: 'udap', udap, purposeOfUse: 'TREAT' })
    const responder = await client.responder({ baseUrl })
    const { id } = await responder.patients.read('1316024')
    expect(id).toBe('1316024')
    await client.close()
    await udap.close()
    const asked = sandbox.requests.map(({ url }) => new URL(url).pathname)
    for (const path of ['/root.crl', '/intermediate.crl', '/udap/register', '/udap/token']) {
      expect(asked).toContain(path)
    }
    expect(sandbox.requests.every(({ url }) => url.startsWith('http://127.0.0.1:'))).toBe(true)
  })

  test('refuses the server once its certificate is revoked', async () => {
    const baseUrl = baseOf('ssraa')
    await fetch(`${baseUrl}/.well-known/udap`) // its certificate is made for the first request
    sandbox.udap.revoke(baseUrl)
    const udap = await udapClient()
    await expect(udap.discover(baseUrl)).rejects.toMatchObject({
      step: 'revocation',
      reason: 'certificate-revoked',
    })
    await udap.close()
  })

  test('and the real names answer behind `fetch` as before', async () => {
    const { fetch } = sandbox
    const udap = new UdapClient({
      ...(await sandbox.udap.identity('ssraa')),
      fetch,
      clientName: 'Example Hospital',
      contacts: ['mailto:it@example-hospital.org'],
      scope: 'system/Patient.read',
      trust: trustStore(sandbox.udap.communities, { fetch }),
    })
    const { baseUrl } = sandbox.udap.servers.ssraa
    const { tokenEndpoint } = await udap.discover(baseUrl)
    expect(tokenEndpoint).toBe('https://fhir.riverside-hospital.example/udap/token')
    await udap.close()
  })
})
