/** The whole way, from an organization's id to a Patient, on the three strict UDAP servers of the sandbox. */
import { describe, expect, test } from 'vitest'
import { CarequalityClient } from '../../src/index.ts'
import { createSandbox, type SandboxUdapProfile } from '../../src/testing/index.ts'
import type { UdapClient } from '../../src/udap/index.ts'
import { udapSandboxClient } from '../support/udap-sandbox-client.ts'

const START = Date.parse('2026-11-29T00:00:00Z')
const profiles: readonly SandboxUdapProfile[] = ['carequality-2021', 'ssraa', 'tefca']

/** A sandbox of its own for each test: registrations and revocations change it. */
async function walk(profile: SandboxUdapProfile): Promise<{
  readonly sandbox: Awaited<ReturnType<typeof udapSandbox>>
  readonly udap: UdapClient
  readonly client: CarequalityClient
  readonly purpose: string
  /** What was posted where, in order. */
  readonly posts: () => readonly string[]
  /** Moves the clock. */
  readonly wait: (ms: number) => void
}> {
  let at = START
  const now = (): number => at
  const sandbox = await udapSandbox(now)
  const { requests } = sandbox
  const made = await udapSandboxClient(sandbox, profile, now)
  return {
    sandbox,
    ...made,
    posts: () =>
      requests.filter(({ method }) => method === 'POST').map(({ url }) => new URL(url).pathname),
    wait: (ms) => {
      at += ms
    },
  }
}

const udapSandbox = (now: () => number) => createSandbox({ udap: true, now })

describe.each(profiles)('the server of %s', (profile) => {
  test('gives a patient to a client that it has never heard of: one registration, one token', async () => {
    const { sandbox, client, purpose, posts } = await walk(profile)
    const responder = await client.organization(sandbox.udap.servers[profile].organization)
    const own = responder.as({ purposeOfUse: purpose })
    expect((await own.patients.read('1316024')).birthDate).toBe('1946-04-05')
    expect((await own.patients.read('1316025')).id).toBe('1316025')
    expect(posts()).toEqual(['/udap/register', '/udap/token'])
  })

  test('that loses its registrations gets a new one, once', async () => {
    const { sandbox, client, purpose, posts, wait } = await walk(profile)
    const responder = await client.organization(sandbox.udap.servers[profile].organization)
    const own = responder.as({ purposeOfUse: purpose })
    await own.patients.read('1316024')
    sandbox.udap.forgetClients(profile)
    wait(2 * 3_600_000) // a registration of the last hour is not made anew
    expect((await own.patients.read('1316024')).id).toBe('1316024')
    expect(posts()).toEqual([
      ...['/udap/register', '/udap/token', '/udap/token', '/udap/register', '/udap/token'],
    ])
  })

  test('whose certificate was revoked gets nothing that is signed', async () => {
    const { sandbox, client, posts } = await walk(profile)
    const { organization, baseUrl } = sandbox.udap.servers[profile]
    // The first request makes the certificate that is revoked.
    await sandbox.fetch(new Request(`${baseUrl}/.well-known/udap`))
    sandbox.udap.revoke(baseUrl)
    await expect(client.organization(organization)).rejects.toMatchObject({
      code: 'ERR_CQ_UNTRUSTED',
      step: 'revocation',
      reason: 'certificate-revoked',
    })
    expect(posts()).toEqual([])
  })

  const broken: readonly [title: string, response: () => Response, code: string][] = [
    ['404', () => new Response(null, { status: 404 }), 'ERR_CQ_NO_UDAP'],
    ['204', () => new Response(null, { status: 204 }), 'ERR_CQ_NO_UDAP'],
    [
      'metadata without a signature',
      () => Response.json({ token_endpoint: 'https://fhir.evil.example/token' }),
      'ERR_CQ_UNTRUSTED',
    ],
  ]
  test.each(broken)(
    'that answers %s gets no assertion of any mode',
    async (_title, response, code) => {
      const { sandbox, client, posts } = await walk(profile)
      sandbox.respondOnce(({ url }) => url.includes('/.well-known/udap'), response())
      await expect(
        client.organization(sandbox.udap.servers[profile].organization),
      ).rejects.toMatchObject({ code })
      expect(posts()).toEqual([])
    },
  )
})

test('a consent that is missing comes back typed', async () => {
  const { sandbox, client } = await walk('ssraa')
  const responder = await client.organization(sandbox.udap.servers.ssraa.organization)
  const own = responder.as({ purposeOfUse: 'COVERAGE' })
  const error = await own.patients.read('1316024').catch((caught: unknown) => caught)
  expect(error).toMatchObject({
    code: 'ERR_CQ_TOKEN_REJECTED',
    error: 'invalid_grant',
    consent: {
      required: ['urn:oid:2.999.7.1'],
      form: 'https://fhir.riverside-hospital.example/consent',
    },
  })
})

test('a registration is changed and cancelled', async () => {
  const { sandbox, udap, posts } = await walk('ssraa')
  const metadata = await udap.discover(sandbox.udap.servers.ssraa.baseUrl)
  const first = await udap.register(metadata)
  const changed = await udap.update(metadata, {
    scope: 'system/Patient.read system/Observation.read',
  })
  expect(changed.clientId).toBe(first.clientId)
  expect(changed.scope).toBe('system/Patient.read system/Observation.read')
  await udap.cancel(metadata)
  const again = await udap.register(metadata)
  expect(again.clientId).not.toBe(first.clientId)
  expect(posts()).toHaveLength(4)
})
