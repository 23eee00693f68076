/** What a review of the first path found, each with the behaviour that mends it. */
import { types } from 'node:util'
import { describe, expect, test } from 'vitest'
import { CarequalityClient, type ClientEvent } from '../../src/index.ts'
import {
  answer,
  failureOf,
  hostileNetwork,
  json,
  OID,
  PATIENT,
  type Fault,
} from '../support/hostile-network.ts'
import { ownClock } from '../support/own-time.ts'
import { holdTime, settledIn } from '../support/time.ts'

/** Later than one caller waits and sooner than the other, while time is held. */
const later = (ms: number, body: () => Response): Promise<Response> =>
  new Promise((resolve) => setTimeout(() => resolve(body()), ms))
const token = (): Response =>
  answer(
    200,
    '{"access_token":"MARKEDtoken","token_type":"Bearer","expires_in":60}',
    'application/json',
  )
const patient: Fault = () => json({ resourceType: 'Patient', id: PATIENT })

describe('shared work has the time of those who wait for it', () => {
  test("a caller's longer time reaches the token request", async () => {
    const faults = { token: () => later(400, token), read: patient }
    const time = holdTime()
    const { client } = await hostileNetwork(faults, { timeoutMs: 200 })
    const { patients } = await client.organization(OID, { timeoutMs: 15_000 })
    const read = patients.read(PATIENT, { timeoutMs: 15_000 })
    expect((await settledIn(time, read)).id).toBe(PATIENT)
  })

  test("a caller's longer time reaches the metadata request", async () => {
    const metadata: Fault = () =>
      later(400, () => json({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' }))
    const time = holdTime()
    const { client } = await hostileNetwork({ metadata }, { timeoutMs: 200 })
    const responder = client.organization(OID, { timeoutMs: 15_000 })
    expect((await settledIn(time, responder)).capabilities.fhirVersion).toBe('4.0.1')
  })

  test.each(['token', 'metadata'] as const)(
    'a far Retry-After of %s fails at once, with how long',
    async (stage) => {
      const busy: Fault = () => answer(429, '{}', 'application/json', { 'retry-after': '30' })
      const smart: Fault = () => answer(404)
      const network = await hostileNetwork({ [stage]: busy, smart })
      const took = ownClock()
      const options = { timeoutMs: 3_000 }
      const error = await failureOf(
        network.client
          .organization(OID, options)
          .then(({ patients }) => patients.read(PATIENT, options)),
      )
      expect(error).toMatchObject({ status: 429, retryAfterMs: 30_000, retryable: true })
      expect(took()).toBeLessThan(2_000)
      expect(network.count(stage)).toBe(1)
      network.expectNothingShown(error)
    },
  )
})

test('Retry-After holds also where the body of the 503 breaks off', async () => {
  let count = 0
  const broken = (): Response =>
    new Response(
      new ReadableStream({
        start: (controller) => {
          controller.error(new Error('gone'))
        },
      }),
      {
        status: 503,
        headers: { 'retry-after': '1', 'content-type': 'application/fhir+json' },
      },
    )
  const times: number[] = []
  const read: Fault = () => {
    times.push(performance.now())
    count += 1
    return count === 1 ? broken() : json({ resourceType: 'Patient', id: PATIENT })
  }
  const time = holdTime()
  const { client } = await hostileNetwork({ read })
  const { patients } = await client.organization(OID)
  await settledIn(time, patients.read(PATIENT))
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990)
})

test('an empty issuer is no issuer', async () => {
  const smart: Fault = () =>
    answer(200, JSON.stringify({ issuer: '', capabilities: [] }), 'application/json')
  const { client } = await hostileNetwork({ smart })
  const { capabilities, patients } = await client.organization(OID)
  expect(capabilities.issuer).toBeUndefined()
  expect((await patients.read(PATIENT)).id).toBe(PATIENT)
})

test('a key in the query of a token URL is in no event', async () => {
  const base = 'https://fhir-ehr.stagingcerner.com/beta/0b8a0111-e8e6-4c26-a91c-5069cbc6b1ca'
  const metadata: Fault = () =>
    json({
      resourceType: 'CapabilityStatement',
      rest: [
        {
          mode: 'server',
          security: {
            extension: [
              {
                url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
                extension: [{ url: 'token', valueUri: `${base}/token?subscription-key=MARKEDkey` }],
              },
            ],
          },
        },
      ],
    })
  const odd = (): Response =>
    answer(
      200,
      '{"access_token":"MARKEDtoken","token_type":"Bearer","scope":"other"}',
      'application/json',
    )
  const network = await hostileNetwork({ metadata, read: patient, search: odd, token: odd })
  // The sandbox's stage names go by the path, which a query does not change.
  const responder = await network.client.organization(OID)
  await responder.patients.read(PATIENT)
  const told = network.events
    .filter(({ type }) => type.startsWith('token.'))
    .map(({ type }: ClientEvent) => type)
  expect(told).toEqual(['token.issued', 'token.response-repaired', 'token.other-scope'])
  network.expectNothingShown(String(responder.explain()))
})

test.each(['Lee.1946', 'lee', 'x:Lee'])(
  'a short family name in the request id %j is not shown',
  async (id) => {
    const refused: Fault = () =>
      json({ resourceType: 'OperationOutcome' }, 400, { 'x-request-id': id })
    const { client } = await hostileNetwork({ search: refused })
    const { patients } = await client.organization(OID)
    const error = await failureOf(patients.search({ family: 'Lee' }).first())
    expect(error).toMatchObject({ code: 'ERR_CQ_OPERATION_FAILED' })
    expect(error).not.toHaveProperty('requestId')
  },
)

test('an error of a search is a real Error, and says how far it came', async () => {
  const { client } = await hostileNetwork({ search: () => answer(400) })
  const { patients } = await client.organization(OID)
  const error = await failureOf(patients.search({ family: 'Lee' }).first())
  expect(types.isNativeError(error)).toBe(true)
  expect(error).toMatchObject({ received: 0, pages: 0, name: 'FhirError' })
})

test('a failure that two organizations share names each its own', async () => {
  const network = await hostileNetwork({
    token: () => answer(400, '{"error":"invalid_client"}', 'application/json'),
  })
  const { patients } = await network.client.organization(OID)
  const { baseUrl } = { baseUrl: (await network.client.organization(OID)).endpoint.address }
  const alone = await network.client.responder({
    baseUrl,
    tokenEndpoint: `${baseUrl}Authorization/token`,
  })
  const [one, other] = await Promise.all([
    failureOf(patients.read('1')),
    failureOf(alone.patients.read('1')),
  ])
  expect(network.count('token')).toBe(1)
  expect(one).toMatchObject({ organization: OID })
  expect(other).not.toHaveProperty('organization')
})

test('a transport that client and directory share is closed once', async () => {
  let closed = 0
  const transport = {
    send: () => Promise.reject(new Error('unused')),
    close: () => {
      closed += 1
      return Promise.resolve()
    },
  }
  const client = new CarequalityClient({
    directory: { release: 'carequality-stu3', apiKey: 'k' },
    clientId: 'c',
    signer: () => Promise.reject(new Error('unused')),
    transport,
  })
  await client.close()
  expect(closed).toBe(1)
})
