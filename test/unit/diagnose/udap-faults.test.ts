/** Faults of UDAP, planted at the sandbox's server for it. */
import { describe, expect, test } from 'vitest'
import { diagnose, type Diagnosis, type FindingId } from '../../../src/diagnose/index.ts'
import { createSandbox, type Sandbox, type SandboxUdap } from '../../../src/testing/index.ts'
import type { FetchLike } from '../../../src/types.ts'
import { trustStore, UdapClient } from '../../../src/udap/index.ts'
import { counted, NOW } from './world.ts'

interface Plan {
  /** Whose anchors are trusted. */
  readonly anchorsOf?: 'ssraa' | 'udaporg2019'
  readonly prepare?: (sandbox: Sandbox & { udap: SandboxUdap }) => Promise<void>
  readonly wire?: (request: Request) => Response | undefined
  readonly purposeOfUse?: string
}

async function plant(plan: Plan): Promise<Diagnosis> {
  const now = (): number => NOW
  const sandbox: Sandbox & { udap: SandboxUdap } = await createSandbox({
    ...{ now, randomUUID: counted(), udap: true },
  })
  const { servers, communities } = sandbox.udap
  const { baseUrl, community } = servers.ssraa
  const { clientUri, signer } = await sandbox.udap.identity('ssraa')
  await plan.prepare?.(sandbox)
  const fetch: FetchLike = async (request) => plan.wire?.(request) ?? sandbox.fetch(request)
  const own = communities.find((one) => one.community === community)
  const other = communities.find((one) => one.community !== community)
  const anchors = plan.anchorsOf === undefined ? own : { ...other, community }
  const wire = { fetch, now, randomUUID: counted() }
  const udap = new UdapClient({
    ...{ clientUri, signer, clientName: 'Example Hospital', community, ...wire },
    contacts: ['mailto:ops@example.org'],
    scope: 'system/Patient.read',
    trust: trustStore([{ anchors: '', ...anchors, community }], { fetch, now }),
    organization: { organizationId: 'urn:oid:2.999.77', organizationName: 'Example Hospital' },
  })
  return diagnose({
    ...{ mode: 'udap', udap, baseUrl, patientId: '1316024', ...wire },
    purposeOfUse: plan.purposeOfUse ?? 'TREAT',
  })
}

const rows: readonly (readonly [fault: string, finding: FindingId, step: string, plan: Plan])[] = [
  ['the anchor is missing', 'udap-anchor-missing', 'udap', { anchorsOf: 'udaporg2019' }],
  [
    "the server's certificate is revoked",
    'udap-revoked',
    'udap',
    {
      // Its certificate is made with the first request.
      prepare: async ({ udap, fetch }) => {
        const { baseUrl } = udap.servers.ssraa
        await fetch(new Request(`${baseUrl}/.well-known/udap`))
        udap.revoke(baseUrl)
      },
    },
  ],
  [
    'the lists of the authority cannot be reached',
    'udap-revocation-unknown',
    'udap',
    {
      wire: ({ url }) =>
        url.startsWith('http:') ? new Response(null, { status: 404 }) : undefined,
    },
  ],
  [
    'no UDAP is published',
    'udap-not-published',
    'udap',
    {
      wire: ({ url }) => (url.includes('/udap') ? new Response(null, { status: 404 }) : undefined),
    },
  ],
  [
    'the registration is refused',
    'registration-refused',
    'token',
    {
      wire: ({ url, method }) =>
        method === 'POST' && url.includes('register')
          ? Response.json({ error: 'unapproved_software_statement' }, { status: 400 })
          : undefined,
    },
  ],
]

describe('a fault of UDAP is named with its cure:', () => {
  test.each(rows)('%s: %s', async (_fault, finding, step, plan) => {
    const diagnosis = await plant(plan)
    expect(diagnosis.first).toMatchObject({ finding, id: step })
  })
})

test('where all is well every step of UDAP passes', async () => {
  const diagnosis = await plant({})
  expect(diagnosis.ok).toBe(true)
  expect(diagnosis.steps.find(({ id }) => id === 'read')).toMatchObject({ state: 'passed' })
  expect(diagnosis.steps.find(({ id }) => id === 'udap')?.evidence.length).toBeGreaterThan(2)
})
