import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FhirVersion } from '../../../src/fhir/index.ts'
import { startAsymmetrik } from '../asymmetrik/server.mjs'
import { clientOf, OID, startAccess, type Asked } from './asked.ts'
import { deleted, known, resources, unknown } from './people.ts'
import { describePatients, failureOf, type Differences } from './suite.ts'

/** A server of both versions, and a client of one of them. */
async function start(version: FhirVersion): Promise<Asked> {
  const access = await startAccess()
  const { authorization } = access
  // As Cerner publishes its two token endpoints.
  const security = ['token', 'carequality-token'].map((url) => ({
    ...{ url, valueUri: authorization.tokenEndpoint },
  }))
  const server = await startAsymmetrik({ authorization, resources, deleted, security })
  return clientOf(access, { ...server, baseUrl: server.baseUrls[version] })
}

const differences: Differences = {
  deleted: 'ERR_CQ_GONE',
  sameParameterTwice: 'ERR_CQ_OPERATION_FAILED',
  // Every POST of an operation is a write to it.
  matchScope: 'system/*.read system/Patient.write',
  textOfMissing: undefined,
}

describePatients(
  'patients of @asymmetrik/node-fhir-server-core, R4',
  async () => {
    const asked = await start('R4')
    return {
      ...{ asked, known, unknown },
      responder: await asked.client.organization(OID),
      byGet: () => asked.clientWith({ searchMethod: 'get' }).organization(OID),
    }
  },
  differences,
)

describePatients(
  'patients of @asymmetrik/node-fhir-server-core, STU3',
  async () => {
    const asked = await start('STU3')
    const version = { fhirVersion: 'STU3' } as const
    return {
      ...{ asked, known, unknown },
      responder: await asked.client.organization(OID, version),
      byGet: () => asked.clientWith({ searchMethod: 'get' }).organization(OID, version),
    }
  },
  differences,
)

describe('what @asymmetrik/node-fhir-server-core does in its own way', () => {
  let asked: Asked
  beforeAll(async () => {
    asked = await start('R4')
  })
  afterAll(() => asked.close())

  test('both token URLs in its own CapabilityStatement, sent as application/json', async () => {
    const { capabilities } = await asked.client.organization(OID)
    expect(capabilities.oauthUris.map(({ name }) => name)).toEqual(['token', 'carequality-token'])
    expect(capabilities.fhirVersion).toBe('4.0.0')
  })

  test('an STU3 base is refused unless STU3 is asked for, and the other way round', async () => {
    const { endpoint } = await asked.client.organization(OID)
    const stu3 = { baseUrl: endpoint.address.replace('4_0_0', '3_0_1') }
    const { code } = await failureOf(asked.client.responder(stu3))
    expect(code).toBe('ERR_CQ_UNSUPPORTED_SERVER')
    const r4 = asked.client.responder({ baseUrl: endpoint.address }, { fhirVersion: 'STU3' })
    expect((await failureOf(r4)).code).toBe('ERR_CQ_UNSUPPORTED_SERVER')
  })

  test('Last-Modified is an ISO date, and the type has a charset', async () => {
    const { patients } = await asked.client.organization(OID)
    const seen: (string | null)[] = []
    await patients.read('patient-1', {
      onResponse: ({ headers }) =>
        seen.push(headers.get('last-modified'), headers.get('content-type')),
    })
    expect(seen).toEqual([
      expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      'application/fhir+json; charset=utf-8',
    ])
  })

  test('$match without a scope to write is 401: a new token, one repeat, ERR_CQ_UNAUTHORIZED', async () => {
    const { patients } = await asked.client.organization(OID)
    asked.requests.length = 0
    const before = asked.tokenRequests()
    const error = await failureOf(patients.match(known))
    expect(error).toMatchObject({ code: 'ERR_CQ_UNAUTHORIZED', issueCodes: ['forbidden'] })
    expect(asked.requests.map(({ url }) => url)).toEqual(Array(2).fill('/4_0_0/Patient/$match'))
    expect(asked.tokenRequests() - before).toBeLessThanOrEqual(2)
  })

  test('a type that it does not serve is ERR_CQ_NOT_FOUND, and a search of it no empty list', async () => {
    const { fhir } = await asked.client.organization(OID)
    expect((await failureOf(fhir.read('Device', '1'))).code).toBe('ERR_CQ_NOT_FOUND')
    asked.requests.length = 0
    const search = fhir.search('Device', { patient: 'patient-1' }).toArray({ max: 1 })
    expect((await failureOf(search)).code).toBe('ERR_CQ_NOT_FOUND')
    expect(asked.requests.map(({ method }) => method)).toEqual(['POST', 'GET'])
  })
})
