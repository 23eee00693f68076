/** Discover in mode `udap`, against the sandbox's UDAP servers. */
import { describe, expect, test } from 'vitest'
import type { DiscoverOptions } from '../../../src/index.ts'
import { createSandbox, type SandboxUdapProfile } from '../../../src/testing/index.ts'
import { udapSandboxClient } from '../../support/udap-sandbox-client.ts'
import { allOf, petersInFull } from '../../support/discover-world.ts'

const now = (): number => Date.parse('2026-11-29T00:00:00Z')

async function world(profile: SandboxUdapProfile) {
  const sandbox = await createSandbox({ udap: true, now })
  const { udap: network, fetch, requests } = sandbox
  const { client, purpose: purposeOfUse } = await udapSandboxClient(sandbox, profile, now)
  const { organization, baseUrl } = network.servers[profile]
  const asked: DiscoverOptions = {
    ...{ patient: petersInFull, targets: [organization], context: { purposeOfUse } },
  }
  const { origin } = new URL(baseUrl)
  return {
    ...{ client, network, asked, baseUrl, fetch },
    respondOnce: sandbox.respondOnce.bind(sandbox),
    /** Paths of the requests that the server has seen. */
    seen: () =>
      requests
        .map(({ url }) => new URL(url))
        .flatMap((url) => (url.origin === origin ? [url.pathname] : [])),
  }
}

describe.each(['carequality-2021', 'ssraa', 'tefca'] as const)('a server of %s', (profile) => {
  test('that never heard of us is asked with one registration and one token, as planned, and then with neither', async () => {
    const { client, asked, seen } = await world(profile)
    const plan = await client.plan(asked)
    expect(seen()).toEqual([])
    expect(plan).toMatchObject({ registrations: 1, tokenRequests: 1 })
    const [first] = await allOf(client.discover(asked))
    expect(first).toMatchObject({ kind: 'matched', attempts: plan.requests })
    expect(seen()).toHaveLength(plan.requests)
    const known = await client.plan(asked)
    expect(known).toMatchObject({ registrations: 0, tokenRequests: 0, requests: 1 })
    const [second] = await allOf(client.discover(asked))
    expect(second).toMatchObject({ kind: 'matched', attempts: 1 })
    expect(seen()).toHaveLength(plan.requests + 1)
  })

  test('is sent all at once by TEFCA, and least data first by the others', async () => {
    const { client, asked } = await world(profile)
    const { disclosed } = await client.discover(asked).summary
    const isFull = disclosed[0]?.elements.includes('telecom')
    expect(isFull).toBe(profile === 'tefca')
  })

  test('whose certificate was revoked is untrusted, and nothing of the patient or ours is sent', async () => {
    const { client, asked, seen, network, baseUrl, fetch } = await world(profile)
    // The first request makes the certificate that is revoked.
    await fetch(new Request(`${baseUrl}/.well-known/udap`))
    network.revoke(baseUrl)
    const [outcome] = await allOf(client.discover(asked))
    expect(outcome).toMatchObject({
      ...{ kind: 'untrusted', disclosures: [] },
      error: { code: 'ERR_CQ_UNTRUSTED' },
    })
    expect(seen().filter((path) => path.startsWith('/udap/'))).toEqual([])
  })
})

test('a consent that is wanted first is a refusal that names it', async () => {
  const { client, asked, baseUrl } = await world('ssraa')
  const context = { purposeOfUse: 'COVERAGE' }
  // The directory says that its endpoint is for treatment alone.
  const targets = [baseUrl]
  const [outcome] = await allOf(client.discover({ ...asked, context, targets }))
  expect(outcome).toMatchObject({ kind: 'refused', disclosures: [] })
  expect(outcome).toHaveProperty('consent.required', ['urn:oid:2.999.7.1'])
})

test('a server that publishes no UDAP is untrusted: no other mode takes its place', async () => {
  const { client, asked, respondOnce, seen } = await world('ssraa')
  respondOnce(({ url }) => url.includes('/.well-known/udap'), new Response(null, { status: 404 }))
  const [outcome] = await allOf(client.discover(asked))
  expect(outcome).toMatchObject({ kind: 'untrusted', error: { code: 'ERR_CQ_NO_UDAP' } })
  expect(seen().filter((path) => path.startsWith('/udap/'))).toEqual([])
})
