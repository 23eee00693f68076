/** An R4 directory that we did not write: Medplum's router over organizations and Endpoints. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DirectoryClient, selectEndpoint } from '../../../src/index.ts'
import { DirectorySnapshot } from '../../../src/directory/index.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import { startFhirServer, type FhirServer } from './harness.mjs'

const API_KEY = 'interop-directory-key'
const NAMES = ['Alder', 'Birch', 'Cedar', 'Dogwood', 'Elm', 'Fir', 'Ginkgo']

const connectionType = {
  system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type',
  code: 'hl7-fhir-rest',
}
const organization = (number: number): object => ({
  resourceType: 'Organization',
  id: `2.999.${number}`,
  active: number !== 5,
  name: `${NAMES[number] ?? 'No'} Clinic`,
  identifier: [{ system: 'urn:ietf:rfc:3986', value: `urn:oid:2.999.${number}` }],
  address: [{ city: number % 2 === 0 ? 'Ely' : 'Duluth', state: number % 2 === 0 ? 'NV' : 'MN' }],
  ...(number === 0 ? {} : { partOf: { reference: 'Organization/2.999.0' } }),
  ...(number === 0 ? { endpoint: [{ reference: 'Endpoint/shared' }] } : {}),
})
const endpoint = {
  resourceType: 'Endpoint',
  id: 'shared',
  status: 'active',
  connectionType,
  payloadType: [{ text: 'any' }],
  address: 'https://fhir.example.org/r4',
}

let server: FhirServer
let directory: DirectoryClient

beforeAll(async () => {
  server = await startFhirServer({
    apiKey: API_KEY,
    resources: [endpoint, ...NAMES.map((_, number) => organization(number))],
  })
  directory = new DirectoryClient({
    release: 'rce-r4',
    baseUrl: server.baseUrl,
    apiKey: API_KEY,
    allowInsecureLoopback: true,
  })
})
afterAll(() => server.close())

describe('a foreign R4 directory', () => {
  test('read: the entry, with the Endpoint that it refers to', async () => {
    const entry = await directory.read('urn:oid:2.999.0')
    expect(entry).toMatchObject({
      oid: '2.999.0',
      name: 'Alder Clinic',
      active: true,
      endpoints: [{ address: 'https://fhir.example.org/r4', source: 'referenced' }],
      unreadable: [],
    })
    expect(entry.lastUpdated).toMatch(/^\d{4}-/)
  })

  test('read: a second time by If-None-Match, which it answers with 304', async () => {
    const first = await directory.read('2.999.1')
    expect(await directory.read('2.999.1')).toBe(first)
    expect(server.requests.at(-1)?.headers['if-none-match']).toMatch(/^W\/"/)
  })

  test('a wrong key and an unknown id', async () => {
    const stranger = new DirectoryClient({
      release: 'rce-r4',
      baseUrl: server.baseUrl,
      apiKey: 'wrong',
      allowInsecureLoopback: true,
    })
    expect(await failureOf(stranger.read('2.999.0'))).toMatchObject({
      code: 'ERR_CQ_DIRECTORY_KEY_REFUSED',
    })
    expect(await directory.find('2.999.77')).toBeUndefined()
  })

  test('search: by name, part of the name, identifier, state, parent and activity', async () => {
    const names = async (parameters: Parameters<DirectoryClient['search']>[0]): Promise<string[]> =>
      (await directory.search({ ...parameters, count: 20 })).entries.map(({ name }) => name).sort()
    expect(await names({ name: 'Birch' })).toEqual(['Birch Clinic'])
    expect(await names({ name: { contains: 'ogwoo' } })).toEqual(['Dogwood Clinic'])
    expect(await names({ identifier: '2.999.2' })).toEqual(['Cedar Clinic'])
    expect(await names({ active: false })).toEqual(['Fir Clinic'])
    expect(await names({ partOf: '2.999.0' })).toHaveLength(6)
    expect(await names({ address: { state: 'NV' } })).toEqual(
      ['Alder', 'Cedar', 'Elm', 'Ginkgo'].map((name) => `${name} Clinic`),
    )
    expect(await names({ lastUpdated: 'ge2099-01-01' })).toEqual([])
    expect(await names({ lastUpdated: 'ge2020-01-01' })).toHaveLength(7)
  })

  test('entries: all of them once, over its next links', async () => {
    const listing = directory.entries({ count: 3 })
    const ids: string[] = []
    for await (const { id } of listing) ids.push(id)
    expect([...ids].sort()).toEqual(NAMES.map((_, number) => `2.999.${number}`))
    expect(listing.account).toMatchObject({ seen: 7, duplicates: 0, complete: true })
  })

  test('selectEndpoint: a child is served by its parent', async () => {
    const child = await directory.read('2.999.3')
    const { endpoint: chosen, servedBy } = await selectEndpoint(child, { parents: directory })
    expect([chosen?.address, servedBy?.id]).toEqual(['https://fhir.example.org/r4', '2.999.0'])
  })

  test('a local copy of it, brought up to date', async () => {
    const copy = await DirectorySnapshot.build(directory, { count: 2 })
    const fresh = await copy.refresh(directory)
    expect([copy.size, fresh.size]).toEqual([7, 7])
    expect(server.requests.some(({ url }) => url.includes('_lastUpdated=ge'))).toBe(true)
  })
})
