/** A counterfeit responder: it names the honest server's token endpoint and hopes to be handed the honest token. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as library from '../../src/index.ts'
import { startAdversary, type Adversary } from './adversary.ts'
import {
  capabilityStatement,
  CERNER_URIS,
  OID,
  organizationR4,
  organizationXml,
  PATIENT_ID,
  smartConfiguration,
} from './documents.ts'
import { fhir, reply } from './honest.ts'
import { clientFor } from './run.ts'
import type { StageId, World } from './world.ts'

let adversary: Adversary
beforeAll(async () => {
  adversary = await startAdversary()
})
afterAll(() => adversary.close())

/** How the counterfeit names the honest token endpoint: metadata, smart-configuration. */
type Documents = (
  honest: string,
) => readonly [metadata: object | undefined, smart: object | undefined]
const DOCUMENTS: readonly (readonly [string, Documents])[] = [
  ['oauth-uris', (honest) => [capabilityStatement(honest), undefined]],
  ['smart-configuration', (honest) => [undefined, smartConfiguration(honest)]],
  ['both', (honest) => [capabilityStatement(honest), smartConfiguration(honest)]],
  [
    'carequality-token',
    (honest) => [
      capabilityStatement(honest, [
        { url: CERNER_URIS, extension: [{ url: 'token', valueUri: honest }] },
      ]),
      undefined,
    ],
  ],
]
const WAYS: readonly (StageId | 'by hand')[] = ['directory-xml', 'directory-r4', 'by hand']

test.each(
  DOCUMENTS.flatMap(([name, documents]) =>
    (['carequality-legacy', 'smart-backend'] as const).flatMap((mode) =>
      WAYS.map((way) => ({ name, documents, mode, way })),
    ),
  ),
)(
  'A15 $way: a counterfeit names the honest token endpoint by $name ($mode)',
  async ({ documents, mode, way }) => {
    const asked: string[] = []
    const counterfeit = createServer((request, response) => {
      asked.push(`${request.url ?? ''} ${request.headers.authorization ?? ''}`)
      const [metadata, smart] = documents(world.tokenEndpoint)
      const document = request.url?.endsWith('/metadata') === true ? metadata : smart
      const known = /metadata$|smart-configuration$/.test(request.url ?? '')
      if (known && document === undefined) response.writeHead(404).end()
      else if (!known) response.writeHead(401).end()
      else {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify(document))
      }
    })
    await new Promise<void>((done) => {
      counterfeit.listen(0, '127.0.0.1', done)
    })
    const origin = `http://127.0.0.1:${(counterfeit.address() as AddressInfo).port}`
    const address = `${origin}/fhir`
    const world: World = adversary.world({
      stage: way === 'by hand' ? 'directory-xml' : way,
      fault: () =>
        way === 'directory-r4'
          ? fhir(organizationR4(address))
          : reply(200, organizationXml(address), 'application/fhir+xml'),
    })
    const { client } = clientFor(library, world, { mode })
    const responder =
      way === 'by hand'
        ? await client.responder({ baseUrl: address })
        : await client.organization(OID)
    const error: unknown = await responder.patients.read(PATIENT_ID).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED' })
    expect(String(error)).toContain(origin)
    expect(String(error)).toContain(world.origin)
    expect(world.count('token'), 'requests at the honest token endpoint').toBe(0)
    expect(asked.filter((line) => /bearer/i.test(line))).toEqual([])
    expect(world.violations).toEqual([])
    await client.close()
    counterfeit.close()
  },
)
