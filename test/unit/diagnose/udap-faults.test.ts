/** Faults of UDAP, planted at the sandbox's server for it. */
import { describe, expect, test } from 'vitest'
import { diagnose, findings, type Diagnosis, type FindingId } from '../../../src/diagnose/index.ts'
import { createSandbox, type Sandbox, type SandboxUdap } from '../../../src/testing/index.ts'
import type { FetchLike } from '../../../src/types.ts'
import { trustStore, UdapClient } from '../../../src/udap/index.ts'
import { counted, DAY, NOW } from './world.ts'

interface Plan {
  /** Whose anchors are trusted. */
  readonly anchorsOf?: 'ssraa' | 'udaporg2019'
  readonly prepare?: (sandbox: Sandbox & { udap: SandboxUdap }) => Promise<void>
  readonly wire?: (request: Request) => Response | undefined
  readonly answer?: (request: Request, response: Response) => Promise<Response>
  readonly purposeOfUse?: string
  /** By the clock that certificates of servers are judged by. */
  readonly trustedAt?: number
  /** Behind the server's base. */
  readonly path?: string
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
  const { path = '' } = plan
  const fetch: FetchLike = async (request) => {
    const planted = plan.wire?.(request)
    if (planted !== undefined) return planted
    const { url } = request
    const isMoved = path !== '' && url.includes(`${path}/.well-known/udap`)
    const response = await sandbox.fetch(isMoved ? new Request(url.replace(path, '')) : request)
    return plan.answer === undefined ? response : plan.answer(request, response)
  }
  const own = communities.find((one) => one.community === community)
  const other = communities.find((one) => one.community !== community)
  const anchors = plan.anchorsOf === undefined ? own : { ...other, community }
  const wire = { fetch, now, randomUUID: counted() }
  const udap = new UdapClient({
    ...{ clientUri, signer, clientName: 'Example Hospital', community, ...wire },
    contacts: ['mailto:ops@example.org'],
    scope: 'system/Patient.read',
    trust: trustStore([{ anchors: '', ...anchors, community }], {
      fetch,
      now: () => plan.trustedAt ?? NOW,
    }),
    organization: { organizationId: 'urn:oid:2.999.77', organizationName: 'Example Hospital' },
  })
  return diagnose({
    ...{ mode: 'udap', udap, baseUrl: baseUrl + path, patientId: '1316024', ...wire },
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
  ['the metadata is for another base', 'udap-other-base', 'udap', { path: '/tenant' }],
  ["the server's certificate has expired", 'udap-expired', 'udap', { trustedAt: NOW + 4000 * DAY }],
  [
    'the signature is broken',
    'udap-refused',
    'udap',
    {
      answer: async (request, response) =>
        request.url.includes('/.well-known/udap')
          ? Response.json({
              ...((await response.json()) as object),
              signed_metadata: 'e30.e30.e30',
            })
          : response,
    },
  ],
]

describe('a fault of UDAP is named with its cure:', () => {
  test.each(rows)('%s: %s', async (_fault, finding, step, plan) => {
    const diagnosis = await plant(plan)
    expect(diagnosis.first).toMatchObject({ finding, id: step })
  })
})

test('every finding of UDAP is planted', () => {
  const planted = rows.map(([, finding]) => finding)
  const names = Object.keys(findings).filter((name) => /^udap-|^registration-/.test(name))
  expect(names.filter((name) => !planted.includes(name as FindingId))).toEqual([])
})

test('where all is well every step of UDAP passes', async () => {
  const diagnosis = await plant({})
  expect(diagnosis.ok).toBe(true)
  expect(diagnosis.steps.find(({ id }) => id === 'read')).toMatchObject({ state: 'passed' })
  expect(diagnosis.steps.find(({ id }) => id === 'udap')?.evidence.length).toBeGreaterThan(2)
})
